"""The parts of Parquet files that scoped grants give: a file of its own for each.

A part is made when it is first read, streaming, and kept under a name that follows from the
file's checksum and the scope; so it is never another's, and never out of date. Nothing of what
is left out is in it: no values in dictionaries, no counts, no extent of the whole.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from io import FileIO
from pathlib import Path
from threading import Lock
from uuid import uuid4

import pyarrow as pa
import pyarrow.parquet as pq

from polderlab_catalog import scoping
from polderlab_catalog.application.reading import Readable
from polderlab_catalog.domain.datasets import Distribution
from polderlab_catalog.domain.scopes import Scope

BATCH_ROWS = 32_768
GROUP_ROWS = 131_072
KEPT_DAYS = 30
"""A part nobody read for this long is thrown away; it is made again when it is needed."""
_FORMAT = "1"
"""Part of every name: change it when parts are made differently."""

Opener = Callable[[str], FileIO]
"""Opens a path of the data folder safely."""


class Variants:
    """Makes parts in ``folder``; one at a time, so that reading goes on beside it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._builder = ThreadPoolExecutor(1, thread_name_prefix="variants")
        self._building: dict[str, Future[None]] = {}
        self._lock = Lock()

    @property
    def folder(self) -> Path:
        """Where the parts are."""
        return self._folder

    def known(self, distribution: Distribution, scope: Scope) -> Distribution | None:
        """Return the part of ``distribution`` as a file of its own, if it has been made."""
        about = self._folder / f"{_key(distribution, scope)}.json"
        try:
            told = json.loads(about.read_text())
        except (FileNotFoundError, ValueError):
            return None
        with suppress(OSError):  # so that it is known to be in use
            os.utime(about)
        columns = tuple(
            c for c in distribution.columns if not scope.columns or c.name in told["columns"]
        )
        return replace(
            distribution,
            path=told["path"],
            bytes=told["bytes"],
            sha256=told["sha256"],
            rows=told["rows"],
            # profiles count all rows, and the extent is of all shapes
            columns=tuple(replace(column, profile=None) for column in columns),
            bbox=distribution.bbox if not scope.rows else None,
            crs=distribution.crs if told["geo"] else None,
        )

    def narrowed(self, readable: Readable) -> Readable | None:
        """Return ``readable`` with its part in place of the whole, if it has been made."""
        part = self.known(readable.distribution, readable.scope)
        return replace(readable, distribution=part, part=True) if part else None

    def make(self, readable: Readable, opener: Opener) -> Future[None]:
        """Begin to make the part of ``readable``, unless somebody is at it already."""
        distribution, scope = readable.distribution, readable.scope
        key = _key(distribution, scope)
        with self._lock:
            found = self._building.get(key)
            if found is None:
                found = self._builder.submit(self._make, key, distribution, scope, opener)
                self._building[key] = found
                found.add_done_callback(lambda _: self._done(key))
        return found

    def sweep(self, now: float | None = None) -> int:
        """Throw away what nobody read for long and what was left half made; return how many."""
        oldest = (now or time.time()) - KEPT_DAYS * 86_400
        count = 0
        for path in self._folder.glob("*.json"):
            with suppress(FileNotFoundError):
                if path.stat().st_mtime < oldest:
                    path.unlink()
                    path.with_suffix(".parquet").unlink(missing_ok=True)
                    count += 1
        for path in self._folder.glob("*.new"):
            with suppress(FileNotFoundError):
                if path.stat().st_mtime < (now or time.time()) - 86_400:
                    path.unlink()
                    count += 1
        return count

    def close(self) -> None:
        """Stop making parts."""
        self._builder.shutdown(wait=False, cancel_futures=True)

    def _done(self, key: str) -> None:
        with self._lock:
            self._building.pop(key, None)

    def _make(self, key: str, distribution: Distribution, scope: Scope, opener: Opener) -> None:
        if self.known(distribution, scope) is not None:
            return
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        making = self._folder / f"{key}.{uuid4().hex}.new"
        target = self._folder / f"{key}.parquet"
        try:
            with opener(distribution.path) as source:
                schema, rows = write_part(source, making, scope)
            told = {
                "path": target.name,
                "bytes": making.stat().st_size,
                "sha256": _sha256(making),
                "rows": rows,
                "columns": schema.names,
                "geo": b"geo" in (schema.metadata or {}),
            }
            making.rename(target)
            making.write_text(json.dumps(told))
            making.rename(target.with_suffix(".json"))
        finally:
            making.unlink(missing_ok=True)


def write_part(source: FileIO, target: Path, scope: Scope) -> tuple[pa.Schema, int]:
    """Write what ``scope`` lets through of the Parquet file ``source``; return schema and rows."""
    file = pq.ParquetFile(source, pre_buffer=False)
    whole = file.schema_arrow
    wanted = [name for name in whole.names if not scope.columns or name in scope.columns]
    needed = [
        name for name in whole.names if name in wanted or name in {c.column for c in scope.rows}
    ]
    schema = _schema(whole, scope)
    rows = 0
    with pq.ParquetWriter(target, schema, compression="zstd") as writer:
        for table in _grouped(_filtered(file, needed, scope, schema)):
            rows += table.num_rows
            writer.write_table(table, row_group_size=GROUP_ROWS)
    return schema, rows


def _filtered(
    file: pq.ParquetFile, needed: list[str], scope: Scope, schema: pa.Schema
) -> Iterator[pa.Table]:
    for batch in file.iter_batches(BATCH_ROWS, columns=needed, use_threads=False):
        kept = scoping.apply(pa.Table.from_batches([batch]), scope)
        yield kept.select(schema.names).cast(schema)


def _grouped(tables: Iterator[pa.Table]) -> Iterator[pa.Table]:
    held: list[pa.Table] = []
    for table in tables:
        held.append(table)
        if sum(each.num_rows for each in held) >= GROUP_ROWS:
            yield pa.concat_tables(held)
            held = []
    if held:
        yield pa.concat_tables(held)


def _schema(whole: pa.Schema, scope: Scope) -> pa.Schema:
    """Return the schema of the part, its metadata telling nothing of what is left out."""
    scoped = scoping.schema(whole, scope)
    known = scoping.metadata(whole.metadata, tuple(scoped.names))
    told = {b"geo": known[b"geo"]} if b"geo" in known else {}
    if told and scope.rows:
        geo = json.loads(told[b"geo"])
        for shape in geo["columns"].values():
            shape.pop("bbox", None)
        told[b"geo"] = json.dumps(geo).encode()
    return pa.schema([_plain(field) for field in scoped], metadata=told)


def _plain(field: pa.Field) -> pa.Field:
    """Return ``field`` without dictionary: that may hold values of rows that are left out."""
    kept = {
        key: value
        for key, value in (field.metadata or {}).items()
        if key.startswith(b"ARROW:extension")
    }
    type_ = field.type
    while pa.types.is_dictionary(type_):
        type_ = type_.value_type
    return pa.field(field.name, type_, field.nullable, kept or None)


def _key(distribution: Distribution, scope: Scope) -> str:
    rows = [[each.column, each.operator.value, list(each.values)] for each in scope.rows]
    told = [_FORMAT, distribution.sha256, list(scope.columns), rows]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
