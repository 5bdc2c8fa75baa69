"""My projects, what runs in them, and how much is left."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, tzinfo

from polderlab_catalog.application.errors import NotFound
from polderlab_catalog.application.lookups import (
    the_organisation,
    the_project,
)
from polderlab_catalog.application.ports import Clock, Register, Transaction
from polderlab_catalog.application.sessions import Sessions
from polderlab_catalog.domain.names import printable
from polderlab_catalog.domain.organisations import Organisation
from polderlab_catalog.domain.people import Person
from polderlab_catalog.domain.projects import MemberRole, Membership, Project
from polderlab_catalog.domain.sessions import Image, Session, Size
from polderlab_catalog.policy.decisions import Decision


@dataclass(frozen=True, slots=True)
class ProjectCard:
    """A project as one of its members sees it.

    ``session`` is the member's open session, ``last`` the latest one, open or not. ``images``
    and ``sizes`` may be chosen, the first is the default. ``datasets`` counts what the project
    may read now; ``startable`` is the verdict on starting with the defaults.
    """

    project: Project
    organisation: Organisation
    role: MemberRole
    session: Session | None
    last: Session | None
    images: tuple[Image, ...]
    sizes: tuple[Size, ...]
    datasets: int
    startable: Decision


class Projects:
    """Shows projects to their members; to others they look as if they did not exist."""

    def __init__(
        self, register: Register, clock: Clock, sessions: Sessions, *, timezone: tzinfo = UTC
    ) -> None:
        self._register, self._clock = register, clock
        self._sessions, self._timezone = sessions, timezone

    def mine(self, person: Person) -> list[ProjectCard]:
        """Return the projects ``person`` is a member of, by slug."""
        with self._register.read() as t:
            mine = t.projects.memberships(username=person.username)
        startable = {
            membership.project: self._sessions.check(person.username, membership.project)
            for membership in mine
        }
        with self._register.read() as t:
            readable = t.search.readable(list(startable), self._clock())
            cards = [
                self._card(t, each, startable[each.project], readable[each.project])
                for each in mine
            ]
        return sorted(cards, key=lambda card: card.project.slug)

    def card(self, person: Person, slug: str) -> ProjectCard:
        """Return project ``slug``; raise :class:`NotFound`, also when not a member."""
        startable = self._sessions.check(person.username, slug)
        with self._register.read() as t:
            the_project(t, slug)
            membership = t.projects.membership(person.username, slug)
            if membership is None:
                raise NotFound("project", printable(slug))
            readable = t.search.readable([slug], self._clock())
            return self._card(t, membership, startable, readable[slug])

    def all_for_grants(self) -> list[Project]:
        """Return the projects a steward can choose from: all that have not ended."""
        today = self._clock().astimezone(self._timezone).date()
        with self._register.read() as t:
            return [project for project in t.projects.all() if project.ends > today]

    def _card(
        self, t: Transaction, membership: Membership, startable: Decision, datasets: int
    ) -> ProjectCard:
        project = the_project(t, membership.project)
        open_ = t.sessions.open(username=membership.username, project=project.slug)
        images = [t.offer.image(name) for name in project.images]
        sizes = [t.offer.size(name) for name in project.sizes]
        return ProjectCard(
            project=project,
            organisation=the_organisation(t, project.organisation),
            role=membership.role,
            session=next(iter(open_), None),
            last=t.sessions.latest(membership.username, project.slug),
            images=tuple(image for image in images if image is not None),
            sizes=tuple(size for size in sizes if size is not None),
            datasets=datasets,
            startable=startable,
        )
