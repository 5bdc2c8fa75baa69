"""What somebody is told: their list, and telling them in time that something ends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, tzinfo

from polderlab_catalog.application.ports import Clock, Register, Transaction
from polderlab_catalog.application.telling import (
    News,
    both,
    in_role,
    lab_administrators,
    members_of,
    tell,
)
from polderlab_catalog.domain.actors import Actor
from polderlab_catalog.domain.grants import last_day
from polderlab_catalog.domain.notices import Notice, NoticeKind
from polderlab_catalog.domain.organisations import Organisation, OrganisationState
from polderlab_catalog.domain.people import LabRole
from polderlab_catalog.domain.projects import Project
from polderlab_catalog.policy.notices import days_to_tell

_LONG = 10_000
"""Days; for what began nobody knows when."""


class Notices:
    """Shows people their notices, and makes those about what ends soon."""

    def __init__(self, register: Register, clock: Clock, *, timezone: tzinfo) -> None:
        self._register, self._clock, self._timezone = register, clock, timezone

    def mine(self, actor: Actor) -> Sequence[Notice]:
        """Return the actor's own, newest first."""
        if actor.person is None:
            return []
        with self._register.read() as t:
            return t.notices.of(actor.person.username)

    def mark_read(self, actor: Actor, notice_id: str | None = None) -> int:
        """Note that the actor read one of their own, or all; return how many that were."""
        if actor.person is None:
            return 0
        with self._register.write() as t:
            mine = [
                each
                for each in t.notices.of(actor.person.username, 1000)
                if each.read is None and notice_id in (None, each.id)
            ]
            for each in mine:
                t.notices.put(replace(each, read=self._clock()))
        return len(mine)

    def tell_ends(self) -> int:
        """Tell those concerned what ends within a month, and within a week; return how many were
        told. Whoever runs it again tells nobody twice."""
        now = self._clock()
        today = now.astimezone(self._timezone).date()
        with self._register.write() as t:
            return _Ends(t, now, today, self._timezone).tell_all()


class _Ends:
    """What ends soon, in one transaction."""

    def __init__(self, t: Transaction, now: datetime, today: date, zone: tzinfo) -> None:
        self._t, self._now, self._today, self._zone = t, now, today, zone
        self._people = list(t.people.all())
        self._projects = {
            each.slug: each for each in t.projects.all() if each.starts <= today <= each.ends
        }

    def tell_all(self) -> int:
        told = sum(self._project(project) for project in self._projects.values())
        told += sum(self._agreement(each) for each in self._t.organisations.all())
        return told + self._memberships() + self._grants()

    def _due(self, last: date, days_long: int) -> int | None:
        return days_to_tell((last - self._today).days, days_long)

    def _project(self, project: Project) -> int:
        days = self._due(project.ends, (project.ends - project.starts).days)
        if days is None:
            return 0
        members = members_of(self._t, project.slug, self._today)
        role = LabRole.ORGANISATION_ADMINISTRATOR
        return self._tell(
            NoticeKind.PROJECT_ENDS,
            f"{project.slug}:{project.ends}:{days}",
            [*members, *in_role(self._people, project.organisation, role)],
            {**both("project", project.title), "date": project.ends.isoformat()},
            f"/#project-{project.slug}",
        )

    def _agreement(self, organisation: Organisation) -> int:
        last = organisation.agreed_until
        takes_part = organisation.state is OrganisationState.ACTIVE and not organisation.suspended
        days = self._due(last, _LONG) if last is not None and takes_part else None
        if last is None or days is None:
            return 0
        role = LabRole.ORGANISATION_ADMINISTRATOR
        own = in_role(self._people, organisation.slug, role)
        return self._tell(
            NoticeKind.AGREEMENT_ENDS,
            f"{organisation.slug}:{last}:{days}",
            [*own, *lab_administrators(self._people)],
            {**both("organisation", organisation.name), "date": last.isoformat()},
            "/",
        )

    def _memberships(self) -> int:
        told, names = 0, {each.username: each.display_name for each in self._people}
        for held in self._t.projects.memberships():
            project = self._projects.get(held.project)
            if held.until is None or project is None or held.until >= project.ends:
                continue  # the project's own end is told
            days = self._due(held.until, _LONG)
            if days is None:
                continue
            told += self._tell(
                NoticeKind.MEMBERSHIP_ENDS,
                f"{held.username}:{project.slug}:{held.until}:{days}",
                [held.username, *members_of(self._t, project.slug, self._today, lead=True)],
                {
                    **both("project", project.title),
                    "person": names.get(held.username, held.username),
                    "date": held.until.isoformat(),
                },
                f"/#project-{project.slug}",
            )
        return told

    def _grants(self) -> int:
        told = 0
        for grant in self._t.grants.find():
            project = self._projects.get(grant.project)
            if project is None or not grant.live(self._now):
                continue
            last = last_day(grant.ends, self._zone)
            days = self._due(last, (grant.ends - grant.starts).days)
            dataset = self._t.datasets.get(grant.dataset) if days is not None else None
            if dataset is None:
                continue
            stewards = in_role(self._people, dataset.organisation, LabRole.STEWARD)
            told += self._tell(
                NoticeKind.GRANT_ENDS,
                f"{grant.id}:{last}:{days}",
                [*members_of(self._t, project.slug, self._today, lead=True), *stewards],
                {
                    **both("dataset", dataset.title),
                    **both("project", project.title),
                    "date": last.isoformat(),
                },
                f"/datasets/{dataset.name}",
            )
        return told

    def _tell(
        self,
        kind: NoticeKind,
        occasion: str,
        usernames: list[str],
        details: dict[str, str],
        path: str,
    ) -> int:
        return tell(self._t, self._now, usernames, News(kind, occasion, details, path))
