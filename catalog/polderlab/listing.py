"""The gateway's listing, read into the wire's classes."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from typing import Any, TypeVar

from polderlab.wire import Catalogue, CatalogueEntry, CatalogueFile

T = TypeVar("T")


def catalogue(body: bytes) -> Catalogue:
    """Read the answer to ``GET {gateway}/datasets``.

    Fields this client does not know are left out, so that a newer lab serves older images.
    """
    told = json.loads(body)
    entries = [
        _known(
            CatalogueEntry,
            {**entry, "files": [_known(CatalogueFile, file) for file in entry["files"]]},
        )
        for entry in told["datasets"]
    ]
    return Catalogue(project=told["project"], datasets=entries)


def find(listing: Catalogue, name: str) -> CatalogueEntry | None:
    """Return the dataset called ``name``, if the session may read it."""
    return next((entry for entry in listing.datasets if entry.name == name), None)


def _known(cls: type[T], fields: Mapping[str, Any]) -> T:
    names = {field.name for field in dataclasses.fields(cls)}  # type: ignore[arg-type]
    return cls(**{name: value for name, value in fields.items() if name in names})
