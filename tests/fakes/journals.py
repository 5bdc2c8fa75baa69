"""Journals that live as long as the test."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from itertools import count

from polderlab_catalog.application import ports
from polderlab_catalog.domain.reads import Noted


class MemoryJournal(ports.Journal):
    def __init__(self, name: str, among: dict[str, MemoryJournal]) -> None:
        self.name, self._among = name, among
        self._lines: list[tuple[str, Noted]] = []
        among[name] = self

    def note(self, read_id: str, requests: int, bytes_: int, at: datetime) -> None:
        self._lines.append((read_id, Noted(requests, bytes_, at)))

    def sync(self) -> None: ...

    def size(self) -> int:
        return len(self._lines)

    def noted(self) -> Mapping[str, Noted]:
        sums: dict[str, Noted] = {}
        for name, one in self._lines:
            known = sums.get(name, Noted(0, 0, one.last))
            sums[name] = Noted(
                known.requests + one.requests,
                known.bytes + one.bytes,
                max(known.last, one.last),
            )
        return sums

    def remove(self) -> None:
        self._among.pop(self.name, None)

    def close(self) -> None: ...


class MemoryJournals(ports.Journals):
    """``abandoned`` holds those whose process is gone."""

    def __init__(self) -> None:
        self._numbers, self._all = count(1), dict[str, MemoryJournal]()
        self.abandoned: list[MemoryJournal] = []

    def begin(self) -> MemoryJournal:
        return MemoryJournal(f"journal-{next(self._numbers)}", self._all)

    def names(self) -> Collection[str]:
        return set(self._all)

    def orphans(self) -> Iterator[MemoryJournal]:
        yield from list(self.abandoned)
