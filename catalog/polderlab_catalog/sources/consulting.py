"""Goes to a source of any kind, for a look, a read or a copy."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

import pyarrow as pa
from pyarrow import parquet as pq

from polderlab_catalog import scoping
from polderlab_catalog.application.errors import Refused
from polderlab_catalog.application.ports import Consultant, Stream
from polderlab_catalog.domain.datasets import Column, Distribution
from polderlab_catalog.domain.scopes import Scope
from polderlab_catalog.domain.sources import Login, Probe, Source, SourceKind, Wanted
from polderlab_catalog.policy.scopes import fits
from polderlab_catalog.policy.sources import typed_scope
from polderlab_catalog.sources import arrow, postgresql
from polderlab_catalog.sources.batches import PEEK, Batches
from polderlab_catalog.sources.databases import Database
from polderlab_catalog.sources.failures import Changed, mapped
from polderlab_catalog.sources.features import Features
from polderlab_catalog.sources.files import CsvFile, ParquetFile
from polderlab_catalog.sources.guard import Guard
from polderlab_catalog.sources.stream import ArrowStream, TooManyRows

PARQUET = "application/vnd.apache.parquet"
_CELL = 80
"""Characters of a value that a probe shows."""


class Consulting(Consultant):
    """Chooses how to read by the source's kind and address; ``data`` is the data folder."""

    def __init__(self, guard: Guard, data: Path) -> None:
        self._guard, self._data = guard, data

    def probe(self, source: Source, login: Login) -> Probe:
        """Return all columns, and the first rows of what the steward lets through."""
        with mapped(), self._opened(source, login) as batches:
            columns, crs = _look(batches, source)
            scope = typed_scope(source.scope, columns)
            decision = fits(scope, source.dataset, columns)
            if not decision:
                raise Refused(decision)
            names = scope.columns or tuple(column.name for column in columns)
            values = {each.name: _default(each.type, each.default) for each in source.parameters}
            if None in values.values():
                return Probe(columns, crs, (), scope)  # without values there is nothing to ask
            wanted = Wanted(names, Scope(names, scope.rows), PEEK, values, cut=True)
            reading = _begun(batches, wanted, None, columns, crs)
            batch = reading.read()
            return Probe(columns, crs, _shown(batch), scope)

    def open(self, source: Source, login: Login, wanted: Wanted, known: Distribution) -> Stream:
        """Begin to read."""
        with mapped():
            batches = self._open(source, login)
            try:
                reading = _begun(batches, wanted, known.columns, known.columns, known.crs)
            except BaseException:
                batches.close()
                raise
            return ArrowStream(reading, wanted.rows, cut=wanted.cut)

    def store(
        self, source: Source, login: Login, wanted: Wanted, known: Distribution, path: str
    ) -> Distribution:
        """Read into a Parquet file; a read that fails leaves none."""
        file = self._data / path
        file.parent.mkdir(parents=True, exist_ok=True)
        partial = file.with_name(f".{file.name}.part")
        try:
            with mapped(), self._opened(source, login) as batches:
                reading = _begun(batches, wanted, known.columns, known.columns, known.crs)
                rows = _write(reading, partial, wanted.rows)
            partial.rename(file)
        finally:
            partial.unlink(missing_ok=True)
        with file.open("rb") as written:
            sha256 = hashlib.file_digest(written, "sha256").hexdigest()
        return Distribution(
            name=PurePosixPath(path).name,
            media_type=PARQUET,
            path=path,
            bytes=file.stat().st_size,
            sha256=sha256,
            rows=rows,
            columns=known.columns,
            crs=known.crs,
        )

    @contextmanager
    def _opened(self, source: Source, login: Login) -> Iterator[Batches]:
        batches = self._open(source, login)
        try:
            yield batches
        finally:
            with suppress(Exception):
                batches.cancel()
            batches.close()

    def _open(self, source: Source, login: Login) -> Batches:
        if source.kind is SourceKind.SQL:
            backend = urlsplit(source.location).scheme.partition("+")[0]
            if backend in ("postgresql", "postgres"):
                return postgresql.Postgres(source, login, self._guard)
            return Database(source, login, self._guard)
        if source.kind is SourceKind.URL:
            ending = PurePosixPath(urlsplit(source.location).path).suffix.lower()
            if ending in (".parquet", ".geoparquet"):
                return ParquetFile(source, login, self._guard)
            if ending not in (".json", ".geojson"):
                return CsvFile(source, login, self._guard)
        return Features(source, login, self._guard)


