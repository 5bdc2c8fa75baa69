"""My projects, what runs in them, and how much is left."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

from polderlab_catalog.application.errors import NotFound
from polderlab_catalog.application.ports import Clock, Disks, Register, Transaction
from polderlab_catalog.application.quotas import Gauge, Quota, gauges, quota
from polderlab_catalog.application.rooms import Rooms
from polderlab_catalog.application.starting import Ground, Offer, rooms_for_a_start
from polderlab_catalog.domain.allocations import Level
from polderlab_catalog.domain.names import is_slug, printable
from polderlab_catalog.domain.organisations import Organisation
from polderlab_catalog.domain.people import Person
from polderlab_catalog.domain.projects import MemberRole, Membership, Project
from polderlab_catalog.domain.sessions import Image, Session, Size
from polderlab_catalog.policy.allocations import effective, narrowed
from polderlab_catalog.policy.decisions import Decision
from polderlab_catalog.policy.standing import Standing


@dataclass(frozen=True, slots=True)
class ProjectCard:
    """A project as one of its members sees it.

    ``session`` is the member's open session, ``last`` the latest one, open or not. ``images``
    and ``sizes`` may be chosen, the first is the default. ``datasets`` counts what the project
    may read now; ``startable`` is the verdict on starting with the defaults, ``verdicts`` those
    on each size with the image ``likely``: that of the latest session, an ended one's choice
    is likely the next one's too. ``quota`` is what the member has here.
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
    likely: str
    verdicts: Mapping[str, Decision]
    quota: Quota


@dataclass(frozen=True, slots=True)
class Overview:
    """Somebody's projects, by slug; and what is ``left`` of each organisation these are of, one's
    own first, with one's own part in it."""

    cards: tuple[ProjectCard, ...]
    left: tuple[tuple[Organisation, tuple[Gauge, ...]], ...]


class Projects:
    """Shows projects to their members; to others they look as if they did not exist."""

    def __init__(
        self,
        register: Register,
        clock: Clock,
        disks: Disks | None = None,
        *,
        timezone: tzinfo = UTC,
    ) -> None:
        self._register, self._clock = register, clock
        self._disks, self._timezone = disks, timezone

    def overview(self, person: Person) -> Overview:
        """Return the projects ``person`` is a member of."""
        with self._register.read() as t:
            mine = t.projects.memberships(username=person.username)
            look = _Look(t, person.username, mine, self._clock(), self._timezone)
            return Overview(look.cards(self._disks), look.left())

    def card(self, person: Person, slug: str) -> ProjectCard:
        """Return project ``slug``; raise :class:`NotFound`, also when not a member."""
        with self._register.read() as t:
            mine = t.projects.membership(person.username, slug) if is_slug(slug) else None
            if mine is None:
                raise NotFound("project", printable(slug))
            look = _Look(t, person.username, [mine], self._clock(), self._timezone)
            (card,) = look.cards(self._disks)
            return card

    def all_for_grants(self) -> list[Project]:
        """Return the projects a steward can choose from: all that have not ended."""
        today = self._clock().astimezone(self._timezone).date()
        with self._register.read() as t:
            return [project for project in t.projects.all() if project.ends > today]


class _Look:
    """Some projects of somebody at one moment: looked up together, however many they are."""

    def __init__(
        self,
        t: Transaction,
        username: str,
        memberships: Collection[Membership],
        now: datetime,
        zone: tzinfo,
    ) -> None:
        self._username, self._today = username, now.astimezone(zone).date()
        self._memberships = sorted(memberships, key=lambda each: each.project)
        slugs = [each.project for each in memberships]
        self._person = t.people.get(username)
        self._projects = t.projects.some(slugs)
        home = self._person.organisation if self._person else ""
        owners = {each.organisation for each in self._projects.values()}
        self._organisations = t.organisations.some(owners | {home})
        self._home = self._organisations.get(home)
        self._open = {each.project: each for each in t.sessions.open(username=username)}
        self._last = t.sessions.latest(username, slugs)
        self._readable = t.search.readable(slugs, now)
        self._offer = Offer.of(t)
        self._houses = {
            # one's own organisation first
            slug: Rooms(t, self._organisations[slug], now, zone)
            for slug in sorted(owners, key=lambda each: (each != home, each))
        }
        for slug, house in self._houses.items():
            theirs = self._of(slug)
            people = [Level.person(each, username) for each in theirs]
            house.know([Level.organisation(slug), *map(Level.project, theirs), *people])

    def cards(self, disks: Disks | None) -> tuple[ProjectCard, ...]:
        """Return a card of each, by slug."""
        return tuple(self._card(each, disks) for each in self._memberships)

    def left(self) -> tuple[tuple[Organisation, tuple[Gauge, ...]], ...]:
        """Return what is left of each organisation."""
        return tuple(
            (
                self._organisations[slug],
                gauges(house, [house.organisation()], self._username, self._of(slug)),
            )
            for slug, house in self._houses.items()
        )

    def _of(self, organisation: str) -> list[str]:
        return [p.slug for p in self._projects.values() if p.organisation == organisation]

    def _card(self, membership: Membership, disks: Disks | None) -> ProjectCard:
        slug, username = membership.project, self._username
        project = self._projects[slug]
        house, owner = self._houses[project.organisation], self._organisations[project.organisation]
        session, last = self._open.get(slug), self._last.get(slug)
        rooms = rooms_for_a_start(house, username, slug, session)
        allowed = narrowed(project.images, effective([each.allocation for each in rooms]).images)
        images = [self._offer.images[each] for each in allowed if each in self._offer.images]
        sizes = [self._offer.sizes[each] for each in project.sizes if each in self._offer.sizes]
        names = [image.name for image in images]
        likely = last.image if last and last.image in names else next(iter(names), "")
        ground = Ground(
            Standing(
                asked=slug,
                today=self._today,
                person=self._person,
                organisation=self._home,
                project=project,
                owner=owner,
                membership=membership,
            ),
            session,
            rooms,
            self._offer,
        )
        return ProjectCard(
            project=project,
            organisation=owner,
            role=membership.role,
            session=session,
            last=last,
            images=tuple(images),
            sizes=tuple(sizes),
            datasets=self._readable[slug],
            startable=ground.decide(None, None)[0],
            likely=likely,
            verdicts={size.name: ground.decide(likely, size.name)[0] for size in sizes},
            quota=quota(house, username, slug, session, disks),
        )
