from __future__ import annotations

import io
import subprocess
import zipfile
import zlib
from pathlib import Path

import geopandas
import numpy as np
import pandas as pd
import pytest
import rdata
from shapely import box

from polderlab_catalog.demo import read
from polderlab_catalog.demo.errors import SourceChangedError
from polderlab_catalog.demo.fetch import Sources
from polderlab_catalog.demo.meanings import ELEVATION_TILES, PLACES
from polderlab_catalog.demo.rdata_database import read_frame

REGIONS = pd.Categorical(["North", "City"], categories=["North", "City"])
CHILDREN = pd.DataFrame({"id": [1.0, 2.0], "reg": REGIONS, "hgt.z": [0.5, -0.25]})


def serialised(value: object, path: Path) -> bytes:
    rdata.write_rds(path, value, compression=None)
    return path.read_bytes()


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A Debian package with R data, made as R and dpkg make them."""
    folder = tmp_path / "root/usr/lib/R/site-library/mice/data"
    folder.mkdir(parents=True)
    plain = serialised(CHILDREN, tmp_path / "children.rds")
    stored = len(plain).to_bytes(4, "big") + zlib.compress(plain)
    padding = b"something else"
    (folder / "Rdata.rdb").write_bytes(padding + stored)
    index = {"variables": {"fdgs": np.array([len(padding), len(stored)], dtype="int32")}}
    (folder / "Rdata.rdx").write_bytes(zlib.compress(serialised(index, tmp_path / "index.rds")))
    control = tmp_path / "root/DEBIAN/control"
    control.parent.mkdir()
    control.write_text(
        "Package: r-cran-mice\nVersion: 1\nArchitecture: all\nMaintainer: A <a@example.org>\n"
        "Description: data\n"
    )
    made = tmp_path / "r-cran-mice_1_all.deb"
    build = ["dpkg-deb", "--root-owner-group", "--build", str(tmp_path / "root"), str(made)]
    subprocess.run(build, check=True, capture_output=True)
    return made


def wheel(path: Path, member: str, frame: geopandas.GeoDataFrame) -> Sources:
    content = io.BytesIO()
    frame.to_file(content, driver="GeoJSON")
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(member, content.getvalue())
    return Sources(nlmod=path, mice=Path())


def test_an_r_table_is_read_without_r(package: Path) -> None:
    frame = read_frame(package, "mice", "fdgs")
    assert list(frame.columns) == ["id", "reg", "hgt.z"]
    assert list(frame["reg"]) == ["North", "City"]
    assert list(frame["hgt.z"]) == [0.5, -0.25]


def test_an_r_table_that_went_away_is_told(package: Path) -> None:
    with pytest.raises(SourceChangedError, match="brandsma"):
        read_frame(package, "mice", "brandsma")


def test_a_growth_study_of_another_size_is_not_published(package: Path) -> None:
    with pytest.raises(SourceChangedError, match="2 rows where it had 10030"):
        read.growth_study(Sources(nlmod=Path(), mice=package))


def test_places_lie_in_the_netherlands_and_have_a_province() -> None:
    places = read.places(Sources(Path(), Path()))
    assert list(places.columns) == list(PLACES)
    assert len(places) > 1_900
    assert places["geoname_id"].is_unique
    assert places["province"].notna().all()
    assert places["province"].nunique() == 12
    assert places["longitude"].between(3.3, 7.3).all()
    assert places["latitude"].between(50.7, 53.6).all()
    assert places["population"].min() > 0


def test_elevation_tiles_get_plain_column_names_and_lose_their_styling(tmp_path: Path) -> None:
    raw = {
        "AHN": "10HZ2",
        "layer": "x",
        "AHN2 puntenwolk overig": "https://example.org/a",
        "AHN2 maaiveldmodel (DTM) ½m, geïnterpoleerd": "https://example.org/b",
        "id": "x",
        "color": "x",
        "radius": 6,
        "userId": "x",
    }
    squares = [box(x, 0, x + 1, 1) for x in range(1407)]
    frame = geopandas.GeoDataFrame([raw] * 1407, geometry=squares, crs="EPSG:28992")
    member = "nlmod/data/ahn/ellipsis_tiles.geojson"
    tiles = read.elevation_tiles(wheel(tmp_path / "nlmod.whl", member, frame))
    assert list(tiles.columns) == [
        "sheet",
        "ahn2_points_other",
        "ahn2_dtm_50cm_filled",
        "geometry",
    ]
    assert set(tiles.columns) <= set(ELEVATION_TILES)