class _Scoped(Batches):
    """Rows and columns left out here, for sources that cannot be asked to."""

    def __init__(self, batches: Batches, scope: Scope) -> None:
        self._batches, self._scope = batches, scope
        self.schema = scoping.schema(batches.schema, scope)

    def read(self) -> pa.RecordBatch | None:
        """Return the next batch, as far as it may be read."""
        batch = self._batches.read()
        return batch if batch is None else scoping.apply(batch, self._scope)

    def cancel(self) -> None:
        """Stop the work in the source."""
        self._batches.cancel()

    def close(self) -> None:
        """Let go of the source."""
        self._batches.close()


def _look(batches: Batches, source: Source) -> tuple[tuple[Column, ...], str | None]:
    """Return all columns of a source and its coordinate system."""
    if isinstance(batches, postgresql.Postgres):
        raw = batches.raw()
        shapes = postgresql.shapes(raw)
        crs = batches.crs(shapes[0], raw) if shapes and not source.parameters else None
        return arrow.columns_of(postgresql.told(raw, crs)), crs
    if isinstance(batches, Database):
        values = {each.name: _default(each.type, each.default) for each in source.parameters}
        return arrow.columns_of(batches.sample(values)), None
    schema, crs = batches.peek()  # type: ignore[attr-defined]
    return arrow.columns_of(schema), crs if any(map(arrow.is_shape, schema)) else None


def _begun(
    batches: Batches,
    wanted: Wanted,
    known: tuple[Column, ...] | None,
    columns: tuple[Column, ...],
    crs: str | None,
) -> Batches:
    """Start reading ``wanted``; with ``known`` columns, raise when those changed."""
    if isinstance(batches, postgresql.Postgres):
        batches.begin(wanted, known, crs=crs)
        return batches
    judged = {condition.column for condition in wanted.scope.rows}
    stated = {column.name for column in columns}
    if isinstance(batches, Database):
        if known is not None:
            _still_there(batches.names(), wanted.columns)
        if judged - stated:
            columns = arrow.columns_of(batches.sample(dict(wanted.parameters)))
        batches.begin(wanted, arrow.schema_of(columns, crs))
        return batches
    if known is not None:
        now, _ = batches.peek()  # type: ignore[attr-defined]
        if len(now):
            _still_there(now.names, wanted.columns)
        columns += tuple(c for c in arrow.columns_of(now) if c.name in judged - stated)
    needed = {*wanted.columns, *judged}
    every = arrow.schema_of([column for column in columns if column.name in needed], crs)
    batches.begin(every)  # type: ignore[attr-defined]
    return _Scoped(batches, wanted.scope)


def _still_there(now: list[str], needed: tuple[str, ...]) -> None:
    gone = [name for name in needed if name not in now]
    if gone:
        raise Changed(gone)


def _default(type_: str, text: str | None) -> str | int | float | None:
    if text is None:
        return None
    return int(text) if type_ == "integer" else float(text) if type_ == "number" else text


def _shown(batch: pa.RecordBatch | None) -> tuple[tuple[str, ...], ...]:
    if batch is None:
        return ()
    return tuple(
        tuple(_cell(batch.column(n)[row].as_py()) for n in range(batch.num_columns))
        for row in range(min(PEEK, batch.num_rows))
    )


def _cell(value: object) -> str:
    text = "" if value is None else "…" if isinstance(value, bytes) else str(value)
    return text if len(text) <= _CELL else text[: _CELL - 1] + "…"


def _write(batches: Batches, file: Path, limit: int) -> int:
    rows = 0
    with pq.ParquetWriter(file, batches.schema, compression="zstd") as writer:
        while (batch := batches.read()) is not None:
            rows += batch.num_rows
            if rows > limit:
                raise TooManyRows
            writer.write_batch(batch, row_group_size=131_072)
    return rows
