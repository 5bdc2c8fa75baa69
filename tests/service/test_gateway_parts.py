"""A scoped grant gives a file of its own, in which nothing of the rest is to be found."""

from __future__ import annotations

import io
import json
from datetime import UTC, date, datetime
from pathlib import Path

import httpx
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.fakes.world import FILE, token
from tests.service.conftest import Service

from polderlab_catalog.domain.audit import AuditAction
from polderlab_catalog.domain.datasets import Column, Distribution, DistributionRole, Version
from polderlab_catalog.domain.scopes import Condition, Operator, Scope
from polderlab_catalog.domain.texts import Text
from polderlab_catalog.variants import write_part

ROWS = 200_000
SCOPE = Scope(("place", "height"), (Condition("place", Operator.EQUALS, ("Goes",)),))
SECRET = b"Secretdorp"


@pytest.fixture
def table() -> pa.Table:
    places = ["Goes", "Secretdorp", "Veere", "Tholen"]
    frame = pd.DataFrame(
        {
            "place": pd.Categorical([places[n % 4] for n in range(ROWS)]),
            "height": [float(n % 977) for n in range(ROWS)],
            "weight": [float(-n) for n in range(ROWS)],
        }
    )
    told = pa.Table.from_pandas(frame)
    geo = {
        "version": "1.1.0",
        "primary_column": "height",
        "columns": {"height": {"encoding": "WKB", "bbox": [1.25, 2.25, 3.25, 4.25]}},
    }
    return told.replace_schema_metadata(
        {**told.schema.metadata, b"geo": json.dumps(geo).encode(), b"note": SECRET}
    )


@pytest.fixture
def registered(service: Service, table: pa.Table) -> bytes:
    held = io.BytesIO()
    pq.write_table(table, held, compression="none")
    content = held.getvalue()
    assert SECRET in content, "the probe works"
    kinds = {"place": "string"}
    columns = tuple(Column(n, kinds.get(n, "double"), Text(n, n)) for n in table.schema.names)
    files = (
        Distribution(
            FILE, "application/vnd.apache.parquet", "growth_study/9/data.parquet",
            len(content), "a" * 64, ROWS, columns,
        ),
        Distribution(
            "original.csv", "text/csv", "growth_study/9/original.csv", 5, "b" * 64,
            role=DistributionRole.ORIGINAL,
        ),
    )  # fmt: skip
    with service.lab.register.write() as t:
        t.datasets.put_version(Version("growth_study", 9, datetime.now(UTC), files))
    service.put("growth_study/9/data.parquet", content)
    service.put("growth_study/9/original.csv", b"a,b\n1")
    return content


@pytest.fixture
def session(service: Service) -> str:
    return token(service.world.run("rivierstad-analyst", "river-access"))


def grant(service: Service, scope: Scope) -> None:
    until = date(2026, 12, 31)
    by = service.world.operator
    service.lab.grants.grant(by, "growth_study", "river-access", until, scope=scope)


async def read(service: Service, key: str, path: str, **headers: str) -> httpx.Response:
    async with service.gateway(key) as client:
        return await client.get(f"/datasets/{path}", headers=headers)


async def test_what_is_left_out_is_nowhere_in_the_file(
    service: Service, registered: bytes, session: str, table: pa.Table
) -> None:
    grant(service, SCOPE)
    answer = await read(service, session, f"growth_study/{FILE}")
    assert answer.status_code == 200
    part = pq.read_table(io.BytesIO(answer.content))
    wanted = table.to_pandas().query("place == 'Goes'")[["place", "height"]]
    assert part.column_names == ["place", "height"]
    assert part.to_pandas()["height"].tolist() == wanted["height"].tolist()
    about = pq.ParquetFile(io.BytesIO(answer.content))
    assert about.metadata.num_rows == len(wanted)
    told = b"".join((about.schema_arrow.metadata or {}).values())
    for left_out in (SECRET, b"weight", str(ROWS).encode(), b"1.25", b"pandas"):
        assert left_out not in told
        assert left_out not in answer.content
    assert about.metadata.row_group(0).column(0).statistics.max == "Goes"


