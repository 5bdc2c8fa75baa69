"""PolderLab in a notebook: read what your project may use, straight from the source.

>>> import polderlab
>>> cat = polderlab.catalogue()          # the same as ``intake.cat``
>>> cat["water_bodies"].read()           # a GeoDataFrame
>>> polderlab.duckdb().sql("SELECT * FROM 'lab://places/places.parquet'")
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from polderlab.catalog import LabCatalog

__all__ = ["catalog_file", "catalogue", "duckdb"]


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
