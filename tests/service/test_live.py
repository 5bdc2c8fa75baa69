"""Live sources through the real gateway on a real socket, read by the analyst's own client."""

from __future__ import annotations

import http.client
import io
import os
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

import fsspec
import pandas as pd
import pytest
from pydantic import SecretStr
from tests.fakes.world import PEOPLE, World, token
from tests.service.conftest import Service
from tests.support.postgresql import Cluster
from tests.support.serving import served
from tests.support.silent import free_port

from polderlab import live
from polderlab.catalog import LabCatalog
from polderlab.filesystem import LabFileSystem
from polderlab_catalog.application.errors import Invalid, Refused, Unavailable
from polderlab_catalog.bootstrap import assemble, utc_now
from polderlab_catalog.domain.actors import Actor
from polderlab_catalog.domain.audit import AuditAction
from polderlab_catalog.domain.scopes import Condition, Operator, Scope
from polderlab_catalog.domain.sources import Login, Parameter, Source, SourceKind
from polderlab_catalog.policy.decisions import Code
from polderlab_catalog.web.apps import gateway_app

LOGIN = Login("reader", "a secret nobody may see")
SETUP = """
CREATE ROLE reader LOGIN PASSWORD 'a secret nobody may see';
CREATE TABLE people (id int, name text, town text, born date);
INSERT INTO people SELECT n, 'name ' || n, CASE n % 2 WHEN 0 THEN 'Lek' ELSE 'Waal' END,
  '2000-01-01'::date + n FROM generate_series(1, 1000) AS t(n);
CREATE VIEW slow AS SELECT n AS id, pg_sleep(0.0005)::text AS s, repeat('x', 2000) AS pad
  FROM generate_series(1, 10000000) AS t(n);
GRANT SELECT ON people, slow TO reader;
"""


@pytest.fixture(scope="module")
def database() -> Iterator[Cluster]:
    running = Cluster(free_port())
    try:
        running.start(password=True)
        running.sql(SETUP)
        yield running
    finally:
        running.stop()


@dataclass
class Lab:
    """A lab with a live source, and a session in which its client reads."""

    service: Service
    database: Cluster
    plan: object

    @property
    def world(self) -> World:
        return self.service.world

    @property
    def sources(self):
        return self.service.lab.sources

    def source(self, **change: object) -> Source:
        place = f"postgresql://localhost:{self.database.port}/postgres"
        return replace(Source("growth_study", SourceKind.SQL, place, table="people"), **change)

    def register(self, **change: object) -> None:
        self.sources.register(self.world.steward, self.source(**change), LOGIN)

    def grant(self, scope: Scope | None = None) -> None:
        more = {"scope": scope} if scope else {}
        until = utc_now().date().replace(year=2027, month=6, day=1)
        self.service.lab.grants.grant(
            self.world.operator, "growth_study", "river-access", until, **more
        )

    def active(self) -> object:
        return self.database.value(
            "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'polderlab'"
        )


@pytest.fixture
def lab(service: Service, database: Cluster, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lab]:
    settings = service.lab.settings.model_copy(
        update={"source_hosts": "localhost", "source_key": SecretStr("a key")}
    )
    service.lab = assemble(settings, service.lab.register, service.world.clock)
    plan = service.world.run("rivierstad-analyst", "river-access", "127.0.0.1")
    with served(gateway_app(service.lab)) as address:
        monkeypatch.setenv("POLDERLAB_GATEWAY", f"{address}/v1")
        monkeypatch.setenv("POLDERLAB_TOKEN", token(plan))
        monkeypatch.setenv("POLDERLAB_LANGUAGE", "en")
        LabFileSystem.clear_instance_cache()  # it keeps the key of the test before
        yield Lab(service, database, plan)
        LabFileSystem.clear_instance_cache()


