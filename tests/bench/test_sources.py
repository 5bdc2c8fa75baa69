"""How long a live PostgreSQL table takes through the gateway, against the driver itself."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr
from tests.fakes.world import World, token
from tests.support.measure import compare, keep
from tests.support.postgresql import Cluster
from tests.support.serving import served
from tests.support.silent import free_port

from polderlab_catalog.bootstrap import assemble
from polderlab_catalog.domain.sources import Login, Source, SourceKind
from polderlab_catalog.settings import LabSettings
from polderlab_catalog.storage.migrate import upgrade
from polderlab_catalog.storage.register import SqlRegister
from polderlab_catalog.web.apps import gateway_app

ROWS, ROUNDS = 2_000_000, 7
COLUMNS = ", ".join(f"n * {k} AS i{k}, n / {k}.0::float8 AS f{k}" for k in range(1, 6))
# In a process of its own, as a notebook is: beside the server it would share its interpreter.
READER = """
import json, sys, time
import adbc_driver_postgresql.dbapi as adbc
from polderlab import live
def direct():
    with adbc.connect(sys.argv[1]) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT * FROM numbers")
        return cursor.fetch_arrow_table().to_pandas()
def gateway():
    return live.table("lab://growth_study/growth_study.arrow").to_pandas()
def timed(read):
    begin = time.perf_counter()
    rows = len(read())
    return time.perf_counter() - begin, rows
for line in sys.stdin:
    print(json.dumps({"ADBC direct": timed(direct), "gateway": timed(gateway)}), flush=True)
"""


@pytest.fixture
def database() -> Iterator[Cluster]:
    running = Cluster(free_port())
    try:
        running.start()
        running.sql(
            f"CREATE TABLE numbers AS SELECT {COLUMNS} FROM generate_series(1, {ROWS}) t(n)"
        )
        running.sql("ANALYZE numbers")
        yield running
    finally:
        running.stop()


@pytest.mark.timeout(300)
def test_a_live_table_through_the_gateway_against_adbc(database: Cluster, tmp_path: Path) -> None:
    settings = LabSettings(
        state=tmp_path,
        database=f"sqlite:///{tmp_path}/register.sqlite",
        source_hosts="localhost",
        source_key=SecretStr("key"),
    )
    register = SqlRegister(settings.database_url)
    upgrade(register.engine)
    world = World(register)
    lab = assemble(settings, register, world.clock)
    place = f"postgresql://localhost:{database.port}/postgres"
    source = Source("water_bodies", SourceKind.SQL, place, table="numbers")
    lab.sources.register(world.operator, source, Login("polder"))
    plan = world.run("rivierstad-analyst", "river-access", "127.0.0.1")
    direct = f"postgresql://polder@/postgres?host=127.0.0.1&port={database.port}"
    with served(gateway_app(lab)) as address:
        environment = os.environ | {
            "POLDERLAB_GATEWAY": f"{address}/v1",
            "POLDERLAB_TOKEN": token(plan),
        }
        program = READER.replace("growth_study", "water_bodies")
        with subprocess.Popen(
            [sys.executable, "-c", program, direct],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as reader:
            assert reader.stdin
            assert reader.stdout
            rounds = []
            for _ in range(ROUNDS + 1):
                reader.stdin.write("again\n")
                reader.stdin.flush()
                rounds.append(json.loads(reader.stdout.readline()))
                print(f"round {len(rounds)}: {rounds[-1]}", flush=True)
            reader.stdin.close()
    register.close()
    assert all(rows == ROWS for one in rounds for _, rows in one.values())
    print(f"\n{ROWS:,} rows of 10 columns from PostgreSQL into pandas")
    timings = [{name: seconds for name, (seconds, _) in one.items()} for one in rounds[1:]]
    print(*compare(timings, peer="ADBC direct"), sep="\n")
    keep("2 million rows of PostgreSQL", "ADBC direct", timings, goal=1.1)
