"""Names are what every system they end up in can bear."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polderlab_catalog.domain.names import (
    is_dataset_name,
    is_file_name,
    is_slug,
    one_line,
    printable,
)


@pytest.mark.parametrize("name", ["river-access", "abc", "a1-b2-c3"])
def test_these_are_slugs(name: str) -> None:
    assert is_slug(name)


@pytest.mark.parametrize(
    "name", ["", "ab", "Abc", "1ab", "a--b", "a-", "-ab", "a_b", "abc\n", "аbc", "a" * 41, "a.b"]
)
def test_these_are_not(name: str) -> None:
    assert not is_slug(name)


@pytest.mark.parametrize("name", ["../x", ".x", "x", "a/b.c", "a\\b.c", "a.b\x00", "a b.c", "a..b"])
def test_no_file_name_leads_elsewhere(name: str) -> None:
    assert not is_file_name(name)


def test_plain_files_have_plain_names() -> None:
    assert is_file_name("data.parquet")
    assert is_file_name("2026_tiles.v1.parquet")
    assert is_dataset_name("growth_study")
    assert not is_dataset_name("growth-study")


@given(st.text(st.characters(), max_size=600), st.integers(1, 120))
def test_one_line_is_trimmed_and_short_whatever_came_in(value: str, limit: int) -> None:
    shown = one_line(value, limit)
    assert shown.isprintable()
    assert len(shown) <= limit + 1
    assert shown == shown.strip()
    assert one_line(shown, limit) == shown


@given(st.text(st.characters(), max_size=300), st.integers(1, 120))
def test_printable_is_one_short_line_whatever_came_in(value: str, limit: int) -> None:
    shown = printable(value, limit)
    assert shown.isprintable()
    assert len(shown) <= limit + 1
    shown.encode()
