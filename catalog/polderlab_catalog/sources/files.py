"""CSV and Parquet at a web address."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from contextlib import ExitStack
from tempfile import TemporaryFile
from time import monotonic
from typing import Any

import httpx
import pyarrow as pa
from pyarrow import csv
from pyarrow import parquet as pq

from polderlab_catalog.domain.sources import Login, Source
from polderlab_catalog.sources import arrow
from polderlab_catalog.sources.batches import Batches
from polderlab_catalog.sources.failures import Changed, Failed, Stopped, TooSlow
from polderlab_catalog.sources.guard import Guard
from polderlab_catalog.sources.web import Web

MAX_PARQUET = 4 * 1024**3
_BLOCK = 4 * 1024**2


class CsvFile(Batches):
    """A CSV file, read as it comes in; delimiter, decimal sign and encoding are judged."""

    def __init__(self, source: Source, login: Login, guard: Guard) -> None:
        self._opened = ExitStack()
        web = Web(source, login, guard)
        self._opened.callback(web.close)
        response = self._opened.enter_context(web.stream(source.location, "text/csv, */*;q=0.5"))
        self._body = _Body(response, source.timeout_seconds)
        self._reader: Any = None

    def peek(self) -> tuple[pa.Schema, None]:
        """Return the columns, judged by the first block."""
        head = self._body.head()
        reader = csv.open_csv(io.BytesIO(head[: head.rfind(b"\n") + 1] or head), **_options(head))
        fields = [
            pa.field(each.name, each.type if arrow.simple(each.type) else pa.string())
            for each in reader.schema
        ]
        return pa.schema(fields), None

    def begin(self, schema: pa.Schema) -> None:
        """Give rows of ``schema``."""
        options = _options(self._body.head())
        options["convert_options"].column_types = {each.name: each.type for each in schema}
        options["convert_options"].include_columns = schema.names
        self.schema = schema
        try:
            self._reader = csv.open_csv(self._body, **options)
        except (pa.ArrowInvalid, KeyError) as error:
            raise self._changed(error) from None

    def read(self) -> pa.RecordBatch | None:
        """Return the next block; a value that does not fit means the column changed."""
        try:
            found = self._reader.read_next_batch()
        except StopIteration:
            return None
        except pa.ArrowInvalid as error:
            raise self._changed(error) from None
        return pa.RecordBatch.from_arrays(found.columns, schema=self.schema)

    def cancel(self) -> None:
        """Stop after the piece under way."""
        self._body.stopped = True

    def close(self) -> None:
        """Close the connection."""
        self._opened.close()

    def _changed(self, error: Exception) -> Exception:
        found = re.search(r"CSV column '([^']+)'|CSV column #(\d+)", str(error))
        if found is None:
            return Failed()
        names = _names(self._body.head())
        number = int(found[2] or 0)
        name = found[1] or (names[number] if number < len(names) else "")
        return Changed([name]) if name in self.schema.names else Failed()


class ParquetFile(Batches):
    """A Parquet file, fetched to disk first: its directory is at its end."""

    def __init__(self, source: Source, login: Login, guard: Guard) -> None:
        self._opened = ExitStack()
        web = Web(source, login, guard)
        self._opened.callback(web.close)
        file = self._opened.enter_context(TemporaryFile())  # noqa: SIM115  (entered here)
        with web.stream(source.location, "application/vnd.apache.parquet, */*;q=0.5") as response:
            body = _Body(response, source.timeout_seconds)
            while piece := body.read(_BLOCK):
                file.write(piece)
                if file.tell() > MAX_PARQUET:
                    raise Failed
        file.seek(0)
        self._file = pq.ParquetFile(file)
        self._batches: Iterator[pa.RecordBatch] = iter(())

    def peek(self) -> tuple[pa.Schema, None]:
        """Return the columns that have a plain type."""
        fields = [each for each in self._file.schema_arrow if arrow.simple(each.type)]
        return pa.schema([pa.field(each.name, each.type) for each in fields]), None

    def begin(self, schema: pa.Schema) -> None:
        """Give rows of ``schema``."""
        self.schema = schema
        arrow.compare(arrow.columns_of(schema), self.peek()[0], schema.names)
        self._batches = self._file.iter_batches(columns=schema.names)

    def read(self) -> pa.RecordBatch | None:
        """Return the next batch."""
        found = next(self._batches, None)
        if found is None:
            return None
        return pa.RecordBatch.from_arrays(
            [found.column(name) for name in self.schema.names], schema=self.schema
        )

    def cancel(self) -> None:
        """Nothing is under way in the source by now."""

    def close(self) -> None:
        """Remove the copy."""
        self._opened.close()


class _Body(io.RawIOBase):
    """The body of an answer as a file, with a look at its beginning."""

    def __init__(self, response: httpx.Response, seconds: float) -> None:
        super().__init__()
        self._pieces, self._ahead = response.iter_bytes(), b""
        self._head: bytes | None = None
        self._until, self.stopped = monotonic() + seconds, False

    def head(self) -> bytes:
        """Return the first block without taking it."""
        if self._head is None:
            while len(self._ahead) < _BLOCK and (piece := self._next()):
                self._ahead += piece
            self._head = self._ahead[:_BLOCK]
        return self._head

    def readable(self) -> bool:
        """It is for reading."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill ``buffer``."""
        if not self._ahead:
            self._ahead = self._next()
        piece, self._ahead = self._ahead[: len(buffer)], self._ahead[len(buffer) :]
        buffer[: len(piece)] = piece
        return len(piece)

    def _next(self) -> bytes:
        if self.stopped:
            raise Stopped
        if monotonic() > self._until:
            raise TooSlow
        return next(self._pieces, b"")


def _options(head: bytes) -> dict[str, Any]:
    delimiter = _delimiter(head)
    comma = delimiter != "," and re.search(rb"\d,\d", head) and not re.search(rb"\d\.\d", head)
    return {
        "read_options": csv.ReadOptions(
            block_size=_BLOCK, encoding=_encoding(head), use_threads=False
        ),
        "parse_options": csv.ParseOptions(delimiter=delimiter, newlines_in_values=True),
        "convert_options": csv.ConvertOptions(
            decimal_point="," if comma else ".", strings_can_be_null=True
        ),
    }


def _delimiter(head: bytes) -> str:
    line = head.partition(b"\n")[0]
    return max(",;\t|", key=lambda sign: line.count(sign.encode()))


def _encoding(head: bytes) -> str:
    try:
        head[: head.rfind(b"\n") + 1].decode("utf-8")
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def _names(head: bytes) -> list[str]:
    line = head.partition(b"\n")[0].decode(_encoding(head)).strip("\r\ufeff")
    return [name.strip('"') for name in line.split(_delimiter(head))]
