"""Run quality checks over a Parquet file with DuckDB: names quoted, values as parameters."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from polderlab_catalog.application.errors import Unavailable
from polderlab_catalog.domain.quality import Check, CheckKind, CheckResult
from polderlab_catalog.ingest.engine import engine, literal, quoted

_ROWS = "SELECT count(*) FROM data"
Count = tuple[str, list[object]]
"""A query that counts failing rows, and its parameters."""


class FileChecker:
    """The port ``Checker`` over files of the data folder."""

    def __init__(self, data: Path) -> None:
        self._data = data

    def __call__(
        self, path: str, checks: Sequence[Check], *, today: date, published: date
    ) -> tuple[int, tuple[CheckResult, ...]]:
        """Run ``checks`` on the file at ``path`` beneath the data folder."""
        return check(self._data / path, checks, today=today, published=published)


def check(
    file: Path, checks: Sequence[Check], *, today: date, published: date
) -> tuple[int, tuple[CheckResult, ...]]:
    """Return how many rows ``file`` has, and what each of ``checks`` found."""
    with TemporaryDirectory(prefix="polderlab-checks-") as scratch, engine(Path(scratch)) as db:
        try:
            db.execute(f"CREATE VIEW data AS FROM read_parquet({literal(str(file))})")
            rows = _count(db, (_ROWS, []))
            known = {name.lower() for (name, *_) in db.execute("DESCRIBE data").fetchall()}
        except duckdb.Error as error:
            raise Unavailable("The file to check cannot be read.") from error
        results = tuple(_run(db, each, known, today, published) for each in checks)
    return rows, results


def _run(
    db: duckdb.DuckDBPyConnection, check: Check, known: set[str], today: date, published: date
) -> CheckResult:
    missing = [name for name in check.columns if name.lower() not in known]
    if missing:
        return CheckResult(check, passed=False, error=f"no column {', '.join(missing)}")
    try:
        if check.kind is CheckKind.FRESHNESS:
            return _freshness(db, check, today, published)
        failing = _count(db, _FAILING[check.kind](check))
    except (duckdb.Error, KeyError, ValueError, TypeError, OverflowError) as error:
        # DuckDB quotes values in its messages; a check's history is shown to all.
        return CheckResult(check, passed=False, error=f"cannot be run: {type(error).__name__}")
    return CheckResult(check, passed=failing == 0, failing=failing)


def _count(db: duckdb.DuckDBPyConnection, query: Count) -> int:
    row = db.execute(*query).fetchone()
    return int(row[0]) if row and row[0] is not None else 0


def _required(check: Check) -> Count:
    empty = " OR ".join(f"{quoted(name)} IS NULL" for name in check.columns)
    return f"{_ROWS} WHERE {empty}", []


def _range(check: Check) -> Count:
    minimum, maximum = check.options.get("minimum"), check.options.get("maximum")
    parts: list[str] = []
    values: list[object] = []
    for name in check.columns:
        for sign, bound in (("<", minimum), (">", maximum)):
            if bound is not None and bound != "":
                parts.append(f"{quoted(name)} {sign} ?")
                values.append(bound)
    if not parts:
        raise ValueError("a range needs a bound")
    return f"{_ROWS} WHERE {' OR '.join(parts)}", values


def _unique(check: Check) -> Count:
    names = ", ".join(quoted(name) for name in check.columns)
    groups = f"SELECT count(*) AS n FROM data GROUP BY {names} HAVING count(*) > 1"
    return f"SELECT sum(n) FROM ({groups})", []


def _allowed(check: Check) -> Count:
    values = check.options["values"]
    allowed = [str(each) for each in values] if isinstance(values, tuple) else [str(values)]
    wrong = " OR ".join(
        f"({quoted(name)} IS NOT NULL AND NOT list_contains(?::VARCHAR[], {quoted(name)}::VARCHAR))"
        for name in check.columns
    )
    return f"{_ROWS} WHERE {wrong}", [allowed] * len(check.columns)


def _freshness(
    db: duckdb.DuckDBPyConnection, check: Check, today: date, published: date
) -> CheckResult:
    days = check.options["days"]
    oldest = today - timedelta(days=float(str(days)))
    newest: date | None = published
    if check.columns:
        row = db.execute(
            f"SELECT max(TRY_CAST({quoted(check.columns[0])} AS DATE)) FROM data"
        ).fetchone()
        newest = row[0] if row else None
    fresh = newest is not None and newest >= oldest
    return CheckResult(check, passed=fresh, failing=0 if fresh else 1)


_FAILING = {
    CheckKind.REQUIRED: _required,
    CheckKind.RANGE: _range,
    CheckKind.UNIQUE: _unique,
    CheckKind.ALLOWED: _allowed,
}
