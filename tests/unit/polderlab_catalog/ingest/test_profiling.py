"""What is counted of days that are infinite, and in files of which a sample is enough."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from polderlab_catalog.domain.datasets import Profile
from polderlab_catalog.ingest import profiling
from polderlab_catalog.ingest.engine import engine, literal


@pytest.fixture
def db() -> Iterator[duckdb.DuckDBPyConnection]:
    with engine() as made:
        yield made


def profiles(db: duckdb.DuckDBPyConnection, file: Path, rows: str) -> dict[str, Profile]:
    """Return the profiles of what ``rows``, a query, gives."""
    db.execute(f"COPY ({rows}) TO {literal(str(file))} (FORMAT parquet)")
    names = db.execute(f"SELECT * FROM read_parquet({literal(str(file))}) LIMIT 0").description
    return profiling.profiles(db, file, [name for name, *_ in names or ()], values=True)


@pytest.mark.parametrize("kind", ["DATE", "TIMESTAMP", "TIMESTAMPTZ"])
def test_days_and_moments_that_are_infinite_leave_the_others_their_bins(
    db: duckdb.DuckDBPyConnection, tmp_path: Path, kind: str
) -> None:
    ends = {"both": ("-infinity", "infinity"), "first": ("-infinity",), "last": ("infinity",)}
    days = [f"2024-01-{day:02}" for day in range(1, 31)]
    columns = [
        f"unnest([{', '.join(f'{each!r}::{kind}' for each in (*days, *infinite))}]) AS {name}"
        for name, infinite in ends.items()
    ]
    columns.append(f"unnest(['-infinity'::{kind}, 'infinity']) AS neither")
    found = profiles(db, tmp_path / "t.parquet", f"SELECT {', '.join(columns)}")
    assert {name: sum(found[name].bins) for name in ends} == dict.fromkeys(ends, len(days))
    assert found["neither"].bins == ()


def test_a_column_whose_values_a_sample_misses_has_no_bins(
    db: duckdb.DuckDBPyConnection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(profiling, "_SAMPLE", 20_000)
    step = 5_000
    sparse = [
        f"CASE WHEN range IN ({n * step}, {n * step + 1}) THEN range END AS s{n}" for n in range(20)
    ]
    rows = f"SELECT range AS every, {', '.join(sparse)} FROM range({20 * step})"
    found = profiles(db, tmp_path / "t.parquet", rows)
    counted = sum(found.pop("every").bins)
    assert 0 < counted < 20 * step, "it is a sample: the positive control"
    missed = [each for each in found.values() if not sum(each.bins)]
    assert missed
    assert {each.bins for each in missed} == {()}
    assert {(each.minimum is None, each.distinct) for each in missed} == {(False, 2)}


def test_a_sample_of_the_same_file_is_the_same(
    db: duckdb.DuckDBPyConnection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(profiling, "_SAMPLE", 50_000)
    rows = "SELECT range AS n, hash(range) % 1000 AS m FROM range(500000)"
    first, *others = (profiles(db, tmp_path / f"{n}.parquet", rows) for n in range(4))
    assert 0 < sum(first["n"].bins) < 500_000, "it is a sample: the positive control"
    assert others == [first] * 3
