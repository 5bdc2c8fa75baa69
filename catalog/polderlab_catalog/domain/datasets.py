"""Datasets in DCAT's words: dataset, version, distribution."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from polderlab_catalog.domain.quality import Check, OnFailure
from polderlab_catalog.domain.texts import Text


class Classification(StrEnum):
    """``public`` needs no grant in any project; ``internal`` and ``confidential`` do."""

    PUBLIC = "public"
    INTERNAL = "internal"
    CONFIDENTIAL = "confidential"


@dataclass(frozen=True, slots=True)
class Profile:
    """What was counted in a column at ingest.

    ``nulls`` and ``distinct`` are counts of rows (``distinct`` may be estimated). ``minimum``,
    ``maximum`` and ``top`` (value, rows; most frequent first) are values as text. ``bins`` counts
    rows in parts of equal width between both (see :mod:`.histograms`), for numbers and dates; of
    many rows, a sample. All of these are there only where the classification lets values be shown
    (never for confidential data).
    """

    nulls: int
    distinct: int | None = None
    minimum: str | None = None
    maximum: str | None = None
    top: tuple[tuple[str, int], ...] = ()
    bins: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a distribution: name, Arrow type, what it means, and its profile."""

    name: str
    type: str
    meaning: Text = field(default_factory=Text)
    profile: Profile | None = None


class DistributionRole(StrEnum):
    """``data`` is what notebooks read (Parquet), ``original`` the file as it was handed in,
    ``live`` a source that is consulted where it is (see :mod:`.sources`)."""

    DATA = "data"
    ORIGINAL = "original"
    LIVE = "live"


@dataclass(frozen=True, slots=True)
class Distribution:
    """One file of a version. ``path`` is relative to the data folder and never leaves the lab;
    a live one has none, 0 bytes and an empty checksum.

    ``bbox`` is (min x, min y, max x, max y) in WGS 84 degrees; ``crs`` the file's own, as
    ``EPSG:28992``.
    """

    name: str
    media_type: str
    path: str
    bytes: int
    sha256: str
    rows: int | None = None
    columns: tuple[Column, ...] = ()
    crs: str | None = None
    bbox: tuple[float, float, float, float] | None = None
    role: DistributionRole = DistributionRole.DATA

    @property
    def geo(self) -> bool:
        """Whether this is a map layer (GeoParquet)."""
        return self.crs is not None


@dataclass(frozen=True, slots=True)
class Version:
    """An immutable, numbered state of a dataset (1, 2, …). A withdrawn one is refused.

    ``project`` published it, when it was no steward; ``derived_from`` names what the session
    had read by then, as ``name@version``. ``marked``: a quality check failed.
    """

    dataset: str
    number: int
    created: datetime
    distributions: tuple[Distribution, ...]
    note: Text = field(default_factory=Text)
    withdrawn: bool = False
    withdrawn_reason: str = ""
    project: str = ""
    derived_from: tuple[str, ...] = ()
    marked: bool = False

    @property
    def data(self) -> tuple[Distribution, ...]:
        """What notebooks read: all but the originals."""
        return tuple(d for d in self.distributions if d.role is not DistributionRole.ORIGINAL)


@dataclass(frozen=True, slots=True)
class Dataset:
    """A description everyone in the lab may read; its rows are for the entitled.

    ``organisation`` owns it: that organisation's stewards decide. ``licence`` is a URI,
    ``source`` says where the data comes from. ``theme``, ``frequency`` and ``language`` are codes
    of the EU's authority tables (``ENVI``, ``ANNUAL``, ``NLD``); ``place`` names the area the
    data is about; ``contact`` is the steward's e-mail address or web page; ``period`` the first
    and last day the data is about. ``hvd_category`` is the URI of a high-value-dataset category,
    empty where it is none. ``open_download``: anyone may download it without signing in (public
    datasets only). ``remote`` is the web page of a dataset that lies in another catalogue and is
    only described here (harvested); empty for our own.
    """

    name: str
    title: Text
    description: Text
    organisation: str
    steward: str
    classification: Classification
    licence: str
    source: str
    theme: str = ""
    keywords: tuple[str, ...] = ()
    place: str = ""
    contact: str = ""
    frequency: str = ""
    language: str = "NLD"
    period: tuple[date, date] | None = None
    hvd_category: str = ""
    open_download: bool = False
    remote: str = ""
    checks: tuple[Check, ...] = ()
    on_failure: OnFailure = OnFailure.MARK
