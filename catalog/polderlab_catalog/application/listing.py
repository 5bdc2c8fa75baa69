"""What a session sees of what it may read: in brief, or all of it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, tzinfo

from polderlab import wire
from polderlab_catalog.application.entries import catalogue_entry
from polderlab_catalog.application.ports import Transaction
from polderlab_catalog.domain.datasets import Classification, Dataset, Version
from polderlab_catalog.domain.grants import Grant
from polderlab_catalog.domain.projects import Project
from polderlab_catalog.domain.reads import Brief
from polderlab_catalog.domain.texts import Text
from polderlab_catalog.policy.reading import last_day, live_grant, may_read


@dataclass(frozen=True, slots=True)
class Seen:
    """When and where something is seen: the moment, the time zone of days, the portal."""

    now: datetime
    zone: tzinfo
    portal_url: str


def names(t: Transaction, project: Project, language: str, seen: Seen) -> wire.Names:
    """Return what ``project`` may read, in brief."""
    organisations = {each.slug: each.name.in_(language) for each in t.organisations.all()}
    grants = _grants(t, project)
    days: dict[datetime, str] = {}  # many grants end together
    found = []
    for brief in t.reads.briefs(project.slug, language):
        mine = grants.get(brief.name, ())
        if not may_read(project, brief, mine, seen.now, seen.zone):
            continue
        grant = live_grant(mine, project.slug, brief.name, seen.now)
        if grant and grant.ends not in days:
            days[grant.ends] = last_day(grant, seen.zone)
        until = days[grant.ends] if grant else None
        found.append(_name(brief, organisations[brief.organisation], grant, until))
    return wire.Names(project.slug, f"{seen.portal_url}/datasets/", found)


def listing(t: Transaction, project: Project, language: str, seen: Seen) -> wire.Catalogue:
    """Return all about what ``project`` may read, as notebooks of older images ask it."""
    organisations = {each.slug: each.name for each in t.organisations.all()}
    grants = _grants(t, project)
    newest = t.datasets.newest_versions()
    entries = [
        entry(
            dataset,
            newest[dataset.name],
            organisations[dataset.organisation],
            live_grant(grants[dataset.name], project.slug, dataset.name, seen.now),
            language=language,
            seen=seen,
        )
        for dataset in t.datasets.all()
        if dataset.name in newest
        and may_read(project, dataset, grants[dataset.name], seen.now, seen.zone)
    ]
    return wire.Catalogue(project=project.slug, datasets=entries)


def entry(
    dataset: Dataset,
    version: Version,
    organisation: Text,
    grant: Grant | None,
    *,
    language: str,
    seen: Seen,
) -> wire.CatalogueEntry:
    """Return how a session sees one dataset."""
    return catalogue_entry(
        dataset,
        version,
        organisation,
        grant,
        language=language,
        zone=seen.zone,
        portal_url=seen.portal_url,
    )


def _grants(t: Transaction, project: Project) -> defaultdict[str, list[Grant]]:
    found = defaultdict(list)
    for grant in t.grants.find(project=project.slug):
        found[grant.dataset].append(grant)
    return found


def _name(brief: Brief, organisation: str, grant: Grant | None, until: str | None) -> wire.Name:
    public = brief.classification is Classification.PUBLIC
    part = grant is not None and not public and not grant.scope.whole
    return wire.Name(
        name=brief.name,
        title=brief.title,
        organisation=organisation,
        classification=brief.classification.value,
        # of a part it would tell how many there are in all
        rows=None if part else brief.rows,
        until=until,
    )
