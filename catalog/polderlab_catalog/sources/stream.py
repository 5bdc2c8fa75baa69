"""Batches as one Arrow IPC stream, within the row limit."""

from __future__ import annotations

import io
from threading import Event, Lock

import pyarrow as pa

from polderlab_catalog.application.ports import SourceError, Stream
from polderlab_catalog.policy.decisions import Code
from polderlab_catalog.sources.batches import Batches
from polderlab_catalog.sources.failures import Stopped, mapped

PROBLEM = "polderlab.problem"
"""Key under which the last batch of a read that is broken off says why."""

_END = b"\xff\xff\xff\xff\x00\x00\x00\x00"
"""What ends a stream: https://arrow.apache.org/docs/format/Columnar.html#ipc-streaming-format"""


class TooManyRows(SourceError):  # noqa: N818  (reads as the verdict it is)
    """The source has more rows than one read may give."""

    code = Code.SOURCE_TOO_MANY_ROWS


class ArrowStream(Stream):
    """Writes each batch of ``batches`` as it comes; more than ``limit`` rows is an error.

    ``cut``: the reader asked for no more than ``limit``, so the rest is left out.
    """

    def __init__(self, batches: Batches, limit: int, *, cut: bool) -> None:
        self._batches, self._left, self._cut = batches, limit, cut
        self._turn, self._cancelled = Lock(), Event()
        self._begun = self._ended = False

    def next(self) -> bytes | memoryview | None:
        """Return the next piece: the schema with the first batch, a batch, the end mark."""
        with self._turn:
            if self._ended:
                return None
            if self._cancelled.is_set():
                raise Stopped
            batch = self._read()
            self._ended = batch is None
            # Not by Arrow's own writer: serialised whole, a batch is copied once and not thrice.
            piece = _END if batch is None else memoryview(batch.serialize())
            if not self._begun:
                self._begun = True
                return b"".join([memoryview(self._batches.schema.serialize()), piece])
            return piece

    def say(self, told: str) -> bytes:
        """Return an empty batch with ``told`` in its metadata, which no reader takes for data."""
        buffer, schema = io.BytesIO(), self._batches.schema
        writer = pa.ipc.new_stream(buffer, schema)
        empty = pa.RecordBatch.from_pylist([], schema=schema)
        writer.write_batch(empty)  # the schema goes out with it, and both were sent before
        begin = buffer.tell()
        writer.write_batch(empty, custom_metadata={PROBLEM: told})
        return buffer.getvalue()[begin:]

    def cancel(self) -> None:
        """Stop the work in the source."""
        self._cancelled.set()
        self._batches.cancel()

    def close(self) -> None:
        """Let go of the source."""
        with self._turn:
            self._ended = True
            self._batches.close()

    def _read(self) -> pa.RecordBatch | None:
        if self._cut and self._left == 0:
            return None
        try:
            with mapped():
                batch = self._batches.read()
        except SourceError:
            if self._cancelled.is_set():
                raise Stopped from None
            raise
        if batch is not None and batch.num_rows > self._left:
            if not self._cut:
                raise TooManyRows
            batch = batch.slice(0, self._left)
        if batch is not None:
            self._left -= batch.num_rows
        return batch
