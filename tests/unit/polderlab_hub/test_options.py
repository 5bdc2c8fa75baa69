"""Options come from anywhere; only short strings under known keys come through."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polderlab_hub.options import Options, options_from_form, read_options

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


def test_an_image_a_size_and_a_language_come_through() -> None:
    raw = {"image": "python-geo", "size": "medium", "language": "en"}
    assert read_options(raw) == Options("python-geo", "medium", "en")


@pytest.mark.parametrize(
    "raw",
    [
        {"image": {"nested": "x"}},
        {"image": ["python-geo"]},
        {"size": 4},
        {"image": ""},
        {"image": "x" * 65},
        {"mounts": ["/:/host"], "environment": {"LD_PRELOAD": "x"}, "network_mode": "host"},
        {"language": "../../etc"},
        ["image", "size"],
        "image=python-geo",
        None,
    ],
)
def test_what_is_not_a_short_string_under_a_known_key_is_dropped(raw: Any) -> None:
    assert read_options(raw) == Options()


@given(ANYTHING)
def test_nothing_whatever_breaks_the_reading(raw: Any) -> None:
    options = read_options(raw)
    for value in (options.image, options.size, options.language):
        assert value is None or (isinstance(value, str) and len(value) <= 64)


def test_a_form_gives_its_first_values_and_nothing_else() -> None:
    form = {"size": ["medium", "huge"], "image": [], "x_file": [{"body": b"x"}], "mounts": ["/"]}
    assert options_from_form(form) == {"size": "medium"}
