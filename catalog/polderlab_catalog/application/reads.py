"""Reads: what sessions read, one line of the log per use of a dataset."""

from __future__ import annotations

from polderlab_catalog.application.reading import Readable, Reading


class Reads:
    """Counts what is let go; what cannot be counted is not sent."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading

    def begin(self, readable: Readable, bytes_: int) -> None:
        """Count a request and its ``bytes_`` bytes; call it before the first of them leaves.

        Raises :class:`Refused` when the read is not allowed any more.
        """
        self._reading.record(readable, bytes_)

    def add(self, readable: Readable, bytes_: int) -> None:
        """Count ``bytes_`` more bytes of the same request, before they leave."""
        self._reading.record(readable, bytes_)