def until(done: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if done():
            return True
        time.sleep(0.1)
    return False


URL = "lab://growth_study/growth_study.arrow"


def test_a_catalogue_entry_reads_the_source_as_it_is_now(lab: Lab) -> None:
    lab.register()
    lab.grant()
    reader = LabCatalog()["growth_study"]
    frame = reader.read()
    assert isinstance(frame, pd.DataFrame)
    assert len(frame) == 1000
    lab.database.sql("INSERT INTO people VALUES (2001, 'new', 'Lek', NULL)")
    assert len(reader.read()) == 1001
    few = reader.read(columns=["name", "id"], limit=3)
    assert list(few.columns) == ["name", "id"]
    assert len(few) == 3
    lab.database.sql("DELETE FROM people WHERE id = 2001")


def test_a_grant_of_part_gives_that_part(lab: Lab) -> None:
    lab.register()
    lab.grant(Scope(("id", "born"), (Condition("town", Operator.EQUALS, ("Lek",)),)))
    found = live.table(URL)
    assert found.schema.names == ["id", "born"]
    assert found.num_rows == 500
    with pytest.raises(ValueError, match=r"no column “name” to choose\. Choose from: id, born"):
        live.table(URL, columns=["name"])


def test_parameters_fill_the_query(lab: Lab) -> None:
    lab.register(
        table="",
        query="SELECT id, name FROM people WHERE town = :town AND id <= :most",
        parameters=(Parameter("town", "text", "Lek"), Parameter("most", "integer", "10")),
    )
    lab.grant()
    assert live.table(URL).num_rows == 5
    assert live.table(URL, parameters={"town": "Waal", "most": 3}).num_rows == 2
    assert live.table(URL, parameters={"town": "x' OR '1'='1"}).num_rows == 0
    with pytest.raises(ValueError, match="needs a value"):
        live.table(URL, parameters={"most": "3 OR 1=1"})
    with pytest.raises(ValueError, match="Its parameters are: town, most"):
        live.table(URL, parameters={"other": 1})


def test_without_a_grant_nothing_is_asked_of_the_source(lab: Lab) -> None:
    lab.register()
    with pytest.raises(PermissionError, match="never granted"):
        live.table(URL)
    assert lab.active() == 0


def test_a_read_under_way_stops_when_access_is_revoked_and_says_why(lab: Lab) -> None:
    lab.register(table="slow")
    lab.grant()
    told: list[BaseException] = []

    def read() -> None:
        try:
            live.table(URL)
        except OSError as error:
            told.append(error)

    reading = threading.Thread(target=read)
    reading.start()
    assert until(lambda: lab.active() == 1, 10)
    time.sleep(2)
    lab.service.lab.grants.revoke(lab.world.operator, "growth_study", "river-access")
    reading.join(6)
    assert not reading.is_alive()
    assert isinstance(told[0], PermissionError)
    assert "revoked" in str(told[0])
    assert until(lambda: lab.active() == 0, 5)


@pytest.mark.parametrize("wait", [0.5, 4])
def test_a_reader_who_leaves_takes_the_query_along(lab: Lab, wait: float) -> None:
    lab.register(table="slow")
    lab.grant()
    gateway = urlsplit(os.environ["POLDERLAB_GATEWAY"])
    connection = http.client.HTTPConnection(gateway.hostname, gateway.port)
    key = {"Authorization": f"Bearer {os.environ['POLDERLAB_TOKEN']}"}
    connection.request("GET", "/v1/datasets/growth_study/growth_study.arrow", headers=key)
    assert until(lambda: lab.active() == 1, 10)
    time.sleep(wait)
    connection.sock.close()
    connection.close()
    assert until(lambda: lab.active() == 0, 5)


def test_one_session_leaves_places_to_others(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("polderlab_catalog.web.gateway.live.OF_ONE_SESSION", 1)
    lab.register(table="slow")
    lab.grant()
    colleague = token(lab.world.run("rivierstad-lead", "river-access", "127.0.0.1"))
    gateway = urlsplit(os.environ["POLDERLAB_GATEWAY"])
    opened = []

    def ask(key: str) -> int:
        connection = http.client.HTTPConnection(gateway.hostname, gateway.port, timeout=20)
        path = "/v1/datasets/growth_study/growth_study.arrow"
        connection.request("GET", path, headers={"Authorization": f"Bearer {key}"})
        opened.append(connection)
        return connection.getresponse().status

    mine = os.environ["POLDERLAB_TOKEN"]
    try:
        assert [ask(mine), ask(mine), ask(colleague)] == [200, 429, 200]
    finally:
        for connection in opened:
            connection.close()
    assert until(lambda: lab.active() == 0, 10)
    assert live.table(URL, limit=1).num_rows == 1


def test_more_rows_than_allowed_is_told_and_no_part_is_taken_for_the_whole(lab: Lab) -> None:
    lab.register(row_limit=100)
    lab.grant()
    with pytest.raises(PermissionError, match="at most 100 rows"):
        live.table(URL)
    assert live.table(URL, limit=50).num_rows == 50


def test_a_source_that_is_away_is_told_in_a_plain_sentence(lab: Lab) -> None:
    lab.register()
    lab.grant()
    with lab.service.lab.register.write() as t:
        source = t.sources.get("growth_study")
        t.sources.put(replace(source, location=f"postgresql://localhost:{free_port()}/postgres"))
    with pytest.raises(ConnectionError, match="does not answer") as error:
        live.table(URL)
    assert "postgres" not in str(error.value)
    assert "localhost" not in str(error.value)


def test_a_source_that_changed_is_refused_and_the_steward_sees_which_columns(lab: Lab) -> None:
    lab.database.sql("CREATE TABLE moving AS SELECT 1 AS a, 2 AS b")
    lab.database.sql("GRANT SELECT ON moving TO reader")
    lab.register(table="moving")
    lab.grant()
    assert live.table(URL).num_rows == 1
    lab.database.sql("ALTER TABLE moving DROP b")
    with pytest.raises(ConnectionError, match="has changed since it was described: b"):
        live.table(URL)
    seen = lab.sources.show(lab.world.steward, "growth_study")
    assert (seen.problem, seen.problem_columns) == ("source-changed", "b")
    with lab.service.lab.register.read() as t:
        assert len(t.audit.search(action=AuditAction.SOURCE_FAILED)) == 1
    lab.register(table="moving")
    assert live.table(URL).schema.names == ["a"]
    assert lab.sources.show(lab.world.steward, "growth_study").problem == ""
    lab.database.sql("DROP TABLE moving")


def test_credentials_are_sealed_and_never_leave(lab: Lab, tmp_path: Path) -> None:
    lab.register()
    lab.grant()
    live.table(URL)
    for file in tmp_path.rglob("*"):
        if file.is_file():
            assert LOGIN.password.encode() not in file.read_bytes()
    kept = (file.read_bytes() for file in tmp_path.glob("register.sqlite*"))
    assert any(b"people" in content for content in kept)
    assert LOGIN.password not in repr(LOGIN)
    shown = lab.sources.show(lab.world.steward, "growth_study")
    assert shown.sealed == ""
    assert lab.sources.has_login("growth_study")


def test_credentials_stay_with_the_place_they_were_given_for(lab: Lab) -> None:
    lab.register()
    same = lab.source(table="slow")
    lab.sources.register(lab.world.steward, same, None)
    elsewhere = lab.source(location=f"postgresql://localhost:{lab.database.port}/template1")
    with pytest.raises(Unavailable) as error:
        lab.sources.test(lab.world.steward, elsewhere, None)
    assert error.value.decision.code is Code.SOURCE_DENIED


@pytest.mark.parametrize(
    "location",
    [
        "postgresql://reader:word@localhost/postgres",
        "postgresql://localhost/postgres?password=word",
        "postgresql://localhost/postgres?host=/var/run",
        "postgresql:///postgres?host=localhost",
        "file:///etc/passwd",
        "sqlite://localhost/x",
    ],
)
def test_an_address_with_credentials_or_tricks_is_not_taken(lab: Lab, location: str) -> None:
    with pytest.raises(Invalid) as error:
        lab.register(location=location)
    assert set(error.value.fields) == {"location"}


def test_only_stewards_of_the_owner_connect_a_source(lab: Lab) -> None:
    for username in ("rivierstad-steward", "kustregio-analyst"):
        with pytest.raises(Refused):
            lab.sources.register(Actor.for_person(PEOPLE[username]), lab.source(), LOGIN)
    lab.register()


def test_a_snapshot_lies_beside_the_source(lab: Lab) -> None:
    lab.register(scope=Scope(("id", "town")), snapshot_hours=24)
    assert lab.sources.due() == ["growth_study"]
    version = lab.sources.snapshot(lab.world.operator, "growth_study")
    assert [file.role.value for file in version.data] == ["live", "data"]
    copy = version.data[1]
    frame = pd.read_parquet(lab.service.lab.settings.data_folder / copy.path)
    assert list(frame.columns) == ["id", "town"]
    assert (len(frame), copy.rows) == (1000, 1000)
    assert lab.sources.due() == []


def test_a_removed_source_is_refused_with_the_reason(lab: Lab) -> None:
    lab.register()
    lab.grant()
    assert live.table(URL).num_rows == 1000
    assert lab.sources.remove(lab.world.steward, "growth_study")
    with pytest.raises(PermissionError, match="no longer consulted"):
        live.table(URL)


def test_a_notebook_takes_a_source_for_no_file_and_no_empty_one(lab: Lab) -> None:
    lab.register()
    lab.grant()
    cat = LabCatalog()
    reader = cat["growth_study"]
    assert reader.metadata["live"] is True
    assert {"bytes", "sha256"}.isdisjoint(reader.metadata)
    assert "growth_study" in repr(cat)
    assert "<td" in cat._repr_html_()
    assert fsspec.filesystem("lab").info("growth_study/growth_study.arrow")["size"] is None
    with pytest.raises(io.UnsupportedOperation, match=r'cat\["growth_study"\]\.read\('):
        pd.read_parquet("lab://growth_study/growth_study.arrow")


def test_a_source_and_the_copy_it_was_before_are_versions_of_each_other(lab: Lab) -> None:
    lab.register()
    lab.sources.snapshot(lab.world.operator, "growth_study")
    lab.grant()
    reader = LabCatalog()["growth_study"]
    older, newer = reader.version(2), reader.version(3)
    assert (older.metadata["version"], len(older.read(limit=2))) == (2, 2)
    copy = LabCatalog()["growth_study/growth_study.parquet"]
    assert len(copy.read()) == 1000
    assert len(newer.version(3).read(limit=1)) == 1
    assert len(copy.version(2).read(limit=1)) == 1  # then there was no copy yet
