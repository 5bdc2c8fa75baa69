"""Datasets in DCAT's words: dataset, version, distribution."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from polderlab_catalog.domain.texts import Text


class Classification(StrEnum):
    """``public`` needs no grant in any project; ``internal`` and ``confidential`` do."""

    PUBLIC = "public"
    INTERNAL = "internal"
    CONFIDENTIAL = "confidential"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a distribution: name, Arrow type, and what it means."""

    name: str
    type: str
    meaning: Text = field(default_factory=Text)


@dataclass(frozen=True, slots=True)
class Distribution:
    """One file of a version. ``path`` is relative to the data folder and never leaves the lab.

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

    @property
    def geo(self) -> bool:
        """Whether this is a map layer (GeoParquet)."""
        return self.crs is not None


@dataclass(frozen=True, slots=True)
class Version:
    """An immutable, numbered state of a dataset (1, 2, …). A withdrawn one is refused."""

    dataset: str
    number: int
    created: datetime
    distributions: tuple[Distribution, ...]
    note: Text = field(default_factory=Text)
    withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class Dataset:
    """A description everyone in the lab may read; its rows are for the entitled.

    ``organisation`` owns it: that organisation's stewards decide. ``licence`` is a URI,
    ``source`` says where the data comes from, ``theme`` is an EU data-theme code.
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
    keywords: tuple[str, ...] = field(default=())
