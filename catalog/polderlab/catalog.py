"""The live Intake catalogue of a session.

Intake imports this module when it is imported itself (entry point ``intake.imports``). Inside
a session ``intake.cat`` then is this catalogue, and ``intake.open_catalog`` of the session's
``catalog.yml`` opens it too. Outside a session Intake stays as it was.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fsspec
import intake
import yaml
from intake.readers.datatypes import BaseData, Parquet
from intake.readers.entry import Catalog, DataDescription, ReaderDescription
from intake.readers.readers import BaseReader, GeoPandasTabular, PandasParquet

from polderlab import live
from polderlab.filesystem import LISTING_SECONDS, LabPath
from polderlab.table import MOST_SHOWN, as_html
from polderlab.versions import Versions
from polderlab.wire import (
    LIVE_MEDIA_TYPE,
    Catalogue,
    CatalogueEntry,
    CatalogueFile,
    Names,
    SessionEnvironment,
)

MARK = "polderlab.catalog:LabCatalog"


class LabCatalog(Catalog):
    """What this session's project may read now; asked again when older than a few seconds.

    ``cat["name"].read()`` gives a DataFrame or GeoDataFrame, ``cat["name"].metadata`` tells
    where it comes from, ``cat["name/file.parquet"]`` picks one of several files.
    """

    def __init__(self) -> None:
        super().__init__(metadata={"name": "polderlab"})

    @property
    def names(self) -> Names:
        """What the project may read, in brief."""
        found: Names = fsspec.filesystem("lab").names(LISTING_SECONDS)
        return found

    @property
    def listing(self) -> Catalogue:
        """All about all that the project may read. It can be long; see :attr:`names`."""
        found: Catalogue = fsspec.filesystem("lab").catalogue()
        return found

    # Intake's own methods go by these two; both are what the gateway says now.
    @property
    def aliases(self) -> dict[str, str]:
        """The datasets by name."""
        return {each.name: each.name for each in self.names.datasets}

    @aliases.setter
    def aliases(self, _: object) -> None: ...

    @property
    def entries(self) -> dict[str, ReaderDescription]:
        """The datasets as Intake's descriptions."""
        return {entry.name: _description(entry) for entry in self.listing.datasets}

    @entries.setter
    def entries(self, _: object) -> None: ...

    def __getitem__(self, item: str) -> BaseReader:
        """Return the reader of a dataset.

        ``PermissionError`` says why the project may not read it and where to ask,
        ``KeyError`` that there is none and what there is.
        """
        try:
            lab = fsspec.filesystem("lab")
            asked = LabPath.parse(str(item))
            entry = lab.entry(asked)  # raises with the gateway's own reason
            if asked.file:
                lab.info(str(item))
        except FileNotFoundError as error:
            raise UnknownDatasetError(str(error)) from None
        return _reader(entry, asked)

    def __getattr__(self, item: str) -> BaseReader:
        self.tab_completion_fixer(item)
        if item.startswith("_"):
            raise AttributeError(item)
        try:
            return self[item]
        except KeyError as error:
            raise AttributeError(str(error)) from None

    def __contains__(self, thing: object) -> bool:
        return str(getattr(thing, "token", thing)) in self.aliases

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self.aliases))

    def __call__(self, **_: object) -> LabCatalog:
        return self

    def add_entry(self, *_: object, **__: object) -> str:
        """Refuse: what stands here is decided by grants."""
        raise TypeError(
            "This catalogue shows what the lab grants your project and cannot be changed here. "
            "Make your own with intake.Catalog()."
        )

    def __repr__(self) -> str:
        found = self.names
        shown = found.datasets[:MOST_SHOWN]
        width = max((len(each.name) for each in shown), default=0)
        lines = [f"  {each.name:<{width}}  {each.title}" for each in shown]
        more = len(found.datasets) - len(shown)
        lines += [f"  and {more} more: list(cat)"] if more else []
        return "\n".join([f"Datasets that project {found.project} may read:", *lines])

    def _ipython_key_completions_(self) -> list[str]:
        return list(self)

    def _repr_html_(self) -> str:
        return as_html(self.names, os.environ.get(SessionEnvironment.LANGUAGE, "nl"))


