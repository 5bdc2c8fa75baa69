"""A long list of datasets in one statement, fetching no more than the list shows."""

from __future__ import annotations

from sqlalchemy import JSON, Connection, func, or_, select, type_coerce

from polderlab_catalog.domain.datasets import Classification, DistributionRole
from polderlab_catalog.domain.reads import Brief
from polderlab_catalog.storage.datasets import datasets, versions
from polderlab_catalog.storage.distributions import distributions
from polderlab_catalog.storage.grants import grants


def briefs(connection: Connection, project: str, language: str) -> list[Brief]:
    """Return the public datasets and those of which ``project`` has or had a grant."""
    granted = select(grants.c.dataset).where(grants.c.project == project)
    wanted = or_(
        datasets.c.classification == Classification.PUBLIC.value, datasets.c.name.in_(granted)
    )
    newest = (
        select(func.max(versions.c.number))
        .where(versions.c.dataset == datasets.c.name, ~versions.c.withdrawn)
        .scalar_subquery()
    )
    rows = (
        select(func.sum(distributions.c.rows))
        .where(
            distributions.c.dataset == datasets.c.name,
            distributions.c.version == newest,
            distributions.c.role != DistributionRole.ORIGINAL.value,
        )
        .scalar_subquery()
    )
    told = type_coerce(datasets.c.title, JSON)
    other = "en" if language == "nl" else "nl"
    statement = select(
        datasets.c.name,
        told[language].as_string(),
        told[other].as_string(),
        datasets.c.organisation,
        datasets.c.classification,
        datasets.c.steward,
        rows,
    ).where(wanted, newest.is_not(None))
    found = [
        Brief(
            name,
            title or fallback,
            organisation,
            Classification(classification),
            steward,
            None if count is None else int(count),
        )
        for name, title, fallback, organisation, classification, steward, count in (
            connection.execute(statement).all()
        )
    ]
    # here, not in the database: collations differ
    return sorted(found, key=lambda brief: brief.name)
