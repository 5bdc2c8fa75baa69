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
from intake.readers.datatypes import Parquet
from intake.readers.entry import Catalog, DataDescription, ReaderDescription
from intake.readers.readers import BaseReader, GeoPandasTabular, PandasParquet

from polderlab import errors, listing
from polderlab.filesystem import LISTING_SECONDS
from polderlab.table import as_html
from polderlab.wire import Catalogue, CatalogueEntry, CatalogueFile, SessionEnvironment

MARK = "polderlab.catalog:LabCatalog"


class LabCatalog(Catalog):  # type: ignore[misc]  # Intake is untyped
    """What this session's project may read now; asked again when older than a few seconds.

    ``cat["name"].read()`` gives a DataFrame or GeoDataFrame, ``cat["name"].metadata`` tells
    where it comes from, ``cat["name/file.parquet"]`` picks one of several files.
    """

    def __init__(self) -> None:
        super().__init__(metadata={"name": "polderlab"})

    @property
    def listing(self) -> Catalogue:
        """The gateway's own listing."""
        found: Catalogue = fsspec.filesystem("lab").catalogue(LISTING_SECONDS)
        return found

    # Intake's own methods go by these four; each is what the gateway says now.
    @property
    def aliases(self) -> dict[str, str]:
        """The datasets by name."""
        return {entry.name: entry.name for entry in self.listing.datasets}

    @property
    def entries(self) -> dict[str, ReaderDescription]:
        """The datasets as Intake's descriptions."""
        return {entry.name: _description(entry) for entry in self.listing.datasets}

    @aliases.setter
    def aliases(self, _: object) -> None: ...

    @entries.setter
    def entries(self, _: object) -> None: ...

    def __getitem__(self, item: str) -> BaseReader:
        """Return the reader of a dataset.

        ``PermissionError`` says why the project may not read it and where to ask,
        ``KeyError`` that there is none and what there is.
        """
        name, _, file_name = str(item).partition("/")
        entry = listing.find(self.listing, name)
        for file in entry.files if entry else ():
            if file_name in ("", file.name):
                return _reader(entry, file)
        filesystem = fsspec.filesystem("lab")
        try:
            filesystem.info(item)
        except FileNotFoundError as error:
            raise _Missing(str(error)) from None
        return self[item] if name in self.aliases else self._versioned(item)

    def _versioned(self, item: str) -> BaseReader:
        raise _Missing(f"{item!r} is no dataset. {errors.choices(item, self.aliases)}")

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
        found = self.listing
        width = max((len(entry.name) for entry in found.datasets), default=0)
        lines = [f"  {entry.name:<{width}}  {entry.title}" for entry in found.datasets]
        return "\n".join([f"Datasets that project {found.project} may read:", *lines])

    def _repr_html_(self) -> str:
        return as_html(self.listing, os.environ.get(SessionEnvironment.LANGUAGE, "nl"))


class _Missing(KeyError):
    """A KeyError that shows its sentence as it is, line breaks and all."""

    def __str__(self) -> str:
        return str(self.args[0])


def _reader(entry: CatalogueEntry, file: CatalogueFile) -> BaseReader:
    cls = GeoPandasTabular if file.geo else PandasParquet
    return cls(data=Parquet(_url(entry, file)), metadata=_metadata(entry, file))


def _description(entry: CatalogueEntry) -> ReaderDescription:
    file = entry.files[0]
    cls = GeoPandasTabular if file.geo else PandasParquet
    described = ReaderDescription(
        reader=cls.qname(),
        kwargs={"data": DataDescription(Parquet.qname(), {"url": _url(entry, file)})},
        metadata=_metadata(entry, file),
        output_instance=cls.output_instance,
    )
    described._tok = entry.name
    return described


def _url(entry: CatalogueEntry, file: CatalogueFile) -> str:
    return f"lab://{entry.name}/{file.name}"


def _metadata(entry: CatalogueEntry, file: CatalogueFile) -> dict[str, Any]:
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
        "rows": file.rows,
        "crs": file.crs,
        "bytes": file.bytes,
        "sha256": file.sha256,
        "files": [one.name for one in entry.files],
    }


def open_yaml(uri: str, **options: Any) -> Any:
    """Open a catalogue file as Intake does, and the session's own as :class:`LabCatalog`."""
    path = Path(str(uri))
    if path.is_file() and path.stat().st_size < 10_000:
        stated = yaml.safe_load(path.read_text(encoding="utf-8"))
        metadata = stated.get("metadata") if isinstance(stated, dict) else None
        if isinstance(metadata, dict) and metadata.get("catalogue") == MARK:
            return LabCatalog()
    from intake.catalog.local import YAMLFileCatalog

    return YAMLFileCatalog(uri, **options)


def take_over() -> None:
    """Make Intake open the session's catalogue by its usual ways."""
    intake.registry.drivers.register_driver("yaml_file_cat", f"{__name__}:open_yaml", clobber=True)
    intake.cat = LabCatalog()


if os.environ.get(SessionEnvironment.GATEWAY):
    take_over()
