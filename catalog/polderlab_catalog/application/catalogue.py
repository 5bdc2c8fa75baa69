"""The catalogue people browse: every description for everyone, access per project."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, tzinfo

from polderlab_catalog.application.lookups import standing, the_dataset
from polderlab_catalog.application.ports import Clock, Register, Transaction
from polderlab_catalog.domain.actors import Actor
from polderlab_catalog.domain.datasets import Classification, Dataset, Version
from polderlab_catalog.domain.grants import Grant
from polderlab_catalog.domain.organisations import Organisation
from polderlab_catalog.domain.people import Person
from polderlab_catalog.domain.projects import Project
from polderlab_catalog.policy.decisions import Decision
from polderlab_catalog.policy.grants import is_steward
from polderlab_catalog.policy.reading import last_day, live_grant, may_read
from polderlab_catalog.policy.standing import Standing, may_belong


@dataclass(frozen=True, slots=True)
class ProjectAccess:
    """Whether one of my projects may read the dataset, why not, and until which day."""

    project: Project
    decision: Decision
    until: date | None


@dataclass(frozen=True, slots=True)
class DatasetCard:
    """A dataset as one person sees it.

    ``version`` is the newest that is not withdrawn. ``grants`` (live first) is filled for a
    steward of the owner only; ``projects_with_access`` counts live grants for everyone.
    """

    dataset: Dataset
    version: Version | None
    organisation: Organisation
    access: tuple[ProjectAccess, ...]
    grants: tuple[Grant, ...]
    may_grant: bool
    projects_with_access: int


@dataclass(frozen=True, slots=True)
class _Viewer:
    """Who looks, and the projects they look from."""

    actor: Actor
    projects: tuple[tuple[Project, Standing], ...]


class Catalogue:
    """Finds datasets and tells which of one's projects may read them."""

    def __init__(self, register: Register, clock: Clock, *, timezone: tzinfo = UTC) -> None:
        self._register, self._clock, self._timezone = register, clock, timezone

    def cards(
        self,
        person: Person | None,
        *,
        query: str = "",
        organisation: str | None = None,
        classification: Classification | None = None,
    ) -> list[DatasetCard]:
        """Return the datasets that hold every word of ``query``, by name.

        Without a ``person`` they are as an operator sees them: all grants, no projects of mine.
        """
        with self._register.read() as t:
            newest = t.datasets.newest_versions()
            found = [
                dataset
                for dataset in t.datasets.all()
                if _matches(dataset, query)
                and organisation in (None, dataset.organisation)
                and classification in (None, dataset.classification)
            ]
            viewer = self._viewer(t, person)
            owners = {owner.slug: owner for owner in t.organisations.all()}
            grants = t.grants.find()
            return [
                self._card(
                    viewer,
                    dataset,
                    newest.get(dataset.name),
                    owners[dataset.organisation],
                    [grant for grant in grants if grant.dataset == dataset.name],
                )
                for dataset in found
            ]

    def card(self, person: Person, name: str) -> DatasetCard:
        """Return dataset ``name``; raise :class:`~.errors.NotFound`."""
        with self._register.read() as t:
            dataset = the_dataset(t, name)
            owner = t.organisations.get(dataset.organisation)
            assert owner is not None  # noqa: S101  (the register holds no orphans)
            grants = t.grants.find(dataset=name)
            newest = t.datasets.version(name)
            return self._card(self._viewer(t, person), dataset, newest, owner, grants)

    def versions(self, name: str) -> list[Version]:
        """Return every version of dataset ``name``, newest first; raise ``NotFound``."""
        with self._register.read() as t:
            found = t.datasets.versions(the_dataset(t, name).name)
        return sorted(found, key=lambda version: version.number, reverse=True)

    def _viewer(self, t: Transaction, person: Person | None) -> _Viewer:
        if person is None:
            return _Viewer(Actor.lab(), ())
        today = self._clock().astimezone(self._timezone).date()
        found = []
        for membership in t.projects.memberships(username=person.username):
            facts = standing(t, person.username, membership.project, today)
            if facts.project is not None:
                found.append((facts.project, facts))
        return _Viewer(Actor.for_person(person), tuple(found))

    def _card(
        self,
        viewer: _Viewer,
        dataset: Dataset,
        newest: Version | None,
        owner: Organisation,
        grants: Sequence[Grant],
    ) -> DatasetCard:
        now = self._clock()
        steward = bool(is_steward(viewer.actor, dataset, owner))
        live_first = sorted(grants, key=lambda grant: (grant.live(now), grant.ends), reverse=True)
        return DatasetCard(
            dataset=dataset,
            version=newest,
            organisation=owner,
            access=tuple(
                self._access(project, facts, dataset, grants) for project, facts in viewer.projects
            ),
            grants=tuple(live_first) if steward else (),
            may_grant=steward,
            projects_with_access=len({grant.project for grant in grants if grant.live(now)}),
        )

    def _access(
        self,
        project: Project,
        facts: Standing,
        dataset: Dataset,
        grants: Sequence[Grant],
    ) -> ProjectAccess:
        now = self._clock()
        decision = may_belong(facts)
        if decision:
            decision = may_read(project, dataset, grants, now, self._timezone)
        live = live_grant(grants, project.slug, dataset.name, now)
        until = date.fromisoformat(last_day(live, self._timezone)) if live else None
        return ProjectAccess(project, decision, until)


def _matches(dataset: Dataset, query: str) -> bool:
    text = " ".join(
        (
            dataset.name,
            dataset.organisation,
            dataset.title.nl,
            dataset.title.en,
            dataset.description.nl,
            dataset.description.en,
            *dataset.keywords,
        )
    ).casefold()
    return all(word in text for word in query[:200].casefold().split())
