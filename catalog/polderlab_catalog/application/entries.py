"""How a session sees a dataset it may read: from the register to the wire."""

from __future__ import annotations

from datetime import tzinfo

from polderlab import wire
from polderlab_catalog.domain.datasets import Dataset, Version
from polderlab_catalog.domain.grants import Grant
from polderlab_catalog.domain.texts import Text
from polderlab_catalog.policy.reading import last_day


def catalogue_entry(
    dataset: Dataset,
    version: Version,
    organisation: Text,
    grant: Grant | None,
    *,
    language: str,
    zone: tzinfo,
    portal_url: str,
) -> wire.CatalogueEntry:
    """Return ``dataset`` at ``version`` as ``GET /v1/datasets`` lists it, in ``language``."""
    return wire.CatalogueEntry(
        name=dataset.name,
        version=version.number,
        title=dataset.title.in_(language),
        description=dataset.description.in_(language),
        organisation=organisation.in_(language),
        steward=dataset.steward,
        classification=dataset.classification.value,
        licence=dataset.licence,
        source=dataset.source,
        files=[
            wire.CatalogueFile(
                name=file.name,
                media_type=file.media_type,
                bytes=file.bytes,
                sha256=file.sha256,
                geo=file.geo,
                rows=file.rows,
                crs=file.crs,
            )
            for file in version.data
        ],
        until=last_day(grant, zone) if grant else None,
        page=f"{portal_url}/datasets/{dataset.name}",
        fields={
            column.name: meaning
            for file in version.data
            for column in file.columns
            if (meaning := column.meaning.in_(language))
        },
    )
