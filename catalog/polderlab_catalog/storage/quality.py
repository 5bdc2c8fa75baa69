"""Quality checks in the database, and the history of their runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Connection,
    ForeignKey,
    Index,
    Integer,
    Table,
    insert,
    select,
)

from polderlab_catalog.application import ports
from polderlab_catalog.domain.quality import Check, CheckKind, CheckResult, QualityRun
from polderlab_catalog.storage.types import Instant, metadata

quality_runs = Table(
    "quality_runs",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("dataset", ForeignKey("datasets.name"), nullable=False),
    Column("version", Integer, nullable=False),
    Column("at", Instant, nullable=False),
    Column("rows", BigInteger, nullable=False),
    Column("results", JSON, nullable=False),
    Index("ix_quality_runs_dataset_number", "dataset", "number"),
)


def check_json(check: Check) -> dict[str, Any]:
    """Return ``check`` as it is stored."""
    return {
        "kind": check.kind.value,
        "columns": list(check.columns),
        "options": {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in check.options.items()
        },
    }


def check_of(stored: dict[str, Any]) -> Check:
    """Return the check that was stored."""
    options = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in stored["options"].items()
    }
    return Check(CheckKind(stored["kind"]), tuple(stored["columns"]), options)


class Quality(ports.Quality):
    """Runs, by dataset."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, run: QualityRun) -> None:
        results = [{**asdict(each), "check": check_json(each.check)} for each in run.results]
        self._connection.execute(
            insert(quality_runs).values(
                dataset=run.dataset,
                version=run.version,
                at=run.at,
                rows=run.rows,
                results=results,
            )
        )

    def of(self, dataset: str, limit: int = 50) -> Sequence[QualityRun]:
        c = quality_runs.c
        statement = (
            select(c.dataset, c.version, c.at, c.rows, c.results)
            .where(c.dataset == dataset)
            .order_by(c.number.desc())
            .limit(limit)
        )
        return [
            QualityRun(**{**row, "results": tuple(_result(each) for each in row["results"])})
            for row in self._connection.execute(statement).mappings()
        ]


def _result(stored: Mapping[str, Any]) -> CheckResult:
    return CheckResult(**{**stored, "check": check_of(stored["check"])})
