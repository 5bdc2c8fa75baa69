"""Files as people hand them in: good ones of every format, and bad ones."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path

import geopandas
import numpy as np
import pandas as pd
import pyogrio
import shapely

RD = "EPSG:28992"


def squares(rows: int = 200, crs: str | None = RD) -> geopandas.GeoDataFrame:
    """Return squares of 500 m, strewn over the Netherlands."""
    random = np.random.default_rng(1)
    x, y = random.uniform(20_000, 270_000, rows), random.uniform(310_000, 610_000, rows)
    return geopandas.GeoDataFrame(
        {"naam": [f"p{i}" for i in range(rows)], "waarde": random.normal(size=rows)},
        geometry=shapely.box(x, y, x + 500, y + 500),
        crs=crs,
    )


def table() -> pd.DataFrame:
    return pd.DataFrame({"naam": ["Utrecht", "Zwolle"], "aantal": [3, 4], "deel": [0.5, None]})


def geopackage(
    folder: Path, frame: geopandas.GeoDataFrame | None = None, layer: str = "kaart"
) -> Path:
    file = folder / "kaart.gpkg"
    (squares() if frame is None else frame).to_file(
        file, driver="GPKG", layer=layer, append=file.exists()
    )
    return file


def shapefile(folder: Path, *, prj: bool = True) -> Path:
    parts = folder / "shp"
    parts.mkdir()
    squares().to_file(parts / "kaart.shp")
    files = {p.name: p.read_bytes() for p in parts.iterdir() if prj or p.suffix != ".prj"}
    return zipped(folder / "kaart.zip", files)


def geodatabase(folder: Path) -> Path:
    base = folder / "kaart.gdb"
    squares().to_file(base, driver="OpenFileGDB", layer="kaart")
    return zipped(
        folder / "gdb.zip", {f"kaart.gdb/{p.name}": p.read_bytes() for p in base.iterdir()}
    )


def workbook(folder: Path, sheets: Mapping[str, pd.DataFrame] | None = None) -> Path:
    file = folder / "tabel.xlsx"
    for name, frame in (sheets or {"Blad1": table()}).items():
        pyogrio.write_dataframe(frame, file, driver="XLSX", layer=name, append=file.exists())
    return file


def zipped(file: Path, files: Mapping[str, bytes]) -> Path:
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return file


def bomb(file: Path, megabytes: int = 200) -> Path:
    """Write a zip that is a thousand times as large unpacked."""
    return zipped(file, {"data.csv": b"a;b\n" + b"0" * (megabytes * 1024**2)})


def lying(file: Path) -> Path:
    """Write a zip whose directory says that its file is smaller than it is."""
    zipped(file, {"data.csv": b"a;b\n" + b"1;2\n" * 10_000})
    data = bytearray(file.read_bytes())
    at = data.rindex(b"PK\x01\x02")
    data[at + 24 : at + 28] = (8).to_bytes(4, "little")
    file.write_bytes(data)
    return file


def link(file: Path, target: str = "/etc/passwd") -> Path:
    """Write a zip with a symbolic link in it."""
    with zipfile.ZipFile(file, "w") as archive:
        entry = zipfile.ZipInfo("data.csv")
        entry.create_system, entry.external_attr = 3, 0o120777 << 16
        archive.writestr(entry, target)
    return file


def device(file: Path) -> Path:
    """Write a zip with a device in it."""
    with zipfile.ZipFile(file, "w") as archive:
        entry = zipfile.ZipInfo("data.csv")
        entry.create_system, entry.external_attr = 3, 0o020666 << 16
        archive.writestr(entry, b"")
    return file


def locked(file: Path) -> Path:
    """Write a zip that says it is encrypted."""
    zipped(file, {"data.csv": b"a;b\n1;2\n"})
    data = bytearray(file.read_bytes())
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(mark) + offset] |= 1
    file.write_bytes(data)
    return file


def csv_of(rows: int, columns: int = 8) -> bytes:
    """Return CSV with decimal commas."""
    out = io.StringIO()
    out.write(";".join(["id", "gemeente", "datum", *[f"w{i}" for i in range(columns - 3)]]) + "\n")
    random = np.random.default_rng(3)
    values = random.normal(100, 20, size=(rows, columns - 3)).round(3).astype(str)
    for i, row in enumerate(values):
        out.write(f"{i};{['Utrecht', 'Zwolle', 'Ede'][i % 3]};2024-{i % 12 + 1:02}-01;")
        out.write(";".join(row).replace(".", ",") + "\n")
    return out.getvalue().encode()
