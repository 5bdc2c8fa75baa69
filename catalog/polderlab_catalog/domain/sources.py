"""Sources: data that is consulted where it is, instead of being copied into the lab."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from polderlab_catalog.domain.datasets import Column
from polderlab_catalog.domain.scopes import WHOLE, Scope


class SourceKind(StrEnum):
    """A database, an OGC API Features collection, a WFS feature type, or a plain web address
    (CSV, JSON, GeoJSON or Parquet)."""

    SQL = "sql"
    OGC_FEATURES = "ogc-features"
    WFS = "wfs"
    URL = "url"


@dataclass(frozen=True, slots=True)
class Parameter:
    """A blank in a query that the reader fills: ``:name``, of ``type`` (``text``, ``integer``,
    ``number``, ``date``), with ``default`` where the reader gives none."""

    name: str
    type: str
    default: str | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """Where a live dataset is consulted, and within which bounds its steward set.

    ``location`` is a SQLAlchemy URL or a web address without any credential; ``sealed`` holds
    the credentials, encrypted with the lab's own key. ``table`` (a table, collection or feature
    type) or ``query`` says what is read; ``scope`` is what the steward fixed for everyone.
    ``timeout_seconds`` and ``row_limit`` bound one read. With ``snapshot_hours`` the lab also
    keeps a Parquet copy, renewed that often; ``snapshot_at`` is when it last was.
    ``problem`` is the code of what went wrong at ``problem_at``, in which ``problem_columns``
    had changed; empty once a read went well again.
    """

    dataset: str
    kind: SourceKind
    location: str
    sealed: str = field(default="", repr=False)
    table: str = ""
    query: str = ""
    parameters: tuple[Parameter, ...] = ()
    scope: Scope = WHOLE
    timeout_seconds: int = 60
    row_limit: int = 10_000_000
    snapshot_hours: int | None = None
    snapshot_at: datetime | None = None
    problem: str = ""
    problem_columns: str = ""
    problem_at: datetime | None = None

    @property
    def on_this_machine(self) -> bool:
        """Whether it is a file beside the lab, rather than something that answers by itself."""
        return self.kind is SourceKind.SQL and self.location.lower().startswith("sqlite")


@dataclass(frozen=True, slots=True)
class Login:
    """What opens a source: a name and a password, or for web addresses a token alone."""

    username: str = ""
    password: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a reader asks for: columns (none: all), at most ``limit`` rows, and parameters as
    they were typed."""

    columns: tuple[str, ...] = ()
    limit: int | None = None
    parameters: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is read from a source, as it was decided: within ``scope``, at most ``rows`` rows.

    ``cut``: the reader asked for no more, so what lies beyond is left out; otherwise more rows
    are an error.
    """

    columns: tuple[str, ...]
    scope: Scope
    rows: int
    parameters: Mapping[str, str | int | float | None] = field(default_factory=dict)
    cut: bool = False


@dataclass(frozen=True, slots=True)
class Probe:
    """What a source turned out to hold: its columns, whether it is a map layer, a few rows.

    ``scope`` is what the steward let through, its values as the columns have them."""

    columns: tuple[Column, ...]
    crs: str | None = None
    rows: tuple[tuple[str, ...], ...] = ()
    scope: Scope = WHOLE
