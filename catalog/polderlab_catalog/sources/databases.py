"""Any other database SQLAlchemy knows: rows in batches, made into Arrow here."""

from __future__ import annotations

import decimal
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import date, datetime, time
from threading import Timer
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from polderlab_catalog.domain.scopes import Value
from polderlab_catalog.domain.sources import Login, Source, Wanted
from polderlab_catalog.sources import select
from polderlab_catalog.sources.batches import Batches
from polderlab_catalog.sources.failures import Changed, Down, TooSlow
from polderlab_catalog.sources.guard import Guard

_ROWS = 20_000
_SAMPLE = 1000


class Database(Batches):
    """A connection of its own; what cannot be made read-only there is left to the login."""

    def __init__(self, source: Source, login: Login, guard: Guard) -> None:
        self._source = source
        engine = sa.create_engine(_url(source, login, guard), poolclass=NullPool)
        self._connection = engine.connect().execution_options(stream_results=True, yield_per=_ROWS)
        self._rows: Any = None
        self._late = False
        self._timer = Timer(source.timeout_seconds, self._too_late)
        self._timer.daemon = True
        self._timer.start()
        self._be_careful()

    def begin(self, wanted: Wanted, schema: pa.Schema) -> None:
        """Start the statement; ``schema`` is that of all columns."""
        names = {each.name: f":{each.name}" for each in self._source.parameters}
        source = select.base(self._source, schema.names, names)
        every: dict[str, tuple[select.Expression, str]] = {
            field.name: (select.named(field.name), str(field.type)) for field in schema
        }
        made = select.statement(
            source,
            {name: every[name][0] for name in wanted.columns},
            every,
            wanted.scope.rows,
            limit=wanted.rows + 1,
            bind=_bind,
        )
        with self._in_time():
            self._rows = self._connection.execute(made, dict(wanted.parameters))
        self.schema = pa.schema([schema.field(name) for name in wanted.columns])

    def sample(self, parameters: dict[str, Any]) -> pa.Schema:
        """Return all columns, their types judged by the first rows."""
        names = {each.name: f":{each.name}" for each in self._source.parameters}
        base = select.base(self._source, (), names)
        made = select.everything(base).limit(_SAMPLE)
        missing = {each.name: None for each in self._source.parameters}
        rows = self._connection.execute(made, missing | parameters)
        found = rows.fetchall()
        columns = zip(*found, strict=True) if found else ((),) * len(rows.keys())
        return pa.schema(
            [
                pa.field(name, _type(values))
                for name, values in zip(rows.keys(), columns, strict=True)
            ]
        )

    def names(self) -> list[str]:
        """Return the names of all columns, without reading any row."""
        names = {each.name: f":{each.name}" for each in self._source.parameters}
        base = select.base(self._source, (), names)
        made = select.everything(base).where(sa.false())
        missing = {each.name: None for each in self._source.parameters}
        return list(self._connection.execute(made, missing).keys())

    def read(self) -> pa.RecordBatch | None:
        """Return the next batch; a value that does not fit its column means it changed."""
        with self._in_time():
            rows = self._rows.fetchmany(_ROWS)
        if not rows:
            return None
        arrays = [
            _array(field, values)
            for field, values in zip(self.schema, zip(*rows, strict=True), strict=True)
        ]
        return pa.RecordBatch.from_arrays(arrays, schema=self.schema)

    def cancel(self) -> None:
        """Interrupt the statement, in the way this driver has for it."""
        with suppress(Exception):
            driver: Any = self._connection.connection.driver_connection
            for way in ("interrupt", "cancel", "kill"):
                if hasattr(driver, way):
                    getattr(driver, way)()
                    return

    def close(self) -> None:
        """Close the connection; nothing is ever committed."""
        self._timer.cancel()
        with suppress(SQLAlchemyError):
            self._connection.close()
            self._connection.engine.dispose()

    @contextmanager
    def _in_time(self) -> Iterator[None]:
        try:
            yield
        except SQLAlchemyError:
            if self._late:
                raise TooSlow from None
            raise

    def _too_late(self) -> None:
        self._late = True
        self.cancel()

    def _be_careful(self) -> None:
        """Ask for a read-only transaction where the database knows one."""
        name = self._connection.dialect.name
        if name == "sqlite":
            self._connection.exec_driver_sql("PRAGMA query_only = ON")
        elif name in ("mysql", "mariadb"):
            self._connection.exec_driver_sql("SET SESSION TRANSACTION READ ONLY")
            self._connection.commit()
        elif name == "oracle":
            self._connection.exec_driver_sql("SET TRANSACTION READ ONLY")


def _bind(value: Value, type_: str) -> sa.ColumnElement[Any]:
    if isinstance(value, str) and type_.startswith("date"):
        return sa.literal(date.fromisoformat(value))
    if isinstance(value, str) and type_.startswith("timestamp"):
        return sa.literal(datetime.fromisoformat(value))
    return sa.literal(value)


def _type(values: Sequence[Any]) -> pa.DataType:
    kinds = {type(value) for value in values if value is not None}
    if kinds <= {int, float, decimal.Decimal} and kinds:
        return pa.int64() if kinds == {int} else pa.float64()
    for kind, type_ in (
        (bool, pa.bool_()),
        (datetime, pa.timestamp("us")),
        (date, pa.date32()),
        (time, pa.time64("us")),
        (bytes, pa.binary()),
    ):
        if kinds == {kind}:
            zoned = kind is datetime and any(value.tzinfo for value in values if value is not None)
            return pa.timestamp("us", "UTC") if zoned else type_
    return pa.string()


def _array(field: pa.Field, values: Sequence[Any]) -> pa.Array:
    plain = [float(v) if isinstance(v, decimal.Decimal) else v for v in values]
    if pa.types.is_string(field.type):
        plain = [str(v) if isinstance(v, int | float | uuid.UUID | date) else v for v in plain]
    try:
        return pa.array(plain, field.type)
    except (pa.ArrowException, TypeError, OverflowError):
        raise Changed([field.name]) from None


def _url(source: Source, login: Login, guard: Guard) -> sa.URL:
    parts = urlsplit(source.location)
    if parts.scheme.partition("+")[0] == "sqlite":
        # SQLite reads %2e%2e in its own addresses as .., so what was judged is written out anew.
        path = quote(str(guard.file(parts.path.removeprefix("/"))))
        return sa.URL.create("sqlite", database=f"file:{path}", query={"mode": "ro", "uri": "true"})
    try:
        made = sa.make_url(source.location)
        port = parts.port or _PORTS.get(made.get_backend_name())
    except SQLAlchemyError:
        raise Down from None
    if port is None:
        raise Down
    return made.set(
        host=guard.resolve(parts.hostname or "", port),
        port=port,
        username=login.username or None,
        password=login.password or None,
        query=dict(parse_qsl(parts.query)),
    )


_PORTS = {"mysql": 3306, "mariadb": 3306, "mssql": 1433, "oracle": 1521, "postgresql": 5432}
