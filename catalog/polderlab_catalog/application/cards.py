"""A dataset as one person sees it: its description, and what their projects may do with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo

from polderlab_catalog.application.lookups import standing
from polderlab_catalog.application.ports import Transaction
from polderlab_catalog.domain.actors import Actor
from polderlab_catalog.domain.datasets import Dataset, Version
from polderlab_catalog.domain.grants import Grant
from polderlab_catalog.domain.organisations import Organisation
from polderlab_catalog.domain.people import Person
from polderlab_catalog.domain.projects import Project
from polderlab_catalog.domain.scopes import WHOLE, Scope
from polderlab_catalog.domain.texts import Text
from polderlab_catalog.policy.decisions import Decision
from polderlab_catalog.policy.grants import is_steward
from polderlab_catalog.policy.previews import shown
from polderlab_catalog.policy.reading import last_day, live_grant, may_read, scope_of
from polderlab_catalog.policy.standing import Standing, may_belong, may_work

ENDS_SOON = 15
"""Days within which the end of access is said with a warning, and asking anew makes sense."""


@dataclass(frozen=True, slots=True)
class ProjectAccess:
    """Whether one of my projects may read the dataset, why not, and until which day.

    ``scope`` is the part it may read, where it may; ``works`` tells whether I may do so myself, or
    ask for it (a viewer may not). ``days_left`` counts the days after today on which its grant
    still holds.
    """

    project: Project
    decision: Decision
    until: date | None
    scope: Scope | None = None
    works: bool = False
    days_left: int | None = None

    @property
    def lasting(self) -> bool:
        """Whether it reads all of it and for long enough that there is nothing to ask for."""
        ending = self.days_left is not None and self.days_left < ENDS_SOON
        return bool(self.decision) and self.scope == WHOLE and not ending

    @property
    def ending(self) -> bool:
        """Whether it reads now, and will soon no longer."""
        return bool(self.decision) and self.days_left is not None and self.days_left < ENDS_SOON


@dataclass(frozen=True, slots=True)
class DatasetCard:
    """A dataset as one person sees it.

    ``version`` is the newest that is not withdrawn. ``grants`` (live first) is filled for a
    steward of the owner only; ``projects_with_access`` counts live grants for everyone, and
    ``used_by`` names their projects (on a dataset's own page). ``shown`` is the part whose values
    this person may see on a page.
    """

    dataset: Dataset
    version: Version | None
    organisation: Organisation
    access: tuple[ProjectAccess, ...]
    grants: tuple[Grant, ...]
    may_grant: bool
    projects_with_access: int
    used_by: tuple[Text, ...] = ()
    shown: Scope | None = None


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who looks (nobody in particular: None), and the projects they look from."""

    actor: Actor | None
    projects: tuple[tuple[Project, Standing], ...]

    @classmethod
    def person(cls, t: Transaction, person: Person, today: date) -> Viewer:
        """Return ``person`` with their projects."""
        found = []
        for membership in t.projects.memberships(username=person.username):
            facts = standing(t, person.username, membership.project, today)
            if facts.project is not None:
                found.append((facts.project, facts))
        return cls(Actor.for_person(person), tuple(found))

    @classmethod
    def member(cls, t: Transaction, username: str, project: str, today: date) -> Viewer:
        """Return ``username`` as they look from within ``project``, and from there alone."""
        facts = standing(t, username, project, today)
        return cls(None, ((facts.project, facts),) if facts.project else ())

    @property
    def readers(self) -> tuple[Project, ...]:
        """The projects that may read at all today."""
        return tuple(project for project, facts in self.projects if may_belong(facts))


@dataclass(frozen=True, slots=True)
class Cards:
    """Makes cards, at ``now`` in the lab's time zone."""

    now: datetime
    zone: tzinfo

    def card(
        self,
        viewer: Viewer,
        dataset: Dataset,
        newest: Version | None,
        owner: Organisation,
        grants: Sequence[Grant],
        *,
        used_by: tuple[Text, ...] = (),
    ) -> DatasetCard:
        """Put together what ``viewer`` sees; ``grants`` are all there are of ``dataset``."""
        today = self.now.astimezone(self.zone).date()
        steward = viewer.actor is not None and bool(is_steward(viewer.actor, dataset, owner, today))
        live_first = sorted(grants, key=lambda g: (g.live(self.now), g.ends), reverse=True)
        access = tuple(
            self._access(project, facts, dataset, grants) for project, facts in viewer.projects
        )
        return DatasetCard(
            dataset=dataset,
            version=newest,
            organisation=owner,
            access=access,
            grants=tuple(live_first) if steward else (),
            may_grant=steward,
            projects_with_access=len({g.project for g in grants if g.live(self.now)}),
            used_by=used_by,
            shown=shown(dataset, [each.scope for each in access if each.works and each.scope]),
        )

    def _access(
        self, project: Project, facts: Standing, dataset: Dataset, grants: Sequence[Grant]
    ) -> ProjectAccess:
        decision = may_belong(facts)
        if decision:
            decision = may_read(project, dataset, grants, self.now, self.zone)
        live = live_grant(grants, project.slug, dataset.name, self.now)
        until = date.fromisoformat(last_day(live, self.zone)) if live else None
        if not decision:
            return ProjectAccess(project, decision, until, works=bool(may_work(facts)))
        scope = scope_of(project, dataset, grants, self.now)
        left = (until - self.now.astimezone(self.zone).date()).days if until else None
        return ProjectAccess(project, decision, until, scope, bool(may_work(facts)), left)
