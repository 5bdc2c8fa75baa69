"""How long a CSV takes to become a described Parquet file, against DuckDB's own ``COPY``."""

from __future__ import annotations

import os
import time
from pathlib import Path

import duckdb
import pytest
from tests.support.files import csv_of
from tests.support.measure import compare, timed

from polderlab_catalog.ingest.jobs import Job
from polderlab_catalog.ingest.process import run

MEGABYTES = int(os.environ.get("POLDERLAB_BENCH_MEGABYTES", "1000"))
ROUNDS = 7
MEMORY_MIB = 1024


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("bench") / "large.csv"
    head, rows = csv_of(200_000).split(b"\n", 1)
    with file.open("wb") as stream:
        stream.write(head + b"\n")
        for _ in range(MEGABYTES * 10**6 // len(rows)):
            stream.write(rows)
    return file


@pytest.mark.timeout(3600)
def test_ingest_of_a_csv_against_duckdb_itself(large: Path, tmp_path: Path) -> None:
    def ingest() -> None:
        folder = tmp_path / str(time.monotonic_ns())
        folder.mkdir()
        job = Job(
            str(large), large.name, str(folder), "x", convert=True, values=True,
            memory_mib=MEMORY_MIB,
        )  # fmt: skip
        outcome = run(job, lambda step, progress: True)
        assert outcome is not None
        assert outcome.written is not None, outcome.findings
        (folder / outcome.written.path).unlink()

    def plain() -> None:
        target = tmp_path / "plain.parquet"
        with duckdb.connect(":memory:") as db:
            db.execute(
                f"COPY (FROM read_csv('{large}', delim = ';', decimal_separator = ',')) "
                f"TO '{target}' (FORMAT parquet, COMPRESSION zstd)"
            )
        target.unlink()

    contestants = {"DuckDB COPY": plain, "ingest": ingest}
    rounds = [
        {name: timed(contestant) for name, contestant in contestants.items()}
        for _ in range(ROUNDS + 1)
    ][1:]
    print(f"\n{MEGABYTES} MB CSV to Parquet; ingest within {MEMORY_MIB} MiB, profile included")
    print(*compare(rounds, peer="DuckDB COPY"), sep="\n")
    assert len(rounds) == ROUNDS
