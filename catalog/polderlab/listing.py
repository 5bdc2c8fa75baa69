"""The gateway's listing, read into the wire's classes."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from typing import Any, TypeVar

from polderlab.wire import Catalogue, CatalogueEntry, CatalogueFile, Name, Names

T = TypeVar("T")


def catalogue(body: bytes) -> Catalogue:
    """Read the answer to ``GET {gateway}/datasets``.

    Fields this client does not know are left out, so that a newer lab serves older images.
    """
    told = json.loads(body)
    return Catalogue(told["project"], [_entry(each) for each in told["datasets"]])


def entry(body: bytes) -> CatalogueEntry:
    """Read the answer to ``GET {gateway}/datasets/{name}``."""
    return _entry(json.loads(body))


def names(body: bytes) -> Names:
    """Read the answer to ``GET {gateway}/names``."""
    told = json.loads(body)
    known = [field.name for field in dataclasses.fields(Name)]
    # by position: there can be ten thousand, and what is left out may be None
    found = [Name(*map(each.get, known)) for each in told["datasets"]]
    return Names(told["project"], told["pages"], found)


def find(listing: Catalogue, name: str) -> CatalogueEntry | None:
    """Return the dataset called ``name``, if the session may read it."""
    return next((entry for entry in listing.datasets if entry.name == name), None)


def _entry(told: Mapping[str, Any]) -> CatalogueEntry:
    files = [_known(CatalogueFile, file) for file in told["files"]]
    return _known(CatalogueEntry, {**told, "files": files})


def _known(cls: type[T], fields: Mapping[str, Any]) -> T:
    names = {field.name for field in dataclasses.fields(cls)}  # type: ignore[arg-type]
    return cls(**{name: value for name, value in fields.items() if name in names})
