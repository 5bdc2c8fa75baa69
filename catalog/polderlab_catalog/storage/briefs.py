"""A long list of datasets in one statement, fetching no more than the list shows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import JSON, Connection, func, select, type_coerce, union

from polderlab_catalog.domain.datasets import Classification, DistributionRole
from polderlab_catalog.domain.reads import Brief
from polderlab_catalog.storage.datasets import datasets, versions
from polderlab_catalog.storage.distributions import distributions
from polderlab_catalog.storage.grants import grants


def briefs(connection: Connection, project: str, language: str) -> list[Brief]:
    """Return the public datasets and those of which ``project`` has or had a grant."""
    # a union, not an "or": each half has an index
    wanted = union(
        select(grants.c.dataset.label("name")).where(grants.c.project == project),
        select(datasets.c.name).where(datasets.c.classification == Classification.PUBLIC.value),
    ).subquery()
    newest = (
        select(func.max(versions.c.number))
        .where(versions.c.dataset == datasets.c.name, ~versions.c.withdrawn)
        .correlate(datasets)
        .scalar_subquery()
    )
    # per dataset, not grouped: the databases would sort all the texts to group by them
    counted = (
        select(func.sum(distributions.c.rows))
        .where(
            distributions.c.dataset == datasets.c.name,
            distributions.c.version == newest,
            distributions.c.role != DistributionRole.ORIGINAL.value,
        )
        .correlate(datasets)
        .scalar_subquery()
    )
    told = type_coerce(datasets.c.title, JSON)
    other = "en" if language == "nl" else "nl"
    readable = select(versions.c.number).where(
        versions.c.dataset == datasets.c.name, ~versions.c.withdrawn
    )
    statement = (
        select(
            datasets.c.name,
            told[language].as_string(),
            told[other].as_string(),
            datasets.c.organisation,
            datasets.c.classification,
            datasets.c.steward,
            counted,
        )
        .join_from(wanted, datasets, wanted.c.name == datasets.c.name)
        .where(readable.exists())
    )
    rows: Sequence[Any] = connection.execute(statement).all()
    found = [
        Brief(
            name,
            title or fallback,
            organisation,
            Classification(classification),
            steward,
            None if count is None else int(count),
        )
        for name, title, fallback, organisation, classification, steward, count in rows
    ]
    # here, not in the database: collations differ
    return sorted(found, key=lambda brief: brief.name)
