"""Facts that were looked up, for as long as the register provably holds nothing else.

What is remembered are facts, never a decision: whoever asks decides on them anew, at the time
it is then. And they are given only while not one transaction was committed since before they
were looked up, so that looking again would find the same; see decision 0018.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Generic, TypeVar

from polderlab_catalog.application.ports import Register

T = TypeVar("T")

MOST = 1024
"""Facts held at once; a session reads a few files at a time."""


class Known(Generic[T]):
    """Facts by what was asked for. Safe for use by many threads; never waits."""

    def __init__(self, register: Register) -> None:
        self._register = register
        # Replaced as one: what is held is of this revision and of no other.
        self._held: tuple[int, dict[Hashable, T]] | None = None

    def keep(self, revision: int | None, asked: Hashable, facts: T) -> None:
        """Remember ``facts``; ``revision`` is the register's from before they were looked up."""
        if revision is None:
            return
        held = self._held
        if held is None or held[0] != revision or len(held[1]) >= MOST:
            self._held = held = (revision, {})
        held[1][asked] = facts

    def get(self, asked: Hashable) -> T | None:
        """Return the facts as the register has them at this moment; None: look them up."""
        held = self._held
        facts = held[1].get(asked) if held else None
        if held is None or facts is None or self._register.revision() != held[0]:
            return None
        return facts
