"""The gateway's own speed, as a process on this machine: against local disk, and against an
nginx that sends the same file to anyone."""

from __future__ import annotations

import contextlib
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sqlalchemy import insert
from tests.fakes.world import FILE, World, distribution, token
from tests.support.gateway import HERE, GatewayProcess, free_port
from tests.support.measure import compare, keep, keep_value, timed

from polderlab_catalog.application.reads import Reads
from polderlab_catalog.domain.datasets import Version
from polderlab_catalog.storage.datasets import datasets, versions
from polderlab_catalog.storage.distributions import distributions
from polderlab_catalog.storage.grants import grants
from polderlab_catalog.storage.journals import FileJournals
from polderlab_catalog.storage.register import SqlRegister
from polderlab_host import nginx

ROUNDS = int(os.environ.get("BENCH_ROUNDS", 7))
COLUMNS = 20
ROWS = int(os.environ.get("BENCH_ROWS", 3_200_000))
"""Of 20 columns of 8 random bytes: 512 MB."""
RANGES, RANGE, READERS = 200, 65_536, 8

READ = """
import sys, time, pandas as pd
from fsspec.implementations.http import HTTPFileSystem

class Plain(HTTPFileSystem):
    # as lean as ours: the stock one asks for the whole file to see whether it is a folder
    async def _isdir(self, path): return False

path, columns = sys.argv[1], sys.argv[2].split(",") if len(sys.argv) > 2 else None
more = {"filesystem": Plain(cache_type="none")} if path.startswith("http:") else {}
pd.read_parquet(path, columns=["c00"], **more)
begin = time.perf_counter()
pd.read_parquet(path, columns=columns, **more)
print(time.perf_counter() - begin)
"""


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("bench") / FILE
    rng = np.random.default_rng(1)
    columns = {f"c{n:02}": rng.random(ROWS) for n in range(COLUMNS)}
    pq.write_table(pa.table(columns), path, compression="none", row_group_size=400_000)
    return path


def put(large: Path):  # type: ignore[no-untyped-def]
    def fill(world: World, data: Path) -> None:
        (data / "water_bodies" / "1").mkdir(parents=True)
        os.link(large, data / "water_bodies" / "1" / FILE)
        # what is told of a file is its size to whoever reads it
        file = replace(distribution("water_bodies"), bytes=large.stat().st_size)
        with world.register.write() as t:
            t.datasets.put_version(Version("water_bodies", 1, world.clock(), (file,)))

    return fill


@pytest.fixture(params=["embedded", "nginx"])
def gateway(
    request: pytest.FixtureRequest, tmp_path: Path, large: Path
) -> Iterator[GatewayProcess]:
    with_nginx = request.param == "nginx"
    with GatewayProcess(tmp_path, with_nginx=with_nginx, fill=put(large)) as running:
        yield running


@contextlib.contextmanager
def plain_nginx(folder: Path, path: Path) -> Iterator[str]:
    """Serve ``path`` to anyone; yield its address."""
    port = free_port()
    folder.mkdir()
    (folder / "nginx.conf").write_text(
        f"daemon off; pid {folder}/pid; {'user root;' if os.geteuid() == 0 else ''}\n"
        "worker_processes auto; error_log stderr warn; events {}\n"
        "http { access_log off; sendfile on; tcp_nopush off; keepalive_requests 1000000;\n"
        f"server {{ listen {HERE}:{port}; location / {{ root {path.parent}; }} }} }}\n"
    )
    command = [nginx.program(), "-p", str(folder), "-e", "stderr", "-c", f"{folder}/nginx.conf"]
    process = subprocess.Popen(command)
    try:
        time.sleep(0.5)
        yield f"http://{HERE}:{port}/{path.name}"
    finally:
        process.terminate()
        process.wait()


