"""Datasets, their versions and files in the database."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    ColumnElement,
    Connection,
    Date,
    ForeignKey,
    Index,
    Integer,
    RowMapping,
    String,
    Table,
    delete,
    false,
    func,
    select,
    tuple_,
)

from polderlab_catalog.application import ports
from polderlab_catalog.domain.datasets import Classification, Dataset, Distribution, Version
from polderlab_catalog.domain.quality import OnFailure
from polderlab_catalog.storage.distributions import Distributions
from polderlab_catalog.storage.quality import check_json, check_of
from polderlab_catalog.storage.rows import many, one, upsert
from polderlab_catalog.storage.search import Document, Search
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
    Column("place", String, nullable=False, server_default=""),
    Column("contact", String, nullable=False, server_default=""),
    Column("frequency", String, nullable=False, server_default=""),
    Column("language", String, nullable=False, server_default="NLD"),
    Column("starts", Date),
    Column("ends", Date),
    Column("hvd_category", String, nullable=False, server_default=""),
    Column("open_download", Boolean, nullable=False, server_default=false()),
    Column("remote", String, nullable=False, server_default=""),
    Column("checks", JSON, nullable=False, server_default="[]"),
    Column("on_failure", String, nullable=False, server_default="mark"),
    Index(None, "classification", "name"),
)

versions = Table(
    "versions",
    metadata,
    Column("dataset", ForeignKey("datasets.name"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("created", Instant, nullable=False),
    Column("note", Bilingual, nullable=False),
    Column("withdrawn", Boolean, nullable=False),
    Column("withdrawn_reason", String, nullable=False, server_default=""),
    Column("project", String, nullable=False, server_default=""),
    Column("derived_from", JSON, nullable=False, server_default="[]"),
    Column("marked", Boolean, nullable=False, server_default=false()),
)


class Datasets(ports.Datasets):
    """Datasets by name; versions by dataset and number."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._distributions = Distributions(connection)
        self._search = Search(connection)

    def get(self, name: str) -> Dataset | None:
        row = one(self._connection, datasets, datasets.c.name == name)
        return dataset_of(row) if row else None

    def all(self) -> Sequence[Dataset]:
        return [dataset_of(row) for row in many(self._connection, datasets)]

    def listed(
        self, *, public_only: bool, offset: int, limit: int
    ) -> tuple[Sequence[Dataset], int]:
        readable = select(versions.c.dataset).where(
            versions.c.dataset == datasets.c.name, ~versions.c.withdrawn
        )
        where = [datasets.c.remote == "", readable.exists()]
        if public_only:
            where.append(datasets.c.classification == Classification.PUBLIC.value)
        page = select(datasets).where(*where).order_by(datasets.c.name).offset(offset).limit(limit)
        found = [dataset_of(row) for row in self._connection.execute(page).mappings()]
        count = select(func.count()).select_from(datasets).where(*where)
        return found, self._connection.execute(count).scalar_one()

    def drafts(self) -> Sequence[Dataset]:
        published = select(versions.c.dataset).where(versions.c.dataset == datasets.c.name)
        where = (datasets.c.remote == "", ~published.exists())
        page = select(datasets).where(*where).order_by(datasets.c.name)
        return [dataset_of(row) for row in self._connection.execute(page).mappings()]

    def remove(self, name: str) -> bool:
        self._search.remove(name)
        gone = self._connection.execute(delete(datasets).where(datasets.c.name == name))
        return gone.rowcount > 0

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
                "place": dataset.place,
                "contact": dataset.contact,
                "frequency": dataset.frequency,
                "language": dataset.language,
                "starts": dataset.period[0] if dataset.period else None,
                "ends": dataset.period[1] if dataset.period else None,
                "hvd_category": dataset.hvd_category,
                "open_download": dataset.open_download,
                "remote": dataset.remote,
                "checks": [check_json(check) for check in dataset.checks],
                "on_failure": dataset.on_failure.value,
            },
        )
        self._index(dataset)

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

    def some(self, names: Collection[str]) -> Mapping[str, Dataset]:
        rows = many(self._connection, datasets, datasets.c.name.in_(sorted(names)))
        return {row["name"]: dataset_of(row) for row in rows}

    def newest_versions(self, names: Collection[str] | None = None) -> Mapping[str, Version]:
        newest = (
            select(versions.c.dataset, func.max(versions.c.number))
            .where(~versions.c.withdrawn)
            .group_by(versions.c.dataset)
        )
        if names is not None:
            newest = newest.where(versions.c.dataset.in_(sorted(names)))
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
                "withdrawn_reason": version.withdrawn_reason,
                "project": version.project,
                "derived_from": list(version.derived_from),
                "marked": version.marked,
            },
        )
        self._distributions.put(version)
        dataset = self.get(version.dataset)
        if dataset is not None:
            self._index(dataset)

    def _index(self, dataset: Dataset) -> None:
        newest = self.version(dataset.name)
        known = select(versions.c.dataset).where(versions.c.dataset == dataset.name).limit(1)
        # A draft is found by nobody; what was withdrawn is, so that people learn it was.
        if newest or dataset.remote or self._connection.execute(known).first():
            self._search.put(Document.of(dataset, newest))
        else:
            self._search.remove(dataset.name)

    def _versions(self, *where: ColumnElement[bool]) -> list[Version]:
        """Two queries, however many versions: the versions, and the files of them all."""
        rows = many(self._connection, versions, *where)
        files = self._distributions.of({(row["dataset"], row["number"]) for row in rows})
        return [version_of(row, files.get((row["dataset"], row["number"]), ())) for row in rows]


def dataset_of(row: RowMapping) -> Dataset:
    """Return the dataset of a row."""
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
        place=row["place"],
        contact=row["contact"],
        frequency=row["frequency"],
        language=row["language"],
        period=(row["starts"], row["ends"]) if row["starts"] and row["ends"] else None,
        hvd_category=row["hvd_category"],
        open_download=row["open_download"],
        remote=row["remote"],
        checks=tuple(check_of(check) for check in row["checks"]),
        on_failure=OnFailure(row["on_failure"]),
    )


def version_of(row: Mapping[Any, Any], files: tuple[Distribution, ...]) -> Version:
    """Return the version of a row, with its files."""
    return Version(
        dataset=row["dataset"],
        number=row["number"],
        created=row["created"],
        distributions=files,
        note=row["note"],
        withdrawn=row["withdrawn"],
        withdrawn_reason=row["withdrawn_reason"],
        project=row["project"],
        derived_from=tuple(row["derived_from"]),
        marked=row["marked"],
    )
