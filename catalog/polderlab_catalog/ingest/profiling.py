"""Count what is in the columns of a Parquet file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet

from polderlab_catalog.domain.datasets import Profile
from polderlab_catalog.ingest.engine import literal, quoted

MOST_TOP = 5
_FEW = 1000
"""Distinct values up to which the most frequent ones mean something."""
_LONGEST = 100
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
            top = _top(db, file, name)
            found[name] = Profile(
                found[name].nulls, found[name].distinct, found[name].minimum,
                found[name].maximum, top,
            )  # fmt: skip
    return found


def _counts(
    db: duckdb.DuckDBPyConnection, file: Path, names: Sequence[str], values: bool
) -> dict[str, Profile]:
    # An estimate can come out above what there is.
    per = "count(*) - count({0}), least(approx_count_distinct({0}), count({0}))"
    if values:
        per += ", left(min({0})::VARCHAR, {1}), left(max({0})::VARCHAR, {1})"
    asked = ", ".join(per.format(quoted(name), _LONGEST) for name in names)
    row = db.execute(f"SELECT {asked} FROM read_parquet({literal(str(file))})").fetchone() or ()
    width = len(row) // len(names)
    return {
        name: Profile(*row[index * width : (index + 1) * width]) for index, name in enumerate(names)
    }


def _top(db: duckdb.DuckDBPyConnection, file: Path, name: str) -> tuple[tuple[str, int], ...]:
    rows = db.execute(
        f"SELECT left({quoted(name)}::VARCHAR, {_LONGEST}), count(*) AS n "
        f"FROM read_parquet({literal(str(file))}) WHERE {quoted(name)} IS NOT NULL "
        f"GROUP BY {quoted(name)} ORDER BY n DESC, 1 LIMIT {MOST_TOP}"
    ).fetchall()
    return tuple((str(value), int(count)) for value, count in rows)
