"""Unpack a zip without believing anything it says."""

from __future__ import annotations

import stat
import zipfile
from pathlib import Path, PurePosixPath

from polderlab_catalog.ingest.formats import Format, format_of
from polderlab_catalog.ingest.trouble import Rejected
from polderlab_catalog.policy.ingests import Trouble

GIB = 1024**3
LARGEST = 100 * GIB
MOST_FILES = 2000
HIGHEST_RATIO = 200
"""Real data packs 5 to 30 times; a bomb a thousand times and more."""
RATIO_FROM = 100 * 1024**2
"""Bytes below which the ratio says nothing."""
_PIECE = 1024 * 1024
_SHAPEFILE = frozenset({"shp", "shx", "dbf", "prj", "cpg", "qix", "sbn", "sbx"})
_OTHER = frozenset({"csv", "txt", "tsv", "xlsx", "xls", "ods", "parquet", "gpkg", "geojson"})


def unpack(file: Path, into: Path) -> tuple[Path, Format]:
    """Unpack the one table or map in zip ``file``; return where it lies and what it is."""
    try:
        with zipfile.ZipFile(file) as archive:
            entries = [each for each in archive.infolist() if not _litter(each)]
            _inspect(entries)
            for entry in entries:
                _extract(archive, entry, into)
    except (zipfile.BadZipFile, NotImplementedError, EOFError):
        raise Rejected(Trouble.UNREADABLE, format="zip") from None
    return _the_one(into)


def inspect(file: Path) -> None:
    """Refuse a bomb that is opened by others (a spreadsheet is a zip as well)."""
    try:
        with zipfile.ZipFile(file) as archive:
            _inspect(archive.infolist())
    except (zipfile.BadZipFile, NotImplementedError):
        raise Rejected(Trouble.UNREADABLE, format="zip") from None


def _litter(entry: zipfile.ZipInfo) -> bool:
    parts = PurePosixPath(entry.filename).parts
    return entry.is_dir() or "__MACOSX" in parts or parts[-1:] == (".DS_Store",)


def _inspect(entries: list[zipfile.ZipInfo]) -> None:
    for entry in entries:
        path = PurePosixPath(entry.filename)
        kind = stat.S_IFMT(entry.external_attr >> 16)
        outside = path.is_absolute() or ".." in path.parts or "\\" in entry.filename
        if outside or "\0" in entry.filename or kind not in (0, stat.S_IFREG, stat.S_IFDIR):
            raise Rejected(Trouble.ZIP_UNSAFE, name=ascii(entry.filename[:80])[1:-1])
        if entry.flag_bits & 0x1:
            raise Rejected(Trouble.ENCRYPTED)
    size = sum(entry.file_size for entry in entries)
    packed = sum(entry.compress_size for entry in entries)
    bomb = size > RATIO_FROM and size > HIGHEST_RATIO * max(packed, 1)
    if size > LARGEST or len(entries) > MOST_FILES or bomb:
        raise Rejected(Trouble.ZIP_TOO_LARGE, limit=LARGEST // GIB, files=MOST_FILES)


def _extract(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, into: Path) -> None:
    target = into / PurePosixPath(entry.filename)
    target.parent.mkdir(parents=True, exist_ok=True)
    written = 0
    with archive.open(entry) as packed, target.open("xb") as unpacked:
        while piece := packed.read(_PIECE):
            written += len(piece)
            # What the directory says about sizes need not be true.
            if written > entry.file_size:
                raise Rejected(Trouble.ZIP_TOO_LARGE, limit=LARGEST // GIB, files=MOST_FILES)
            unpacked.write(piece)


def _the_one(folder: Path) -> tuple[Path, Format]:
    geodatabases = [each for each in folder.rglob("*") if each.suffix.lower() == ".gdb"]
    if (folder / "gdb").exists():  # packed from within its own folder
        geodatabases.append(folder)
    files = [each for each in folder.rglob("*") if each.is_file()]
    found = [(each, Format.GEODATABASE) for each in geodatabases if each.is_dir()]
    if not found:
        found = [(e, Format.SHAPEFILE) for e in files if _ending(e) == "shp"]
        tables = [each for each in files if _ending(each) in _OTHER]
        # A text file beside the data is a note about it.
        tables = [each for each in tables if _ending(each) != "txt"] or tables
        found += [(each, format_of(each)) for each in tables]
    if len(found) != 1 or found[0][1] is Format.ZIP:
        raise Rejected(Trouble.ZIP_NO_DATA)
    return found[0]


def _ending(file: Path) -> str:
    return file.suffix.lstrip(".").lower()
