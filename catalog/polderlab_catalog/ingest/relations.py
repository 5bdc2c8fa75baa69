"""A table on its way: a query of DuckDB's, and what is known of it before it is written."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import duckdb
import pyarrow as pa

from polderlab_catalog.domain.ingests import Finding
from polderlab_catalog.ingest.trouble import Rejected
from polderlab_catalog.policy.ingests import Trouble, finding

MOST_COLUMNS = 4000
PREVIEW_ROWS = 6


class Tell(Protocol):
    """Says what happens now, and how far it is (0 to 1)."""

    def __call__(self, step: str, progress: float) -> None: ...


@dataclass(frozen=True, slots=True)
class Map:
    """What makes a table a map: its geometry column, its covering column, its CRS and extent.

    ``geo`` is GeoParquet's metadata; ``bbox`` is in WGS 84.
    """

    column: str
    covering: str
    crs: str
    geo: str
    bbox: tuple[float, float, float, float] | None


@dataclass(frozen=True, slots=True)
class Relation:
    """``query`` yields the rows; ``mended`` returns another one when DuckDB could not run it."""

    query: str
    bytes_per_row: float
    map: Map | None = None
    findings: list[Finding] = field(default_factory=list)
    mended: Callable[[duckdb.Error], Relation] | None = None


def names_of(given: Sequence[str]) -> tuple[tuple[str, ...], list[Finding]]:
    """Return column names without gaps; refuse those that occur twice (DuckDB ignores case)."""
    if len(given) > MOST_COLUMNS:
        raise Rejected(Trouble.TOO_MANY_COLUMNS, columns=len(given), limit=MOST_COLUMNS)
    stripped = [name.strip().replace("\n", " ").replace("\0", "")[:200] for name in given]
    names = tuple(name or f"column_{i + 1}" for i, name in enumerate(stripped))
    folded = [name.casefold() for name in names]
    twice = list(dict.fromkeys(name for name in names if folded.count(name.casefold()) > 1))
    if twice:
        raise Rejected(Trouble.DUPLICATE_COLUMNS, columns=shown(twice))
    unnamed = [name for name, was in zip(names, stripped, strict=True) if not was]
    if not unnamed:
        return names, []
    return names, [finding(Trouble.UNNAMED_COLUMNS, count=len(unnamed), columns=shown(unnamed))]


def first_rows(batch: pa.Table | pa.RecordBatch | None) -> list[tuple[str, ...]]:
    """Return the names of the columns and the first rows, as text."""
    if batch is None:
        return []
    first = batch.slice(0, PREVIEW_ROWS)
    columns = [["" if v is None else str(v) for v in c.to_pylist()] for c in first.columns]
    return [tuple(batch.schema.names), *zip(*columns, strict=True)]


def shown(names: Sequence[str], most: int = 10) -> str:
    """Return ``names`` for a sentence."""
    few = ", ".join(name[:60] for name in names[:most])
    return few + (", …" if len(names) > most else "")
