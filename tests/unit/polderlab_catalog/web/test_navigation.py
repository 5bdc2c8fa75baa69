"""A page never sends anyone to another site."""

from __future__ import annotations

import pytest

from polderlab_catalog.web.navigation import safe_next


@pytest.mark.parametrize("target", ["/", "/services/lab/", "/hub/login?next=%2F", "/a?b=c#d"])
def test_a_path_on_this_host_is_followed(target: str) -> None:
    assert safe_next(target, "/home") == target


@pytest.mark.parametrize(
    "target",
    [
        None,
        "",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "https://evil.example",
        "javascript:alert(1)",
        "evil.example//evil",
        " //evil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        "/a\r\nSet-Cookie: x=y",
        "/" + "a" * 3000,
        "/[",
    ],
)
def test_anything_else_is_not(target: str | None) -> None:
    if target == "/[":
        assert safe_next(target, "/home") in ("/[", "/home")
    else:
        assert safe_next(target, "/home") == "/home"
