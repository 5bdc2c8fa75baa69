"""Write a relation as Parquet, and describe what was written."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pyarrow.parquet

from polderlab_catalog.domain.datasets import Column
from polderlab_catalog.ingest.engine import MIB, literal
from polderlab_catalog.ingest.jobs import Written
from polderlab_catalog.ingest.profiling import profiles
from polderlab_catalog.ingest.relations import MOST_COLUMNS, Map, Relation, Tell
from polderlab_catalog.ingest.trouble import Rejected
from polderlab_catalog.policy.ingests import Trouble

ROW_GROUP_BYTES = 64 * 1024**2
"""Of rows as they came in: a column of a group is then one range of some megabytes."""
_ROWS = 2048  # DuckDB's vectors
_FEWEST, _MOST, _MOST_OF_MAP = 10 * _ROWS, 480 * _ROWS, 24 * _ROWS
_TICK = 0.5
FILE = "data.parquet"


def write(
    db: duckdb.DuckDBPyConnection,
    relation: Relation,
    folder: Path,
    tell: Tell,
    *,
    values: bool,
    memory_mib: int,
) -> tuple[Written, Relation]:
    """Write ``relation`` into ``folder``; return the file, and the relation as it was read."""
    target = folder / FILE
    with _progress(db, tell):
        relation = _copy(db, relation, target, memory_mib)
    rows = pyarrow.parquet.read_metadata(target).num_rows
    if rows == 0:
        raise Rejected(Trouble.NO_ROWS)
    tell("profile", 0.0)
    columns = _columns(db, target, relation.map, values=values)
    return Written(
        path=FILE,
        bytes=target.stat().st_size,
        sha256=sha256(target),
        rows=rows,
        columns=columns,
        crs=relation.map.crs if relation.map else None,
        bbox=relation.map.bbox if relation.map else None,
    ), relation


def sha256(file: Path) -> str:
    """Return the checksum of ``file``."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def row_group(bytes_per_row: float, memory_mib: int, *, is_map: bool) -> int:
    """Return how many rows go into a row group.

    Large ones make few ranges of a column; the small ones of a map let a reader with ``bbox=``
    leave out most of them.
    """
    # Every thread collects a group before it writes one.
    fitting = min(ROW_GROUP_BYTES, memory_mib * MIB // 16)
    rows = int(fitting / max(bytes_per_row, 1.0)) // _ROWS * _ROWS
    return max(_FEWEST, min(rows, _MOST_OF_MAP if is_map else _MOST))


def _copy(
    db: duckdb.DuckDBPyConnection, relation: Relation, target: Path, memory_mib: int
) -> Relation:
    geo = f", KV_METADATA {{geo: {literal(relation.map.geo)}}}" if relation.map else ""
    size = row_group(relation.bytes_per_row, memory_mib, is_map=relation.map is not None)
    try:
        db.execute(
            f"COPY ({relation.query}) TO {literal(str(target))} "
            f"(FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {size}{geo})"
        )
    except (duckdb.InvalidInputException, duckdb.ConversionException) as error:
        if relation.mended is None:
            raise
        target.unlink(missing_ok=True)
        return _copy(db, relation.mended(error), target, memory_mib)
    return relation


def _columns(
    db: duckdb.DuckDBPyConnection, target: Path, map_: Map | None, *, values: bool
) -> tuple[Column, ...]:
    schema = pyarrow.parquet.read_schema(target)
    if len(schema) > MOST_COLUMNS:
        raise Rejected(Trouble.TOO_MANY_COLUMNS, columns=len(schema), limit=MOST_COLUMNS)
    hidden = {map_.covering} if map_ else set()
    shape = map_.column if map_ else ""
    found = profiles(db, target, [n for n in schema.names if n not in hidden | {shape}], values)
    return tuple(
        Column(
            field.name,
            "geometry" if field.name == shape else str(field.type),
            profile=found.get(field.name),
        )
        for field in schema
        if field.name not in hidden
    )


@contextmanager
def _progress(db: duckdb.DuckDBPyConnection, tell: Tell) -> Iterator[None]:
    """Tell how far DuckDB is with the query that runs within the block."""
    done = threading.Event()

    def watch() -> None:
        while not done.wait(_TICK):
            tell("convert", max(0.0, db.query_progress()) / 100)

    tell("convert", 0.0)
    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        done.set()
        watcher.join()
