"""The facets of a dataset as one whole number, and counting them for many datasets at once.

A search may find a hundred thousand datasets, and a reader wants to know of each facet how many
fit. Six columns of text would take the database seconds to group; one number per dataset is read
in a few hundredths, and numpy does the counting.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, Integer, literal

from polderlab_catalog.application.search import SPANS, Access, Facet, Format, Freshness
from polderlab_catalog.domain.datasets import Classification

Numbers = NDArray[np.int64]
Truths = NDArray[np.bool_]

WIDTHS = {
    Facet.FRESHNESS: 16,
    Facet.CLASSIFICATION: 2,
    Facet.FORMAT: 3,
    Facet.THEME: 8,
    Facet.ORGANISATION: 14,
    Facet.PLACE: 20,
}
"""Bits per facet, lowest first, 63 in all. Freshness holds the day (since 1970) of the newest
version, the others the code of their value; 0 is none."""

FIXED: Mapping[Facet, Sequence[str]] = {
    Facet.CLASSIFICATION: list(Classification),
    Facet.FORMAT: list(Format),
}
"""Facets whose values are known beforehand: the code is the place in the list, from 1."""

LISTED = (Facet.THEME, Facet.ORGANISATION, Facet.PLACE)
"""Facets whose values the register lists as they come."""

Codes = Mapping[Facet, Mapping[str, int]]
EPOCH = date(1970, 1, 1)
NO_DAY = 1 << WIDTHS[Facet.FRESHNESS]
"""More than any day there is."""


def day_number(day: date) -> int:
    """Return ``day`` as it is packed: days since 1970, never below 1."""
    return min(max((day - EPOCH).days, 1), NO_DAY - 1)


def fixed(facet: Facet, value: str) -> int:
    """Return the code of ``value`` in a facet of :data:`FIXED`."""
    return list(FIXED[facet]).index(value) + 1


NOT_HERE = [fixed(Facet.FORMAT, each) for each in (Format.ELSEWHERE, Format.NONE)]
"""Forms of which the lab has no data."""
PUBLIC = fixed(Facet.CLASSIFICATION, Classification.PUBLIC)


def pack(codes: Mapping[Facet, int]) -> int:
    """Return one number that holds ``codes``; one that does not fit counts as none."""
    packed = shift = 0
    for facet, width in WIDTHS.items():
        code = codes.get(facet, 0)
        packed |= (code if code < 1 << width else 0) << shift
        shift += width
    return packed


def unpacked(packed: ColumnElement[int], facet: Facet) -> ColumnElement[int]:
    """Return what takes the code of ``facet`` out of a column of packed numbers."""
    facets = list(WIDTHS)
    shift = sum(WIDTHS[each] for each in facets[: facets.index(facet)])
    return packed.bitwise_rshift(literal(shift, Integer)).bitwise_and((1 << WIDTHS[facet]) - 1)


@dataclass(frozen=True, slots=True)
class Table:
    """The facets of what the words found: ``ids`` in rising order, and a column per facet."""

    ids: Numbers
    columns: Mapping[Facet, Numbers]

    @classmethod
    def of(cls, ids: Numbers, packed: Numbers) -> Table:
        """Unpack."""
        if np.any(ids[1:] < ids[:-1]):
            order = np.argsort(ids)
            ids, packed = ids[order], packed[order]
        columns, shift = {}, 0
        for facet, width in WIDTHS.items():
            columns[facet] = (packed >> shift) & ((1 << width) - 1)
            shift += width
        return cls(ids, columns)

    @property
    def days(self) -> Numbers:
        """The day of each one's newest version; 0 without."""
        return self.columns[Facet.FRESHNESS]

    @property
    def here(self) -> Truths:
        """Tell of each whether the lab has its data, so that there is something to read at all."""
        found: Truths = ~np.isin(self.columns[Facet.FORMAT], NOT_HERE)
        return found

    def readable(self, granted: Numbers, *, reader: bool) -> Truths:
        """Tell of each whether a ``reader`` may read it: public data, or id in ``granted``."""
        public = self.columns[Facet.CLASSIFICATION] == PUBLIC
        found: Truths = self.here & ((public & reader) | np.isin(self.ids, granted))
        return found


class Counting:
    """Which of ``table`` fit what was ``chosen``, and how many fit each value."""

    def __init__(
        self,
        table: Table,
        codes: Codes,
        chosen: Mapping[Facet, Sequence[str]],
        readable: Truths,
        today: date,
    ) -> None:
        self._table, self._codes = table, codes
        self._readable, self._today = readable, day_number(today)
        self._fits = {facet: self._any(facet, values) for facet, values in chosen.items() if values}

    @property
    def fitting(self) -> Truths:
        """Which datasets fit every facet."""
        return self._all_but(None)

    def counts(self) -> dict[Facet, dict[str, int]]:
        """Return how many fit each value, whatever else is chosen in the same facet."""
        return {facet: self._count(facet, self._all_but(facet)) for facet in Facet}

    def _all_but(self, facet: Facet | None) -> Truths:
        found: Truths = np.ones(self._table.ids.size, dtype=np.bool_)
        for other, fits in self._fits.items():
            if other is not facet:
                found = found & fits
        return found

    def _any(self, facet: Facet, values: Sequence[str]) -> Truths:
        if facet is Facet.ACCESS:
            return self._access(values)
        if facet is Facet.FRESHNESS:
            return self._fresh(values[0])
        known = self._codes_of(facet)
        wanted = [known[value] for value in values if value in known]
        return np.isin(self._table.columns[facet], np.array(wanted, dtype=np.int64))

    def _access(self, values: Sequence[str]) -> Truths:
        nothing: Truths = np.zeros(self._table.ids.size, dtype=np.bool_)
        readable = self._readable if Access.READABLE in values else nothing
        locked = self._table.here & ~self._readable if Access.LOCKED in values else nothing
        return readable | locked

    def _fresh(self, value: str) -> Truths:
        try:
            since = self._today - SPANS[Freshness(value)].days
        except ValueError:
            since = self._today + 1
        fresh: Truths = self._table.days > max(since, 0)
        return fresh

    def _codes_of(self, facet: Facet) -> Mapping[str, int]:
        if facet in FIXED:
            return {value: code for code, value in enumerate(FIXED[facet], 1)}
        return self._codes.get(facet, {})

    def _count(self, facet: Facet, among: Truths) -> dict[str, int]:
        if facet is Facet.ACCESS:
            pairs = [(str(each), int((self._access([each]) & among).sum())) for each in Access]
        elif facet is Facet.FRESHNESS:
            pairs = [(str(each), int((self._fresh(each) & among).sum())) for each in Freshness]
        else:
            tally = np.bincount(self._table.columns[facet][among])
            known = self._codes_of(facet)
            pairs = [(str(v), int(tally[code])) for v, code in known.items() if code < tally.size]
        return {value: count for value, count in pairs if count}
