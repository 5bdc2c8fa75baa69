"""A read of any source: record batches, one after the other."""

from __future__ import annotations

from abc import ABC, abstractmethod

import pyarrow as pa

PEEK = 5
"""Rows a probe shows."""


class Batches(ABC):
    """What every kind of source gives: a schema, then batches of it.

    ``read`` and ``close`` are for one thread at a time, ``cancel`` for any.
    """

    schema: pa.Schema

    @abstractmethod
    def read(self) -> pa.RecordBatch | None:
        """Return the next batch; None after the last."""

    @abstractmethod
    def cancel(self) -> None:
        """Stop the work in the source."""

    @abstractmethod
    def close(self) -> None:
        """Let go of the source."""
