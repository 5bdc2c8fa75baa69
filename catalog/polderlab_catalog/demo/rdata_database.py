"""Read one data frame from an R package, without R.

R keeps a package's data in a "lazy-load database": an index (``.rdx``) of where in the blob
(``.rdb``) each object lies, as offset and length. An object is its unpacked length (four
bytes, big-endian), then a zlib stream with the serialised object.
https://cran.r-project.org/doc/manuals/r-release/R-ints.html#Lazy-loading
"""

from __future__ import annotations

import subprocess
import tarfile
import zlib
from io import BytesIO
from pathlib import Path
from typing import Any

import pandas as pd
import rdata

from polderlab_catalog.demo.errors import SourceChangedError


def read_frame(package: Path, library: str, name: str) -> pd.DataFrame:
    """Return data frame ``name`` of R ``library`` from Debian package file ``package``."""
    folder = f"./usr/lib/R/site-library/{library}/data"
    index, blob = _unpack(package, [f"{folder}/Rdata.rdx", f"{folder}/Rdata.rdb"])
    listed = _convert(zlib.decompress(index, wbits=zlib.MAX_WBITS | 32))
    places = {str(key): place for key, place in listed["variables"].items()}
    if name not in places:
        message = f"{package.name} holds no {name!r} any more."
        raise SourceChangedError(message)
    start, length = (int(number) for number in places[name])
    frame = _convert(zlib.decompress(blob[start + 4 : start + length]))
    if not isinstance(frame, pd.DataFrame):
        message = f"{name!r} in {package.name} is no table any more."
        raise SourceChangedError(message)
    return frame


def _unpack(package: Path, members: list[str]) -> list[bytes]:
    archive = subprocess.run(  # noqa: S603
        ["dpkg-deb", "--fsys-tarfile", str(package)],  # noqa: S607
        check=True,
        capture_output=True,
    ).stdout
    with tarfile.open(fileobj=BytesIO(archive)) as tar:
        files = [tar.extractfile(member) for member in members]
        return [file.read() for file in files if file is not None]


def _convert(serialised: bytes) -> Any:
    return rdata.conversion.convert(rdata.parser.parse_data(serialised, extension=".rds"))
