"""PostgreSQL, read by ADBC: the database's binary rows become Arrow without Python in between.

Values that readers and stewards give are set as settings of the transaction (``set_config``,
bound) and read back by name, because ``COPY``, the fast way out, takes no parameters.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack, suppress
from time import monotonic
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import adbc_driver_postgresql.dbapi as postgresql
import pyarrow as pa
import sqlalchemy as sa
from adbc_driver_manager import Error as AdbcError
from adbc_driver_postgresql import StatementOptions
from sqlalchemy.dialects.postgresql import dialect

from polderlab_catalog.domain.datasets import Column
from polderlab_catalog.domain.scopes import Value
from polderlab_catalog.domain.sources import Login, Source, Wanted
from polderlab_catalog.sources import arrow, select
from polderlab_catalog.sources.batches import Batches
from polderlab_catalog.sources.failures import Failed, TooSlow
from polderlab_catalog.sources.guard import Guard

PORT = 5432
CONNECT_SECONDS = 10
_BATCHES = {StatementOptions.BATCH_SIZE_HINT_BYTES.value: str(4 * 2**20)}
"""Smaller than the driver's own 16 MB: the first rows come sooner, a copy stays in the
processor's cache, and sixteen readers take less memory."""

_DIALECT = dialect(paramstyle="named")  # type: ignore[no-untyped-call]
_CASTS = {bool: "boolean", int: "bigint", float: "double precision", str: "text"}
_SHAPES = frozenset({"geometry", "geography"})


class Postgres(Batches):
    """A read-only transaction of its own, with one statement under way."""

    def __init__(self, source: Source, login: Login, guard: Guard) -> None:
        with ExitStack() as opened:
            uri = _uri(source, login, guard)
            self._connection = opened.enter_context(postgresql.connect(uri))
            self._cursor = opened.enter_context(self._connection.cursor())
            self._cursor.adbc_statement.set_options(**_BATCHES)
            self._opened = opened.pop_all()
        self._source, self._values = source, dict[str, str]()
        self._reader: pa.RecordBatchReader | None = None
        self._until = monotonic() + source.timeout_seconds

    def begin(self, wanted: Wanted, known: Sequence[Column] | None, *, crs: str | None) -> None:
        """Start the statement; :attr:`schema` is what will come.

        Raises :class:`Changed` when the columns wanted are no longer as they were ``known``.
        """
        filled = {
            each.name: self._setting(wanted.parameters[each.name], each.type)
            for each in self._source.parameters
        }
        raw = self.raw(filled)
        if known is not None:
            arrow.compare(known, told(raw, crs), wanted.columns)
        source = select.base(self._source, raw.names, filled)
        every = {field.name: _expression(field) for field in raw}
        types = {column.name: column.type for column in arrow.columns_of(told(raw, crs))}
        made = select.statement(
            source,
            {name: every[name] for name in wanted.columns},
            {name: (each, types[name]) for name, each in every.items()},
            wanted.scope.rows,
            limit=wanted.rows + 1,
            bind=self._bind,
        )
        if self._values:
            calls = ", ".join(
                f"set_config('{name}', ${n}, true)" for n, name in enumerate(self._values, 1)
            )
            self._cursor.execute(f"SELECT {calls}", tuple(self._values.values()))
            self._cursor.fetchall()
        self._cursor.execute(_sql(made))
        self._reader = self._cursor.fetch_record_batch()
        fields = [told(raw, crs).field(name) for name in wanted.columns]
        self.schema = arrow.with_geo(pa.schema(fields), crs)

    def raw(self, filled: dict[str, str] | None = None) -> pa.Schema:
        """Return all columns as the database has them."""
        if filled is None:
            filled = {each.name: self._setting(None, each.type) for each in self._source.parameters}
        everything = select.everything(select.base(self._source, (), filled))
        return self._cursor.adbc_execute_schema(_sql(everything))

    def crs(self, shape: str, raw: pa.Schema) -> str | None:
        """Return the coordinate system of the first shape in column ``shape``."""
        column = select.named(shape)
        base = select.base(self._source, raw.names, {})
        made = sa.select(sa.func.ST_SRID(column)).select_from(base).where(column.is_not(None))
        self._cursor.execute(_sql(made.limit(1)))
        found = self._cursor.fetchone()
        return f"EPSG:{found[0]}" if found and found[0] else None

    def read(self) -> pa.RecordBatch | None:
        """Return the next batch."""
        if self._reader is None:
            return None
        try:
            batch = self._reader.read_next_batch()
        except StopIteration:
            return None
        except OSError:
            # The reader tells of no SQLSTATE, and its words depend on the server's language.
            raise (TooSlow if monotonic() >= self._until else Failed) from None
        columns = [
            column.cast(field.type) if column.type != field.type else column
            for column, field in zip(batch.columns, self.schema, strict=True)
        ]
        return pa.RecordBatch.from_arrays(columns, schema=self.schema)

    def cancel(self) -> None:
        """Cancel the statement in the database."""
        with suppress(AdbcError):
            self._cursor.adbc_cancel()

    def close(self) -> None:
        """End the transaction and the connection."""
        with suppress(AdbcError, OSError):
            if self._reader is not None:
                self._reader.close()
        with suppress(AdbcError, RuntimeError):
            self._opened.close()

    def _setting(self, value: Value | None, type_: str = "") -> str:
        """Keep ``value`` and return what stands for it in the statement."""
        name = f"polderlab.v{len(self._values)}"
        cast = {"date": "date", "integer": "bigint", "number": "double precision"}.get(type_)
        if cast is None:
            cast = "text" if value is None else _CASTS[type(value)]
        self._values[name] = "" if value is None else str(value)
        return f"CAST(current_setting('{name}') AS {cast})"

    def _bind(self, value: Value, type_: str) -> sa.ColumnElement[Any]:
        made = self._setting(value)
        if isinstance(value, str) and type_.startswith(("date", "timestamp")):
            zoned = "timestamptz" if "tz=" in type_ else "timestamp"
            made = f"CAST({made} AS {'date' if type_.startswith('date') else zoned})"
        return sa.literal_column(made)


