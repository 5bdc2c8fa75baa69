"""Count what is in the columns of a Parquet file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import isfinite
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet

from polderlab_catalog.domain.datasets import Profile
from polderlab_catalog.domain.histograms import Scale
from polderlab_catalog.ingest.engine import literal, quoted

MOST_TOP = 5
_FEW = 1000
"""Distinct values up to which the most frequent ones mean something."""
_LONGEST = 100
_SAMPLE = 1_000_000
"""Rows that are enough to draw a distribution of."""
_BATCH = 100
"""Columns counted in one pass: their sketches all lie in memory."""


def profiles(
    db: duckdb.DuckDBPyConnection, file: Path, names: Sequence[str], values: bool
) -> dict[str, Profile]:
    """Return a profile of each of the columns ``names``; values only if ``values``."""
    schema, rows = pyarrow.parquet.read_schema(file), pyarrow.parquet.read_metadata(file).num_rows
    plain = [name for name in names if not pa.types.is_nested(schema.field(name).type)]
    found: dict[str, Profile] = {}
    for start in range(0, len(plain), _BATCH):
        batch = plain[start : start + _BATCH]
        found |= _counts(db, file, batch, values)
    if values:
        # Where nearly every value differs, the most frequent ones are just some.
        few = [n for n in plain if 0 < (found[n].distinct or 0) <= min(_FEW, rows // 2)]
        for name in few:
            found[name] = replace(found[name], top=_top(db, file, name))
        for name, counts in _bins(db, file, schema, plain, rows).items():
            found[name] = replace(found[name], bins=counts)
    return found


def _counts(
    db: duckdb.DuckDBPyConnection, file: Path, names: Sequence[str], values: bool
) -> dict[str, Profile]:
    def ask(each: str) -> Sequence[Any]:
        asked = ", ".join(each.format(quoted(name), _LONGEST) for name in names)
        source = f"read_parquet({literal(str(file))})"
        return db.execute(f"SELECT {asked} FROM {source}").fetchone() or ()

    # One by one: what is there, the least and the most stand in the file's own statistics, where
    # DuckDB looks when nothing else is asked with them.
    rows, counts = pyarrow.parquet.read_metadata(file).num_rows, ask("count({0})")
    distinct = ask("approx_count_distinct({0})")
    ends = ask("left(min({0})::VARCHAR, {1}), left(max({0})::VARCHAR, {1})") if values else ()
    return {
        # an estimate can come out above what there is
        name: Profile(rows - count, min(estimate, count), *ends[2 * at : 2 * at + 2])
        for at, (name, count, estimate) in enumerate(zip(names, counts, distinct, strict=True))
    }


def _bins(
    db: duckdb.DuckDBPyConnection, file: Path, schema: pa.Schema, names: Sequence[str], rows: int
) -> dict[str, tuple[int, ...]]:
    """Return how many rows lie in each part of the range of each column that has one: of all
    rows, or in a long file of about :data:`_SAMPLE`, spread over it."""
    measured = {name: m for name in names if (m := _measured(schema.field(name).type))}
    if not measured:
        return {}
    source = f"read_parquet({literal(str(file))})"
    # Of the same file the same rows, every time.
    part = f"TABLESAMPLE SYSTEM ({100 * _SAMPLE / rows}%) REPEATABLE (1)"
    some = part if rows > 2 * _SAMPLE else ""
    # Asked of the column as it is: the file's own statistics have the answer.
    ends = ", ".join(
        as_number.format(f"{end}({quoted(name)})")
        for name, (as_number, _) in measured.items()
        for end in ("min", "max")
    )
    found = db.execute(f"SELECT {ends} FROM {source}").fetchone() or ()
    counted = {}
    for at, (name, (as_number, whole)) in enumerate(measured.items()):
        value = as_number.format(quoted(name))
        least, most = found[2 * at : 2 * at + 2]
        # DuckDB gives nothing for a day or moment that is infinite.
        if not all(each is not None and isfinite(each) for each in (least, most)):
            least, most = db.execute(
                f"SELECT min({value}), max({value}) FROM {source} WHERE isfinite({value})"
            ).fetchone() or (None, None)
        scale = None if least is None or most is None else Scale.of(least, most, whole=whole)
        if scale is None:
            continue
        number = f"least(floor(({value} - {least!r}) / {scale.width!r}), {scale.count - 1})"
        counts = dict(
            db.execute(
                f"SELECT {number}::TINYINT, count(*) FROM {source} {some} "
                f"WHERE isfinite({value}) GROUP BY 1"
            ).fetchall()
        )
        if counts:  # or the sample holds none of its few values
            counted[name] = tuple(counts.get(each, 0) for each in range(scale.count))
    return counted


def _measured(type_: pa.DataType) -> tuple[str, bool] | None:
    """Return how a column becomes a number, and whether that is whole; None: it has no scale."""
    if pa.types.is_date(type_):
        return "(epoch({}) / 86400)::DOUBLE", True
    if pa.types.is_timestamp(type_):
        return "epoch({})::DOUBLE", False
    if pa.types.is_integer(type_) or pa.types.is_floating(type_) or pa.types.is_decimal(type_):
        return "({})::DOUBLE", pa.types.is_integer(type_)
    return None


def _top(db: duckdb.DuckDBPyConnection, file: Path, name: str) -> tuple[tuple[str, int], ...]:
    rows = db.execute(
        f"SELECT left({quoted(name)}::VARCHAR, {_LONGEST}), count(*) AS n "
        f"FROM read_parquet({literal(str(file))}) WHERE {quoted(name)} IS NOT NULL "
        f"GROUP BY {quoted(name)} ORDER BY n DESC, 1 LIMIT {MOST_TOP}"
    ).fetchall()
    return tuple((str(value), int(count)) for value, count in rows)
