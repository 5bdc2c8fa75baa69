"""The catalogue people browse: every description for everyone, access per project."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, tzinfo

from polderlab_catalog.application.cards import Cards, DatasetCard, ProjectAccess, Viewer
from polderlab_catalog.application.lookups import the_dataset, the_organisation
from polderlab_catalog.application.ports import Clock, Register, Transaction
from polderlab_catalog.application.search import MOST, Facet, SearchQuery, Sort
from polderlab_catalog.domain.actors import Actor
from polderlab_catalog.domain.datasets import Classification, Dataset, Version
from polderlab_catalog.domain.grants import Grant
from polderlab_catalog.domain.organisations import Organisation
from polderlab_catalog.domain.people import Person
from polderlab_catalog.domain.texts import Text

__all__ = ["Catalogue", "DatasetCard", "Found", "ProjectAccess"]


@dataclass(frozen=True, slots=True)
class Found:
    """A page of what was found: its cards, how many datasets there are in all, per facet how many
    fit each value, and the organisations by slug."""

    cards: tuple[DatasetCard, ...]
    total: int
    facets: Mapping[Facet, Mapping[str, int]]
    page: int
    pages: int
    organisations: Mapping[str, Organisation]


class Catalogue:
    """Finds datasets and tells which of one's projects may read them."""

    def __init__(self, register: Register, clock: Clock, *, timezone: tzinfo = UTC) -> None:
        self._register, self._clock, self._timezone = register, clock, timezone

    def search(self, person: Person, query: SearchQuery) -> Found:
        """Return the page of ``query`` as ``person`` sees it."""
        with self._register.read() as t:
            return self._search(t, Viewer.person(t, person, self._today()), query)

    def search_for_project(self, username: str, project: str, query: SearchQuery) -> Found:
        """Return the page of ``query`` as ``username`` sees it from within ``project`` alone.

        For a session, which belongs to one project and must not tell of others.
        """
        with self._register.read() as t:
            viewer = Viewer.member(t, username, project, self._today())
            return self._search(t, viewer, query)

    def cards(self, person: Person | None) -> list[DatasetCard]:
        """Return a card of every dataset, by title; last come those that never had a version.

        Without a ``person`` they are as an operator sees them: all grants, no projects of mine.
        """
        with self._register.read() as t:
            viewer = Viewer(Actor.lab(), ())
            if person is not None:
                viewer = Viewer.person(t, person, self._today())
            query, cards = SearchQuery(sort=Sort.TITLE, size=MOST), list[DatasetCard]()
            while found := self._search(t, viewer, query).cards:
                cards += found
                query = replace(query, page=query.page + 1)
            return cards + [self._draft(t, viewer, each) for each in t.datasets.drafts()]

    def card(self, person: Person, name: str) -> DatasetCard:
        """Return dataset ``name``; raise :class:`~.errors.NotFound`."""
        with self._register.read() as t:
            dataset = the_dataset(t, name)
            owner = the_organisation(t, dataset.organisation)
            grants = t.grants.find(dataset=name)
            return self._made().card(
                Viewer.person(t, person, self._today()),
                dataset,
                t.datasets.version(name),
                owner,
                grants,
                used_by=self._users(t, dataset.classification, grants),
            )

    def versions(self, name: str) -> list[Version]:
        """Return every version of dataset ``name``, newest first; raise ``NotFound``."""
        with self._register.read() as t:
            found = t.datasets.versions(the_dataset(t, name).name)
        return sorted(found, key=lambda version: version.number, reverse=True)

    def _search(self, t: Transaction, viewer: Viewer, query: SearchQuery) -> Found:
        owners = {owner.slug: owner for owner in t.organisations.all()}
        projects = [project.slug for project in viewer.readers]
        hits = t.search.find(query, projects=projects, now=self._clock(), today=self._today())
        datasets = t.datasets.some(hits.names)
        newest = t.datasets.newest_versions(hits.names)
        grants = defaultdict(list)
        for grant in t.grants.find(datasets=hits.names):
            grants[grant.dataset].append(grant)
        made = self._made()
        return Found(
            cards=tuple(
                made.card(
                    viewer,
                    datasets[name],
                    newest.get(name),
                    owners[datasets[name].organisation],
                    grants[name],
                )
                for name in hits.names
            ),
            total=hits.total,
            facets=hits.facets,
            page=max(query.page, 1),
            pages=-(-hits.total // query.limit),
            organisations=owners,
        )

    def _draft(self, t: Transaction, viewer: Viewer, dataset: Dataset) -> DatasetCard:
        owner = the_organisation(t, dataset.organisation)
        grants = t.grants.find(dataset=dataset.name)
        return self._made().card(viewer, dataset, None, owner, grants)

    def _users(
        self, t: Transaction, classification: Classification, grants: Sequence[Grant]
    ) -> tuple[Text, ...]:
        if classification is Classification.PUBLIC:
            return ()
        now = self._clock()
        slugs = sorted({grant.project for grant in grants if grant.live(now)})
        projects = [project for slug in slugs if (project := t.projects.get(slug))]
        return tuple(project.title for project in projects)

    def _made(self) -> Cards:
        return Cards(self._clock(), self._timezone)

    def _today(self) -> date:
        return self._clock().astimezone(self._timezone).date()
