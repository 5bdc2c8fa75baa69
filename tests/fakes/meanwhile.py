"""A register in which something happens between looking and writing."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

from polderlab_catalog.application.ports import Register, Transaction


class Meanwhile(Register):
    """``register``, but for ``happens``: that is done once, just before the next write begins."""

    def __init__(self, register: Register) -> None:
        self._register = register
        self.happens: Callable[[Transaction], object] | None = None

    def read(self) -> AbstractContextManager[Transaction]:
        """Return a transaction that sees one moment."""
        return self._register.read()

    def write(self) -> AbstractContextManager[Transaction]:
        """Return a write transaction, after what happens before it."""
        happens, self.happens = self.happens, None
        if happens is not None:
            with self._register.write() as t:
                happens(t)
        return self._register.write()