def pandas(path: str, environment: dict[str, str], *columns: str) -> float:
    """Return how many seconds a Python of its own needs to read ``path``."""
    told = [",".join(columns)] if columns else []
    done = subprocess.run(
        [sys.executable, "-c", READ, path, *told],
        env={**os.environ, **environment},
        capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return float(done.stdout)


def kind_of(gateway: GatewayProcess) -> str:
    return "with nginx" if gateway.with_nginx else "embedded"


def session_of(gateway: GatewayProcess) -> dict[str, str]:
    key = token(gateway.world.run("rivierstad-analyst", "river-access"))
    return {"POLDERLAB_GATEWAY": gateway.url, "POLDERLAB_TOKEN": key}


@pytest.mark.timeout(1800)
def test_pandas_reads_a_large_file_whole(
    gateway: GatewayProcess, large: Path, tmp_path: Path
) -> None:
    session = session_of(gateway)
    with plain_nginx(tmp_path / "plain", large) as address:
        rounds = [
            {
                "local disk": pandas(str(large), session),
                "plain nginx": pandas(address, session),
                "gateway": pandas(f"lab://water_bodies/{FILE}", session),
            }
            for _ in range(ROUNDS + 1)
        ][1:]
    kind = kind_of(gateway)
    # what HTTP itself costs here, by fsspec's own client
    plain = [{"local disk": one["local disk"], "gateway": one["plain nginx"]} for one in rounds]
    keep(f"whole file, plain nginx (beside {kind})", "local disk", plain, goal=None)
    keep(f"whole file, {kind}", "local disk", rounds, goal=1.15 if gateway.with_nginx else 1.4)
    print(f"\n{large.stat().st_size / 1e6:.0f} MB Parquet into pandas, whole, {kind}")
    print(*compare(rounds, peer="local disk"), sep="\n")
    assert len(rounds) == ROUNDS


@pytest.mark.timeout(1800)
def test_pandas_reads_two_columns_of_twenty(
    gateway: GatewayProcess, large: Path, tmp_path: Path
) -> None:
    session, columns = session_of(gateway), ("c03", "c17")
    with plain_nginx(tmp_path / "plain", large) as address:
        rounds = [
            {
                "plain nginx": pandas(address, session, *columns),
                "gateway": pandas(f"lab://water_bodies/{FILE}", session, *columns),
            }
            for _ in range(ROUNDS + 1)
        ][1:]
    kind = kind_of(gateway)
    goal = 1.05 if gateway.with_nginx else None
    keep(f"2 of {COLUMNS} columns, {kind}", "plain nginx", rounds, goal=goal)
    print(f"\n2 of {COLUMNS} columns into pandas, {kind}")
    print(*compare(rounds, peer="plain nginx"), sep="\n")
    assert len(rounds) == ROUNDS


@pytest.mark.timeout(900)
def test_small_ranges_for_eight_readers(
    gateway: GatewayProcess, large: Path, tmp_path: Path
) -> None:
    session = session_of(gateway)
    key = {"Authorization": f"Bearer {session['POLDERLAB_TOKEN']}"}
    size = large.stat().st_size

    def read(address: str, seed: int) -> None:
        starts = np.random.default_rng(seed).integers(0, size - RANGE, RANGES)
        with httpx.Client(headers=key, trust_env=False, timeout=60) as client:
            for start in starts:
                asked = {"Range": f"bytes={start}-{start + RANGE - 1}"}
                assert len(client.get(address, headers=asked).content) == RANGE

    def all_read(address: str) -> None:
        with ThreadPoolExecutor(READERS) as pool:
            list(pool.map(lambda seed: read(address, seed), range(READERS)))

    ours = f"{gateway.url}/datasets/water_bodies/{FILE}"
    with plain_nginx(tmp_path / "plain", large) as address:
        rounds = [
            {
                "plain nginx": timed(lambda: all_read(address)),
                "gateway": timed(lambda: all_read(ours)),
            }
            for _ in range(ROUNDS + 1)
        ][1:]
    kind = kind_of(gateway)
    goal = 1 / 0.8 if gateway.with_nginx else None
    keep(f"64 KB ranges, {READERS} readers, {kind}", "plain nginx", rounds, goal=goal)
    print(f"\n{READERS} readers, {RANGES} ranges of {RANGE // 1024} KB each, {kind}")
    print(*compare(rounds, peer="plain nginx"), sep="\n")
    share = statistics.median(one["plain nginx"] / one["gateway"] for one in rounds)
    print(f"throughput ÷ plain nginx: {share:.2f}")
    assert len(rounds) == ROUNDS


def filled(register: SqlRegister, count: int, granted: int) -> None:
    """Add ``count`` internal datasets of a version each, ``granted`` of them to river-access."""
    now = datetime.now(UTC)
    text = {"nl": "Titel van een dataset", "en": "Title of a dataset"}
    with register.engine.begin() as connection:
        for begin in range(0, count, 5000):
            names = [f"set_{n}" for n in range(begin, min(begin + 5000, count))]
            connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
            connection.execute(
                insert(datasets),
                [
                    {
                        "name": name, "title": _text(text), "description": _text(text),
                        "organisation": "kustregio", "steward": "Kustregio",
                        "classification": "internal", "licence": "", "source": "", "theme": "",
                        "keywords": [],
                    }
                    for name in names
                ],
            )  # fmt: skip
            connection.execute(
                insert(versions),
                [
                    {
                        "dataset": name, "number": 1, "created": now, "note": _text(text),
                        "withdrawn": False,
                    }
                    for name in names
                ],
            )  # fmt: skip
            connection.execute(
                insert(distributions),
                [
                    {
                        "dataset": name, "version": 1, "name": FILE, "position": 0,
                        "media_type": "application/vnd.apache.parquet", "path": f"{name}/{FILE}",
                        "bytes": 1000, "sha256": f"{1:064x}", "rows": 10,
                        "columns": [[f"c{n}", "double", "", ""] for n in range(COLUMNS)],
                    }
                    for name in names
                ],
            )  # fmt: skip
            given = [name for name in names if int(name.removeprefix("set_")) < granted]
            if given:
                connection.execute(
                    insert(grants),
                    [
                        {
                            "id": f"g-{name}", "dataset": name, "project": "river-access",
                            "starts": now - timedelta(days=1), "ends": now + timedelta(days=30),
                            "granted_by": "person:x", "reason": "",
                        }
                        for name in given
                    ],
                )  # fmt: skip


def _text(text: dict[str, str]):  # type: ignore[no-untyped-def]
    from polderlab_catalog.domain.texts import Text

    return Text(**text)


@pytest.mark.timeout(900)
def test_deciding_and_counting_costs_the_same_however_large_the_register(tmp_path: Path) -> None:
    costs: dict[str, list[float]] = {"100 datasets": [], "100,000 datasets": []}
    requests = {}
    for name, count, granted in (("100 datasets", 100, 50), ("100,000 datasets", 100_000, 10_000)):
        folder = tmp_path / str(count)
        running = GatewayProcess(folder)
        filled(running.register, count, granted)
        world = running.world
        key = token(world.run("rivierstad-analyst", "river-access"))
        reads = Reads(running.register, world.clock, world.reading, FileJournals(folder / "j"))

        def request(world=world, reads=reads, key=key) -> None:  # type: ignore[no-untyped-def]
            file = world.reading.authorise(key, HERE, "set_42", None, FILE)
            reads.begin(file, RANGE)

        requests[name] = request
    for name, request in requests.items():
        for _ in range(200):
            request()
        costs[name].clear()
    for _ in range(ROUNDS):
        for name, request in requests.items():
            costs[name].append(statistics.median(timed(request) for _ in range(300)))
    print("\nDeciding and counting, per request (median of 300, milliseconds)")
    for name, seconds in costs.items():
        print(f"{name:20} {statistics.median(seconds) * 1000:.2f}")
    for name, seconds in costs.items():
        keep_value(f"deciding and counting, {name}", statistics.median(seconds) * 1000, "ms", 1)
    growth = statistics.median(large / small for small, large in zip(*costs.values(), strict=True))
    print(f"growth {growth:.2f}")
    assert all(len(seconds) == ROUNDS for seconds in costs.values())


@pytest.mark.timeout(900)
def test_listing_ten_thousand_datasets(tmp_path: Path) -> None:
    program = (
        "import time, polderlab, fsspec\n"
        "cat = polderlab.catalogue()\n"
        "begin = time.perf_counter(); names = list(cat); print(time.perf_counter() - begin)\n"
        "assert len(names) >= 10_000\n"
    )
    running = GatewayProcess(tmp_path)
    filled(running.register, 100_000, 10_000)
    with running as gateway:
        session = {**os.environ, **session_of(gateway)}
        seconds = [
            float(subprocess.check_output([sys.executable, "-c", program], env=session, text=True))
            for _ in range(ROUNDS)
        ]
    keep_value("list(cat), 10,000 datasets", statistics.median(seconds), "s", 0.3)
    print(f"\nlist(cat) with 10,000 datasets: {statistics.median(seconds):.3f} s")
    assert len(seconds) == ROUNDS
