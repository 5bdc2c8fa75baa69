"""Every kind of source, consulted for real: databases of our own, servers on the loopback."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow as pa
import pytest
import sqlalchemy as sa
from tests.support.postgresql import Cluster
from tests.support.silent import free_port, silent_server

from polderlab_catalog.application.errors import Refused
from polderlab_catalog.application.ports import SourceError
from polderlab_catalog.domain.datasets import Column, Dataset, Distribution
from polderlab_catalog.domain.scopes import WHOLE, Condition, Operator, Scope
from polderlab_catalog.domain.sources import Asked, Login, Parameter, Probe, Source, SourceKind
from polderlab_catalog.policy.decisions import Code, Decision
from polderlab_catalog.policy.sources import decide
from polderlab_catalog.sources.consulting import Consulting
from polderlab_catalog.sources.guard import Guard

LOGIN = Login("reader", "secret '\"@/ word")
SETUP = '''
CREATE ROLE reader LOGIN PASSWORD 'secret ''"@/ word';
CREATE TABLE samples (
  id int PRIMARY KEY, "pH ""soil""" numeric(4,2), taken date, at timestamptz, place text,
  ok boolean, tags jsonb, code uuid, "select" text
);
INSERT INTO samples VALUES
  (1, 5.25, '2024-01-01', '2024-01-01T10:00Z', 'Lek', true, '{"a": 1}', NULL, 'x'),
  (2, 6.50, '2024-06-01', '2024-06-01T10:00Z', 'O''Brien', false, NULL,
   '054757b9-89ca-4fe6-9db6-0c0177971dab', 'y'),
  (3, NULL, '2025-01-01', NULL, '; DROP TABLE samples; --', NULL, NULL, NULL, NULL);
CREATE VIEW many AS SELECT n, n * 2 AS m FROM generate_series(1, 400000) AS t(n);
CREATE TABLE touched (n int);
CREATE FUNCTION touch() RETURNS int LANGUAGE sql AS
  'INSERT INTO touched VALUES (1); SELECT 1';