async def test_size_rows_and_columns_told_are_those_of_the_part(
    service: Service, registered: bytes, session: str
) -> None:
    grant(service, SCOPE)
    async with service.gateway(session) as client:
        told = (await client.get("/datasets/growth_study")).json()
        head = await client.head(f"/datasets/growth_study/{FILE}")
        (name,) = [n for n in (await client.get("/names")).json()["datasets"] if n["until"]]
        whole = await client.get(f"/datasets/growth_study/{FILE}")
    (file,) = told["files"]
    assert file["bytes"] == int(head.headers["content-length"]) == len(whole.content)
    assert f'"{file["sha256"]}"' == head.headers["etag"] == whole.headers["etag"]
    assert file["sha256"] != "a" * 64
    assert file["rows"] == ROWS // 4
    assert set(told["fields"]) == {"place", "height"}
    assert name["rows"] is None
    assert str(ROWS) not in json.dumps(told)


async def test_the_original_is_not_read_through_a_part(
    service: Service, registered: bytes, session: str
) -> None:
    grant(service, Scope())
    assert (await read(service, session, "growth_study/original.csv")).status_code == 200
    service.lab.grants.revoke(service.world.operator, "growth_study", "river-access")
    grant(service, SCOPE)
    answer = await read(service, session, "growth_study/original.csv")
    assert (answer.status_code, answer.json()["code"]) == (403, "only-a-part")


async def test_a_part_is_made_once_and_another_scope_gets_another(
    service: Service, registered: bytes, session: str
) -> None:
    grant(service, SCOPE)
    first = await read(service, session, f"growth_study/{FILE}")
    again = await read(service, session, f"growth_study/{FILE}", Range="bytes=0-3")
    assert again.content == first.content[:4]
    assert len(list(service.lab.variants.folder.glob("*.parquet"))) == 1
    service.lab.grants.revoke(service.world.operator, "growth_study", "river-access")
    grant(service, Scope(("weight",)))
    other = await read(service, session, f"growth_study/{FILE}")
    assert pq.read_table(io.BytesIO(other.content)).column_names == ["weight"]
    assert other.headers["etag"] != first.headers["etag"]


async def test_a_part_is_logged_as_what_left(
    service: Service, registered: bytes, session: str
) -> None:
    grant(service, SCOPE)
    answer = await read(service, session, f"growth_study/{FILE}")
    service.lab.reads.seal(everything=True)
    with service.lab.register.read() as t:
        (line,) = t.audit.search(action=AuditAction.DATASET_READ)
    assert line.event.details["bytes"] == len(answer.content)


async def test_a_scope_that_does_not_fit_sends_nothing(
    service: Service, registered: bytes, session: str
) -> None:
    grant(service, SCOPE)
    with service.lab.register.write() as t:
        (mine,) = t.grants.find(dataset="growth_study", project="river-access")
        object.__setattr__(mine, "scope", Scope(("gone",)))
        t.grants.put(mine)
    answer = await read(service, session, f"growth_study/{FILE}")
    assert answer.status_code == 500
    assert not list(service.lab.variants.folder.glob("*"))


async def test_parts_nobody_reads_are_thrown_away(
    service: Service, registered: bytes, session: str
) -> None:
    grant(service, SCOPE)
    await read(service, session, f"growth_study/{FILE}")
    now = datetime.now(UTC).timestamp()
    assert service.lab.variants.sweep(now) == 0
    assert service.lab.variants.sweep(now + 31 * 86_400) == 1
    assert (await read(service, session, f"growth_study/{FILE}")).status_code == 200


def test_a_part_without_rows_keeps_its_columns(table: pa.Table, tmp_path: Path) -> None:
    pq.write_table(table, tmp_path / "whole.parquet")
    scope = Scope((), (Condition("height", Operator.LESS, (-1,)),))
    with (tmp_path / "whole.parquet").open("rb", buffering=0) as source:
        schema, rows = write_part(source, tmp_path / "part.parquet", scope)
    assert rows == 0
    assert schema.names == pq.read_schema(tmp_path / "part.parquet").names == table.schema.names
