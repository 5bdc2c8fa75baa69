"""Datasets, their versions and files in the database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    ColumnElement,
    Connection,
    ForeignKey,
    Integer,
    RowMapping,
    String,
    Table,
    func,
    select,
    tuple_,
)

from polderlab_catalog.application import ports
from polderlab_catalog.domain.datasets import Classification, Dataset, Version
from polderlab_catalog.storage.distributions import Distributions
from polderlab_catalog.storage.rows import many, one, upsert
from polderlab_catalog.storage.types import Bilingual, Instant, metadata

datasets = Table(
    "datasets",
    metadata,
    Column("name", String, primary_key=True),
    Column("title", Bilingual, nullable=False),
    Column("description", Bilingual, nullable=False),
    Column("organisation", ForeignKey("organisations.slug"), nullable=False, index=True),
    Column("steward", String, nullable=False),
    Column("classification", String, nullable=False),
    Column("licence", String, nullable=False),
    Column("source", String, nullable=False),
    Column("theme", String, nullable=False),
    Column("keywords", JSON, nullable=False),
)

versions = Table(
    "versions",
    metadata,
    Column("dataset", ForeignKey("datasets.name"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("created", Instant, nullable=False),
    Column("note", Bilingual, nullable=False),
    Column("withdrawn", Boolean, nullable=False),
)


class Datasets(ports.Datasets):
    """Datasets by name; versions by dataset and number."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._distributions = Distributions(connection)

    def get(self, name: str) -> Dataset | None:
        row = one(self._connection, datasets, datasets.c.name == name)
        return _dataset(row) if row else None

    def all(self) -> Sequence[Dataset]:
        return [_dataset(row) for row in many(self._connection, datasets)]

    def put(self, dataset: Dataset) -> None:
        upsert(
            self._connection,
            datasets,
            {
                "name": dataset.name,
                "title": dataset.title,
                "description": dataset.description,
                "organisation": dataset.organisation,
                "steward": dataset.steward,
                "classification": dataset.classification.value,
                "licence": dataset.licence,
                "source": dataset.source,
                "theme": dataset.theme,
                "keywords": list(dataset.keywords),
            },
        )

    def version(self, name: str, number: int | None = None) -> Version | None:
        if number is not None:
            wanted = versions.c.number == number
        else:
            newest = select(func.max(versions.c.number)).where(
                versions.c.dataset == name, ~versions.c.withdrawn
            )
            wanted = versions.c.number == newest.scalar_subquery()
        return next(iter(self._versions(versions.c.dataset == name, wanted)), None)

    def versions(self, name: str) -> Sequence[Version]:
        return self._versions(versions.c.dataset == name)

    def newest_versions(self) -> Mapping[str, Version]:
        newest = (
            select(versions.c.dataset, func.max(versions.c.number))
            .where(~versions.c.withdrawn)
            .group_by(versions.c.dataset)
        )
        found = self._versions(tuple_(versions.c.dataset, versions.c.number).in_(newest))
        return {version.dataset: version for version in found}

    def put_version(self, version: Version) -> None:
        upsert(
            self._connection,
            versions,
            {
                "dataset": version.dataset,
                "number": version.number,
                "created": version.created,
                "note": version.note,
                "withdrawn": version.withdrawn,
            },
        )
        self._distributions.put(version)

    def _versions(self, *where: ColumnElement[bool]) -> list[Version]:
        """Two queries, however many versions: the versions, and the files of them all."""
        rows = many(self._connection, versions, *where)
        files = self._distributions.of({(row["dataset"], row["number"]) for row in rows})
        return [
            Version(
                dataset=row["dataset"],
                number=row["number"],
                created=row["created"],
                distributions=files.get((row["dataset"], row["number"]), ()),
                note=row["note"],
                withdrawn=row["withdrawn"],
            )
            for row in rows
        ]


def _dataset(row: RowMapping) -> Dataset:
    return Dataset(
        name=row["name"],
        title=row["title"],
        description=row["description"],
        organisation=row["organisation"],
        steward=row["steward"],
        classification=Classification(row["classification"]),
        licence=row["licence"],
        source=row["source"],
        theme=row["theme"],
        keywords=tuple(row["keywords"]),
    )