GRANT ALL ON ALL TABLES IN SCHEMA public TO reader;
CREATE TABLE hidden (secret text);
'''


ALL = Asked()
DATASET = Dataset.__new__(Dataset)
for _name, _value in {"name": "soil", "steward": "data@example.nl"}.items():
    object.__setattr__(DATASET, _name, _value)


@pytest.fixture(scope="module")
def database() -> Iterator[Cluster]:
    running = Cluster(free_port())
    try:
        running.start(password=True)
        running.sql("CREATE DATABASE soil")
        running.sql(SETUP, "soil")
        yield running
    finally:
        running.stop()


@pytest.fixture
def consulting(tmp_path: Path) -> Consulting:
    return Consulting(Guard(f"localhost,127.0.0.1,{tmp_path}"), tmp_path / "data")


@pytest.fixture
def source(database: Cluster) -> Source:
    place = f"postgresql://localhost:{database.port}/soil"
    return Source("soil", SourceKind.SQL, place, table="samples")


def described(probe: Probe, columns: tuple[str, ...] = ()) -> Distribution:
    kept = tuple(c for c in probe.columns if not columns or c.name in columns)
    return Distribution("soil.arrow", "arrow", "", 0, "", columns=kept, crs=probe.crs)


def read(
    consulting: Consulting,
    source: Source,
    asked: Asked = ALL,
    *,
    granted: Scope = WHOLE,
    known: Distribution | None = None,
    login: Login = LOGIN,
) -> pa.Table:
    known = known or described(consulting.probe(source, login), source.scope.columns)
    wanted = wanted_of(source, known, granted, asked)
    stream = consulting.open(source, login, wanted, known)
    try:
        pieces = list(iter(stream.next, None))
    finally:
        stream.close()
    return pa.ipc.open_stream(b"".join(pieces)).read_all()


def wanted_of(source: Source, known: Distribution, granted: Scope, asked: Asked):
    wanted = decide(DATASET, source, known.columns, granted, asked)
    if isinstance(wanted, Decision):
        raise Refused(wanted)
    return wanted


def test_a_table_is_read_with_its_types(consulting: Consulting, source: Source) -> None:
    table = read(consulting, source)
    first, second, _ = table.to_pylist()
    assert first == {
        "id": 1,
        'pH "soil"': 5.25,
        "taken": date(2024, 1, 1),
        "at": datetime(2024, 1, 1, 10, tzinfo=UTC),
        "place": "Lek",
        "ok": True,
        "tags": '{"a": 1}',
        "code": None,
        "select": "x",
    }
    assert second["code"] == "054757b9-89ca-4fe6-9db6-0c0177971dab"


def test_a_probe_shows_columns_and_a_few_rows(consulting: Consulting, source: Source) -> None:
    probe = consulting.probe(replace(source, table="many"), LOGIN)
    assert probe.columns == (Column("n", "int32"), Column("m", "int32"))
    assert probe.rows[:2] == (("1", "2"), ("2", "4"))
    assert len(probe.rows) == 5


def test_grant_and_steward_and_reader_each_narrow_what_is_read(
    consulting: Consulting, source: Source
) -> None:
    fixed = Scope(("id", "place", "taken"), (Condition("ok", Operator.NOT_NULL),))
    granted = Scope(("place", "id"), (Condition("taken", Operator.LESS, ("2024-03-01",)),))
    table = read(consulting, replace(source, scope=fixed), Asked(("place",)), granted=granted)
    assert table.to_pylist() == [{"place": "Lek"}]
    with pytest.raises(Refused) as refusal:
        read(consulting, replace(source, scope=fixed), Asked(("taken",)), granted=granted)
    assert refusal.value.decision.code is Code.UNKNOWN_COLUMN
    assert refusal.value.decision.details["choices"] == "id, place"


INJECTIONS = (
    "x' OR '1'='1",
    "x'; DROP TABLE samples; --",
    "x\\' OR 1=1 --",
    "') UNION SELECT secret FROM hidden --",
    "$1",
    ":place",
    "current_setting('polderlab.v0')",
)


@pytest.mark.parametrize("text", INJECTIONS)
def test_values_are_values_whatever_stands_in_them(
    consulting: Consulting, source: Source, text: str
) -> None:
    asking = replace(
        source,
        table="",
        query="SELECT id, place, '::x' AS c FROM samples WHERE place = :place -- :other",
        parameters=(Parameter("place", "text"),),
    )
    known = Distribution("x", "x", "", 0, "", columns=(Column("id", "int32"),))
    found = read(consulting, asking, Asked(parameters={"place": text}), known=known)
    assert found.num_rows == 0
    scope = Scope(rows=(Condition("place", Operator.IN, (text,)),))
    assert read(consulting, source, granted=scope).num_rows == 0
    found = read(consulting, asking, Asked(parameters={"place": "O'Brien"}), known=known)
    assert found.to_pylist() == [{"id": 2}]
    evil = "; DROP TABLE samples; --"
    scope = Scope(rows=(Condition("place", Operator.EQUALS, (evil,)),))
    assert read(consulting, source, granted=scope)["id"].to_pylist() == [3]


@pytest.mark.parametrize("name", ['id" FROM hidden --', "id, (SELECT secret FROM hidden)", "*", ""])
def test_no_column_is_asked_for_that_is_not_there(
    consulting: Consulting, source: Source, name: str
) -> None:
    with pytest.raises(Refused):
        read(consulting, source, Asked((name,)))
    assert read(consulting, source, Asked(("select",)))["select"].to_pylist() == ["x", "y", None]


def test_numbers_and_dates_fill_parameters_and_what_does_not_fit_is_refused(
    consulting: Consulting, source: Source
) -> None:
    asking = replace(
        source,
        table="",
        query="SELECT id FROM samples WHERE taken >= :since AND id < :below",
        parameters=(Parameter("since", "date", "2024-01-01"), Parameter("below", "integer")),
    )
    known = Distribution("x", "x", "", 0, "", columns=(Column("id", "int32"),))
    asked = Asked(parameters={"since": "2024-02-01", "below": "3"})
    assert read(consulting, asking, asked, known=known)["id"].to_pylist() == [2]
    for parameters in ({}, {"below": "1 OR 1=1"}, {"below": "3", "since": "now()"}, {"x": "1"}):
        with pytest.raises(Refused) as refusal:
            read(consulting, asking, Asked(parameters=parameters), known=known)
        assert refusal.value.decision.code in (Code.UNFIT_PARAMETER, Code.UNKNOWN_PARAMETER)


def test_nothing_is_written_in_the_source(
    consulting: Consulting, source: Source, database: Cluster
) -> None:
    known = Distribution("x", "x", "", 0, "", columns=(Column("touch", "int32"),))
    for query in (
        "SELECT touch()",
        "SELECT touch() FROM set_config('transaction_read_only', 'off', false)",
        "SELECT 1 AS touch) AS source; INSERT INTO touched VALUES (2); SELECT (1",
        "WITH w AS (INSERT INTO touched VALUES (3) RETURNING n) SELECT n AS touch FROM w",
    ):
        with pytest.raises(SourceError):
            read(consulting, replace(source, table="", query=query), known=known)
    assert database.value("SELECT count(*) FROM touched", "soil") == 0
    database.sql("SELECT touch()", "soil")
    assert database.value("SELECT count(*) FROM touched", "soil") == 1


def test_more_rows_than_the_limit_is_an_error_and_fewer_may_be_asked_for(
    consulting: Consulting, source: Source
) -> None:
    limited = replace(source, table="many", row_limit=1000)
    with pytest.raises(SourceError) as error:
        read(consulting, limited)
    assert error.value.code is Code.SOURCE_TOO_MANY_ROWS
    assert read(consulting, limited, Asked(limit=10)).num_rows == 10
    with pytest.raises(SourceError):
        read(consulting, limited, Asked(limit=2000))
    assert read(consulting, replace(limited, row_limit=400_000)).num_rows == 400_000


@pytest.mark.parametrize(
    ("change", "login", "code"),
    [
        ({"query": "SELECT pg_sleep(30)", "table": "", "timeout_seconds": 1}, LOGIN, "too-slow"),
        ({}, Login("reader", "wrong"), "denied"),
        ({"table": "hidden"}, LOGIN, "denied"),
        ({"table": "nowhere"}, LOGIN, "failed"),
        ({"query": "SELECT 1/0 AS x", "table": ""}, LOGIN, "failed"),
    ],
)
def test_what_goes_wrong_is_told_by_its_kind_alone(
    consulting: Consulting, source: Source, change: dict[str, object], login: Login, code: str
) -> None:
    with pytest.raises(SourceError) as error:
        consulting.probe(replace(source, **change), login)
    assert error.value.code == f"source-{code}"
    assert str(error.value) == ""
    assert error.value.__cause__ is None
    assert error.value.__suppress_context__


def test_a_source_that_is_down_or_silent_is_told_within_seconds(
    consulting: Consulting, source: Source
) -> None:
    down = replace(source, location=f"postgresql://localhost:{free_port()}/soil")
    with pytest.raises(SourceError) as error:
        consulting.probe(down, LOGIN)
    assert error.value.code is Code.SOURCE_DOWN
    with silent_server() as port:
        begin = time.monotonic()
        with pytest.raises(SourceError) as error:
            consulting.probe(replace(source, location=f"postgresql://localhost:{port}/x"), LOGIN)
        assert error.value.code is Code.SOURCE_DOWN
        assert time.monotonic() - begin < 30


def test_a_read_that_is_cancelled_ends_in_the_database(
    consulting: Consulting, source: Source, database: Cluster
) -> None:
    slow = "SELECT n, pg_sleep(0.001) IS NULL AS b FROM generate_series(1, 10000000) AS t(n)"
    asking = replace(source, table="", query=slow, row_limit=100_000_000)
    known = Distribution("x", "x", "", 0, "", columns=(Column("n", "int32"),))
    wanted = wanted_of(asking, known, WHOLE, Asked())
    stream = consulting.open(asking, LOGIN, wanted, known)
    active = (
        "SELECT count(*) FROM pg_stat_activity "
        "WHERE application_name = 'polderlab' AND state = 'active'"
    )
    threading.Timer(1, stream.cancel).start()
    reading = threading.Thread(target=_drain, args=(stream,))
    reading.start()
    time.sleep(0.5)
    assert database.value(active, "soil") == 1
    reading.join(10)
    assert not reading.is_alive()
    stream.close()
    assert database.value(active, "soil") == 0


def _drain(stream) -> None:
    try:
        while stream.next():
            pass
    except SourceError:
        pass


def test_a_source_that_changed_says_which_columns(
    consulting: Consulting, source: Source, database: Cluster
) -> None:
    database.sql("CREATE TABLE moving (a int, b text, c date)", "soil")
    database.sql("INSERT INTO moving VALUES (1, 'x', NULL)", "soil")
    database.sql("GRANT SELECT ON moving TO reader", "soil")
    moving = replace(source, table="public.moving")
    known = described(consulting.probe(moving, LOGIN))
    assert read(consulting, moving, known=known).num_rows == 1
    database.sql("ALTER TABLE moving DROP a, ALTER c TYPE text, ADD d int", "soil")
    with pytest.raises(SourceError) as error:
        read(consulting, moving, known=known)
    assert error.value.code is Code.SOURCE_CHANGED
    assert error.value.columns == ("a", "c")
    # What did not change can still be read, and what came is not let out.
    assert read(consulting, moving, Asked(("b",)), known=known).to_pylist() == [{"b": "x"}]


def test_shapes_of_postgis_become_a_map_layer(
    consulting: Consulting, source: Source, database: Cluster
) -> None:
    import geopandas

    database.sql("CREATE EXTENSION postgis", "soil")
    database.sql("CREATE TABLE wells (id int, geom geometry(Point, 28992))", "soil")
    database.sql("INSERT INTO wells VALUES (1, 'SRID=28992;POINT(155000 463000)')", "soil")
    database.sql("GRANT SELECT ON wells TO reader", "soil")
    found = geopandas.GeoDataFrame.from_arrow(read(consulting, replace(source, table="wells")))
    assert found.crs == "EPSG:28992"
    assert found.geom.x.tolist() == [155000]


@pytest.fixture
def sqlite(tmp_path: Path) -> Source:
    path = tmp_path / "lab.sqlite"
    engine = sa.create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE t (id INTEGER, name TEXT, size NUMERIC, d DATE)")
        connection.exec_driver_sql(
            "INSERT INTO t VALUES (1, 'Lek', 1.5, '2024-01-01'), (2, 'O''Brien', 2, NULL)"
        )
    engine.dispose()
    return Source("soil", SourceKind.SQL, f"sqlite:///{path}", table="t")


def test_another_database_is_read_by_sqlalchemy(consulting: Consulting, sqlite: Source) -> None:
    rows = read(consulting, sqlite).to_pylist()
    assert rows[0] == {"id": 1, "name": "Lek", "size": 1.5, "d": "2024-01-01"}
    scope = Scope(("id",), (Condition("name", Operator.EQUALS, ("O'Brien",)),))
    assert read(consulting, sqlite, granted=scope).to_pylist() == [{"id": 2}]
    asking = replace(
        sqlite,
        table="",
        query="SELECT id FROM t WHERE name = :name;",
        parameters=(Parameter("name", "text", "Lek"),),
    )
    assert read(consulting, asking).to_pylist() == [{"id": 1}]
    for text in INJECTIONS:
        assert read(consulting, asking, Asked(parameters={"name": text})).num_rows == 0


def test_another_database_is_kept_within_its_limits_too(
    consulting: Consulting, sqlite: Source
) -> None:
    endless = "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT n FROM c"
    known = Distribution("x", "x", "", 0, "", columns=(Column("n", "int64"),))
    asking = replace(sqlite, table="", query=endless, row_limit=100)
    assert read(consulting, asking, Asked(limit=10), known=known).num_rows == 10
    with pytest.raises(SourceError) as error:
        read(consulting, asking, known=known)
    assert error.value.code is Code.SOURCE_TOO_MANY_ROWS
    never = replace(asking, query=endless + " WHERE n < 0", timeout_seconds=1)
    with pytest.raises(SourceError) as error:
        read(consulting, never, known=known)
    assert error.value.code is Code.SOURCE_TOO_SLOW
    changed = replace(sqlite, table="", query="SELECT id, name AS size FROM t")
    with pytest.raises(SourceError) as error:
        read(consulting, changed, known=described(consulting.probe(sqlite, Login())))
    assert error.value.columns == ("name", "d")


def test_a_file_is_consulted_in_allowed_folders_only(sqlite: Source, tmp_path: Path) -> None:
    with pytest.raises(Refused) as refusal:
        Consulting(Guard("localhost"), tmp_path).probe(sqlite, Login())
    assert refusal.value.decision.code is Code.SOURCE_NOT_ALLOWED
    assert str(tmp_path) not in refusal.value.decision.message


@pytest.mark.parametrize("way_out", ["%2e%2e", "%2E.", "..", "x%00/.."])
def test_a_file_outside_is_not_reached_however_its_path_is_spelled(
    sqlite: Source, tmp_path: Path, way_out: str
) -> None:
    """The lab's own register is an SQLite file too."""
    allowed = tmp_path / "allowed"
    allowed.mkdir()
    inside = Path(sqlite.location.removeprefix("sqlite:///")).rename(allowed / "50%.sqlite")
    shutil.copy(inside, tmp_path / "register.sqlite")
    consulting = Consulting(Guard(str(allowed)), tmp_path)
    there = replace(sqlite, location=f"sqlite:///{inside}")
    assert consulting.probe(there, Login()).rows

    outside = replace(sqlite, location=f"sqlite:///{allowed}/{way_out}/register.sqlite")
    with pytest.raises((Refused, SourceError)):
        consulting.probe(outside, Login())