def told(raw: pa.Schema, crs: str | None) -> pa.Schema:
    """Return the columns as readers get them: numbers, dates and texts as such, else text."""
    return pa.schema([_field(field, crs) for field in raw])


def shapes(raw: pa.Schema) -> Sequence[str]:
    """Return the names of the columns with PostGIS shapes."""
    return [field.name for field in raw if _type_name(field) in _SHAPES]


def _field(field: pa.Field, crs: str | None) -> pa.Field:
    if _type_name(field) in _SHAPES:
        return arrow.shape_field(field.name, crs)
    if _type_name(field) == "numeric":
        return pa.field(field.name, pa.float64())
    return pa.field(field.name, field.type if arrow.simple(field.type) else pa.string())


def _expression(field: pa.Field) -> sa.ColumnElement[Any]:
    column: sa.ColumnElement[Any] = select.named(field.name)
    if _type_name(field) in _SHAPES:
        return sa.func.ST_AsBinary(column)
    if _type_name(field) == "numeric":
        return sa.cast(column, sa.Double)
    return column if arrow.simple(field.type) else sa.cast(column, sa.Text)


def _type_name(field: pa.Field) -> str:
    return str(getattr(field.type, "type_name", ""))


def _sql(made: sa.Select[Any]) -> str:
    return str(made.compile(dialect=_DIALECT, compile_kwargs={"literal_binds": True}))


def _uri(source: Source, login: Login, guard: Guard) -> str:
    """Return libpq's address: the host that was judged, read-only, with a limit on time."""
    parts = urlsplit(source.location)
    host, port = parts.hostname or "", parts.port or PORT
    stated = dict(parse_qsl(parts.query))
    milliseconds = source.timeout_seconds * 1000
    options = {
        **({"sslmode": stated["sslmode"]} if "sslmode" in stated else {}),
        "host": host,
        "hostaddr": guard.resolve(host, port),
        "port": str(port),
        "connect_timeout": str(CONNECT_SECONDS),
        "tcp_user_timeout": "30000",
        "application_name": "polderlab",
        "options": "-c default_transaction_read_only=on "
        f"-c statement_timeout={milliseconds} "
        f"-c idle_in_transaction_session_timeout={milliseconds}",
    }
    who = quote(login.username, safe="")
    if login.password:
        who += f":{quote(login.password, safe='')}"
    at = f"{who}@" if who else ""
    database = quote(parts.path.removeprefix("/"), safe="")
    return f"postgresql://{at}/{database}?{urlencode(options, quote_via=quote)}"
