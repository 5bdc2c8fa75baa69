"""The parts of a range: together they are all of it, and each number lies in one."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from polderlab_catalog.domain.histograms import MOST_BINS, Scale

FINITE = st.floats(allow_nan=False, allow_infinity=False)
WHOLE = st.integers(-(2**40), 2**40)


@given(WHOLE, st.integers(1, 2000), st.data())
def test_a_whole_number_lies_between_the_edges_of_its_part(
    least: int, span: int, data: st.DataObject
) -> None:
    scale = Scale.of(least, least + span, whole=True)
    assert scale is not None
    value = data.draw(st.integers(least, least + span))
    number = min(math.floor((value - least) / scale.width), scale.count - 1)
    first, last = scale.edges(number)
    assert first <= value <= last
    assert scale.edges(0)[0] == least
    assert scale.edges(scale.count - 1)[1] == least + span
    assert 2 <= scale.count <= MOST_BINS


@given(st.integers(-1000, 1000), st.integers(1, 254))
def test_parts_of_few_whole_numbers_hold_equally_many_but_the_last(least: int, span: int) -> None:
    scale = Scale.of(least, least + span, whole=True)
    assert scale is not None
    sizes = [last - first + 1 for first, last in map(scale.edges, range(scale.count))]
    assert len(set(sizes[:-1])) <= 1
    assert 1 <= sizes[-1] <= sizes[0]
    assert sum(sizes) == span + 1


@given(FINITE, FINITE)
def test_any_two_numbers_make_a_scale_that_can_be_counted_on_or_none(a: float, b: float) -> None:
    scale = Scale.of(a, b, whole=False)
    if scale is not None:
        assert a < b
        assert math.isfinite(scale.width)
        assert scale.edges(0)[0] == a
        assert scale.edges(scale.count - 1)[1] == b
