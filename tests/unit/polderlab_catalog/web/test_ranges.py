"""Which bytes are asked for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polderlab_catalog.web.ranges import NotSatisfiable, Span, parse


@pytest.mark.parametrize(
    ("header", "start", "stop"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=10-19", 10, 20),
        ("bytes=90-", 90, 100),
        ("bytes=-10", 90, 100),
        ("bytes=-1000", 0, 100),
        ("bytes=50-1000", 50, 100),
        ("bytes=0-99", 0, 100),
        ("BYTES=5-6", 5, 7),
    ],
)
def test_a_single_range_is_cut_to_the_file(header: str, start: int, stop: int) -> None:
    assert parse(header, 100) == Span(start, stop, 100)


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "bytes=",
        "bytes=-",
        "bytes=a-b",
        "bytes=5-2",
        "bytes=--5",
        "bytes=0-1,3-4",
        "bytes=" + ",".join(["0-1"] * 5000),
        "lines=1-2",
        "bytes=0-1\x00",
        "bytes=٣-٤",
        "bytes=" + "9" * 30 + "-",
    ],
)
def test_what_is_no_single_range_gets_the_whole_file(header: str | None) -> None:
    assert parse(header, 100) is None


@pytest.mark.parametrize("header", ["bytes=100-", "bytes=1000-2000", "bytes=-0"])
def test_a_range_outside_the_file_cannot_be_satisfied(header: str) -> None:
    with pytest.raises(NotSatisfiable):
        parse(header, 100)


def test_an_empty_file_has_no_ranges() -> None:
    with pytest.raises(NotSatisfiable):
        parse("bytes=0-", 0)


@given(st.text(max_size=40), st.integers(0, 10**12))
def test_no_header_ever_leads_outside_the_file(tail: str, total: int) -> None:
    try:
        span = parse(f"bytes={tail}", total)
    except NotSatisfiable:
        return
    assert span is None or 0 <= span.start < span.stop <= total
