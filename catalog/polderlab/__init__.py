"""PolderLab in a notebook: read what your project may use, straight from the source.

>>> import polderlab
>>> cat = polderlab.catalogue()          # the same as ``intake.cat``
>>> cat["water_bodies"].read()           # a GeoDataFrame
>>> polderlab.publish(frame, "bathing_days", title="Days fit for bathing, per water")
>>> polderlab.request_access("growth_study", purpose="Compare growth between regions")
>>> polderlab.quota()                      # what is left to you
>>> polderlab.duckdb().sql("SELECT * FROM 'lab://places/places.parquet'")
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from polderlab.catalog import LabCatalog
    from polderlab.gauges import Quota
    from polderlab.publishing import Published
    from polderlab.requesting import AccessRequest, AccessRequests

__all__ = ["catalog_file", "catalogue", "duckdb", "publish", "quota", "request_access", "requests"]


def catalogue() -> LabCatalog:
    """Return the live catalogue of what this session's project may read."""
    from polderlab.catalog import LabCatalog

    return LabCatalog()


def catalog_file() -> Path:
    """Return the path of ``catalog.yml``, the file by which Intake opens the catalogue.

    It is the same for every session: what is in the catalogue is asked of the gateway.
    """
    return Path(__file__).with_name("catalog.yml")


def duckdb() -> DuckDBPyConnection:
    """Return a new DuckDB connection that reads ``lab://dataset/file`` paths."""
    import duckdb as engine
    import fsspec

    connection = engine.connect()
    connection.register_filesystem(fsspec.filesystem("lab"))
    return connection


def publish(
    data: Any,
    name: str,
    *,
    title: str = "",
    description: str = "",
    classification: str | None = None,
    licence: str | None = None,
    note: str = "",
) -> Published:
    """Publish a frame or a file as dataset ``name``, and wait until it can be read.

    ``data`` is a DataFrame, a GeoDataFrame, or the path of a file (csv, geojson, gpkg, parquet,
    xlsx, or a zipped shapefile). A new name needs a ``title``; a name that this project published
    before gets a new version, of which ``note`` says what is new. Without a ``classification``
    (``public``, ``internal``, ``confidential``) the lab takes internal, or that of the strictest
    data the project has read. ``licence`` is the web address of one.

    Raises ``PermissionError`` when it may not be and ``ValueError`` when something cannot be
    used, both with the lab's sentence; ``ConnectionError`` when the lab does not answer.
    """
    from polderlab import publishing

    return publishing.publish(
        data,
        name,
        title=title,
        description=description,
        classification=classification,
        licence=licence,
        note=note,
    )


def quota() -> Quota:
    """Return what is left to you in this session's project: processors, memory, disk, hours.

    Raises ``PermissionError`` when the session may not go on, ``ConnectionError`` when the lab
    does not answer.
    """
    from polderlab import gauges

    return gauges.quota()


def request_access(
    dataset: str,
    purpose: str,
    until: date | str | None = None,
    columns: Sequence[str] | None = None,
) -> AccessRequest:
    """Ask that this session's project may read ``dataset``, or some ``columns`` of it.

    ``until`` is the last day (a date, or ``"2027-06-30"``); without it the project's last. The
    answer tells what the request waits for; after a yes this session reads at once.

    Raises ``PermissionError`` when there is nothing to ask or you may not, ``ValueError`` when
    something cannot be used, both with the lab's sentence.
    """
    from polderlab import requesting

    return requesting.request_access(dataset, purpose, until, columns)


def requests() -> AccessRequests:
    """Return the access requests of this session's project that you may see, newest first."""
    from polderlab import requesting

    return requesting.requests()
