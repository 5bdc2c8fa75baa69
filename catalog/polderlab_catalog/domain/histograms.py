"""Histograms: how the range of a column is cut into bins of equal width."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, inf

MOST_BINS = 16
_SMALL = 256
"""Whole numbers that lie closer together than this are cut between numbers: else some bins would
hold one more of them than others, and the picture would be a comb."""


@dataclass(frozen=True, slots=True)
class Scale:
    """``count`` bins of ``width`` from ``least`` on, up to ``most`` and including it.

    ``whole``: only whole numbers (or days) lie on it, so that a bin ends before the next begins.
    """

    least: float
    most: float
    count: int
    width: float
    whole: bool

    @classmethod
    def of(cls, least: float, most: float, *, whole: bool) -> Scale | None:
        """Return the scale of a range; None where there is nothing to cut."""
        if not least < most:
            return None
        numbers = most - least + 1
        if whole and numbers < _SMALL:
            each = ceil(numbers / MOST_BINS)
            return cls(least, most, ceil(numbers / each), each, whole)
        width = (most - least) / MOST_BINS
        return cls(least, most, MOST_BINS, width, whole) if 0 < width < inf else None

    def edges(self, number: int) -> tuple[float, float]:
        """Return the first and the last value of bin ``number``, from 0."""
        first = self.least + number * self.width
        last = first + self.width
        if self.whole:
            first, last = ceil(first), ceil(last) - 1
        return first, self.most if number == self.count - 1 else min(last, self.most)