class UnknownDatasetError(KeyError):
    """A KeyError that shows its sentence as it is, line breaks and all."""

    def __str__(self) -> str:
        return str(self.args[0])


def _reader(entry: CatalogueEntry, asked: LabPath) -> BaseReader:
    """Return the reader of what was asked, exactly: Intake's own guess may pick another."""
    file = next((file for file in entry.files if file.name == asked.file), entry.files[0])
    dataset = f"{entry.name}@{asked.version}" if asked.version else entry.name
    metadata = _about(entry) | _about_file(file)
    data = _data_class(file)(f"lab://{dataset}/{asked.file or file.name}")
    return _reader_class(file)(data=data, metadata=metadata)


def _description(entry: CatalogueEntry) -> ReaderDescription:
    file = entry.files[0]
    url = f"lab://{entry.name}/{file.name}"
    described = ReaderDescription(
        reader=_reader_class(file).qname(),
        kwargs={"data": DataDescription(_data_class(file).qname(), {"url": url})},
        metadata=_about(entry) | _about_file(file),
        output_instance=_reader_class(file).output_instance,
    )
    described._tok = entry.name
    return described


def _data_class(file: CatalogueFile) -> type[BaseData]:
    found: type[BaseData] = live.LiveSource if _is_live(file) else Parquet
    return found


def _is_live(file: CatalogueFile) -> bool:
    return file.media_type == LIVE_MEDIA_TYPE


class LabTable(Versions, PandasParquet):
    """A table of the lab."""


class LabLayer(Versions, GeoPandasTabular):
    """A map layer of the lab."""


def _reader_class(file: CatalogueFile) -> type[BaseReader]:
    if _is_live(file):
        return live.LiveFeatures if file.geo else live.LiveTable
    reader: type[BaseReader] = LabLayer if file.geo else LabTable
    return reader


def _about(entry: CatalogueEntry) -> dict[str, Any]:
    return {
        "title": entry.title,
        "description": entry.description,
        "organisation": entry.organisation,
        "steward": entry.steward,
        "classification": entry.classification,
        "licence": entry.licence,
        "source": entry.source,
        "version": entry.version,
        "until": entry.until,
        "page": entry.page,
        "columns": dict(entry.fields),
        "files": [file.name for file in entry.files],
    }


def _about_file(file: CatalogueFile) -> dict[str, Any]:
    about = {"rows": file.rows, "crs": file.crs}
    if _is_live(file):  # how large it is shows at each read
        return about | {"live": True}
    return about | {"bytes": file.bytes, "sha256": file.sha256}


def open_yaml(uri: str, **options: Any) -> Any:
    """Open a catalogue file as ``intake.open_catalog`` does, or the session's own."""
    if _is_ours(uri):
        return LabCatalog()
    from intake.catalog.local import YAMLFileCatalog  # only here: slow to import

    return YAMLFileCatalog(uri, **options)


def _from_yaml_file(path: str, **options: Any) -> Catalog:
    return LabCatalog() if _is_ours(path) else _INTAKES_OWN(path, **options)


_INTAKES_OWN = Catalog.from_yaml_file


def _is_ours(uri: str) -> bool:
    path = Path(str(uri))
    if not path.is_file() or path.stat().st_size > 10_000:
        return False
    stated = yaml.safe_load(path.read_text(encoding="utf-8"))
    metadata = stated.get("metadata") if isinstance(stated, dict) else None
    return isinstance(metadata, dict) and metadata.get("catalogue") == MARK


def take_over() -> None:
    """Make Intake open the session's catalogue by its usual ways."""
    intake.registry.drivers.register_driver("yaml_file_cat", f"{__name__}:open_yaml", clobber=True)
    # On the class too: Intake takes its own name for it after it has imported this module.
    Catalog.from_yaml_file = staticmethod(_from_yaml_file)
    intake.from_yaml_file = _from_yaml_file
    intake.cat = LabCatalog()


if os.environ.get(SessionEnvironment.GATEWAY):
    take_over()
