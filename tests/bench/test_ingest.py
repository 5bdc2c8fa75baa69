"""How long a CSV takes to become a described Parquet file, against DuckDB's own ``COPY``."""

from __future__ import annotations

import os
import resource
import time
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from tests.support.files import csv_of
from tests.support.measure import compare, keep

from polderlab_catalog.ingest.jobs import Job
from polderlab_catalog.ingest.process import run

MEGABYTES = int(os.environ.get("POLDERLAB_BENCH_MEGABYTES", "1000"))
ROUNDS, MINUTES = 7, 4
"""Rounds of each; fewer where the machine is too slow for them within this time."""
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


def took(run: Callable[[], object]) -> tuple[float, float]:
    """Return the seconds ``run`` takes by the clock, and of processors, children's among them."""

    def used() -> float:
        each = [resource.getrusage(w) for w in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
        return sum(one.ru_utime + one.ru_stime for one in each)

    began = time.perf_counter(), used()
    run()
    return time.perf_counter() - began[0], used() - began[1]


@pytest.mark.timeout(600)
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
    clock: list[dict[str, float]] = []
    processor: list[dict[str, float]] = []
    print(f"\n{MEGABYTES} MB CSV to Parquet; ingest within {MEMORY_MIB} MiB, profile included")
    until = time.monotonic() + MINUTES * 60
    while len(clock) < ROUNDS and (time.monotonic() < until or not clock):
        both = {name: took(contestant) for name, contestant in contestants.items()}
        clock.append({name: seconds for name, (seconds, _) in both.items()})
        processor.append({name: seconds for name, (_, seconds) in both.items()})
        told = ", ".join(f"{name} {seconds:.1f} s" for name, seconds in clock[-1].items())
        print(f"round {len(clock)}: {told}", flush=True)
    most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
    print("By the clock", *compare(clock, peer="DuckDB COPY"), sep="\n")
    print("Of processors", *compare(processor, peer="DuckDB COPY"), sep="\n")
    print(f"most memory of the reader: {most:,} MiB")
    keep("ingest of a 1 GB CSV", "DuckDB COPY", clock, goal=1.3, ours="ingest")
    assert most <= MEMORY_MIB
