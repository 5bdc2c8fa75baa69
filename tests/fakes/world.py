"""A small lab over any register: two partners, a lead agency, three datasets."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from itertools import count
from zoneinfo import ZoneInfo

from tests.fakes.clock import StoppedClock
from tests.fakes.hub import MemoryHub
from tests.fakes.journals import MemoryJournals

from polderlab import wire
from polderlab_catalog.application.actors import Actor
from polderlab_catalog.application.administration import Administration
from polderlab_catalog.application.allocations import Allocations
from polderlab_catalog.application.announcements import Announcements
from polderlab_catalog.application.audit import Audit
from polderlab_catalog.application.catalogue import Catalogue
from polderlab_catalog.application.confirmations import Confirmations
from polderlab_catalog.application.door import Door
from polderlab_catalog.application.endings import Endings
from polderlab_catalog.application.extensions import Extensions
from polderlab_catalog.application.folders import Folders
from polderlab_catalog.application.grants import Grants
from polderlab_catalog.application.holding import Holding
from polderlab_catalog.application.identities import Identities
from polderlab_catalog.application.ingests import Ingests
from polderlab_catalog.application.intake import Intake
from polderlab_catalog.application.invitations import Invitations
from polderlab_catalog.application.masthead import Mastheads
from polderlab_catalog.application.members import Members
from polderlab_catalog.application.notices import Notices
from polderlab_catalog.application.organisations import Organisations
from polderlab_catalog.application.oversight import Oversight
from polderlab_catalog.application.passwords import Passwords
from polderlab_catalog.application.people import People
from polderlab_catalog.application.ports import Register
from polderlab_catalog.application.projects import Projects
from polderlab_catalog.application.proposals import Proposals
from polderlab_catalog.application.publishing import Publishing
from polderlab_catalog.application.reading import Readable, Reading
from polderlab_catalog.application.reads import Reads
from polderlab_catalog.application.reports import Reports
from polderlab_catalog.application.requests import Requests
from polderlab_catalog.application.sessions import Sessions
from polderlab_catalog.application.sign_ins import SignIns
from polderlab_catalog.application.stopping import Stopping
from polderlab_catalog.application.supervision import Supervision
from polderlab_catalog.application.usage import Prices, Usage
from polderlab_catalog.domain.allocations import Allocation, Level
from polderlab_catalog.domain.datasets import Classification, Column, Dataset, Distribution
from polderlab_catalog.domain.organisations import Organisation, OrganisationKind
from polderlab_catalog.domain.people import LabRole, Person
from polderlab_catalog.domain.projects import LegalBasis, MemberRole, Membership, Project
from polderlab_catalog.domain.sessions import Image, Size
from polderlab_catalog.domain.texts import Text
from polderlab_catalog.passwords import Zxcvbn

GIB = 1024**3
AMSTERDAM = ZoneInfo("Europe/Amsterdam")
PORTAL = "http://127.0.0.1:8000/services/lab"
FILE = "data.parquet"
PASSWORD = "a long enough password"

ORGANISATIONS = {
    slug: Organisation(slug, Text(slug.title(), slug.title()), kind)
    for slug, kind in {
        "waterdienst": OrganisationKind.LEAD,
        "rivierstad": OrganisationKind.PARTNER,
        "kustregio": OrganisationKind.PARTNER,
    }.items()
}
ALLOCATIONS = {
    **{Level.organisation(slug): Allocation(4, 8 * GIB, 4) for slug in ORGANISATIONS},
    Level.project("river-access"): Allocation(sessions=4),
    Level.project("youth-health"): Allocation(sessions=4),
}
PEOPLE = {
    person.username: person
    for person in (
        Person("waterdienst-admin", "Ada", "waterdienst", frozenset({LabRole.LAB_ADMINISTRATOR})),
        Person("rivierstad-lead", "Lea", "rivierstad"),
        Person("rivierstad-analyst", "Ravi", "rivierstad"),
        Person("rivierstad-steward", "Stef", "rivierstad", frozenset({LabRole.STEWARD})),
        Person("kustregio-analyst", "Kim", "kustregio"),
        Person("kustregio-steward", "Sara", "kustregio", frozenset({LabRole.STEWARD})),
        Person("kustregio-privacy", "Pim", "kustregio", frozenset({LabRole.PRIVACY_OFFICER})),
    )
}
PRICES = Prices(Decimal("0.05"), Decimal("0.01"), Decimal("0.002"), Decimal("0.10"))
PROJECTS = {
    slug: Project(
        slug=slug,
        title=Text(slug, slug),
        organisation=organisation,
        purpose=Text(f"doel van {slug}", f"purpose of {slug}"),
        legal_basis=LegalBasis.PUBLIC_TASK,
        starts=date(2026, 1, 1),
        ends=date(2027, 12, 31),
        images=("python-geo",),
        sizes=("small", "medium"),
    )
    for slug, organisation in {
        "river-access": "rivierstad",
        "youth-health": "kustregio",
    }.items()
}
MEMBERS = (
    Membership("rivierstad-lead", "river-access", MemberRole.LEAD),
    Membership("rivierstad-analyst", "river-access", MemberRole.ANALYST),
    Membership("kustregio-analyst", "youth-health", MemberRole.ANALYST),
)
DATASETS = {
    name: Dataset(
        name=name,
        title=Text(name, name),
        description=Text(f"over {name}", f"about {name}"),
        organisation=organisation,
        steward=f"{organisation.title()}, data",
        classification=classification,
        licence="https://creativecommons.org/licenses/by/4.0/",
        source="somewhere real",
    )
    for name, organisation, classification in (
        ("water_bodies", "waterdienst", Classification.PUBLIC),
        ("growth_study", "kustregio", Classification.CONFIDENTIAL),
        ("soil_survey", "rivierstad", Classification.INTERNAL),
    )
}


def distribution(dataset: str, number: int = 1) -> Distribution:
    return Distribution(
        name=FILE,
        media_type="application/vnd.apache.parquet",
        path=f"{dataset}/{number}/{FILE}",
        bytes=1000 + number,
        sha256=f"{number:064x}",
        rows=10,
        columns=(Column("hgt", "double", Text("lengte in cm", "height in cm")),),
    )


class World:
    """Use cases over ``register``, a stopped clock and secrets that can be told apart."""

    def __init__(self, register: Register) -> None:
        self.register, self.clock = register, StoppedClock()
        numbers = count(1)
        self.sessions = Sessions(
            register,
            self.clock,
            lambda: f"token-{next(numbers)}-of-{id(self)}",
            gateway_url="http://10.213.0.1:8020/v1",
            portal_url=PORTAL,
            idle_seconds=3600,
            timezone=AMSTERDAM,
        )
        self.reading = Reading(register, self.clock, portal_url=PORTAL, timezone=AMSTERDAM)
        self.reads = Reads(register, self.clock, self.reading, MemoryJournals())
        self.grants = Grants(register, self.clock, timezone=AMSTERDAM)
        self.requests = Requests(register, self.clock, self.grants, timezone=AMSTERDAM)
        self.catalogue = Catalogue(register, self.clock, timezone=AMSTERDAM)
        self.projects = Projects(register, self.clock, timezone=AMSTERDAM)
        self.administration = Administration(register, self.clock, timezone=AMSTERDAM)
        self.publishing = Publishing(register, self.clock, timezone=AMSTERDAM)
        self.allocations = Allocations(register, self.clock, timezone=AMSTERDAM)
        self.extensions = Extensions(register, self.clock, timezone=AMSTERDAM)
        self.holding = Holding(register, self.clock, self.sessions, timezone=AMSTERDAM)
        self.usage = Usage(register, self.clock, prices=PRICES, timezone=AMSTERDAM)
        self.reports = Reports(register, self.clock, self.usage, timezone=AMSTERDAM)
        self.door = Door(register, self.clock, timezone=AMSTERDAM)
        self.hub = MemoryHub()
        self.sign_ins = SignIns(register, self.clock, PlainHasher(), timezone=AMSTERDAM)
        self.identities = Identities(register, self.clock, self.hub)
        keys = count(1)
        stopping = Stopping(register, self.sessions, self.hub)
        self.people = People(register, self.clock, stopping=stopping, timezone=AMSTERDAM)
        self.passwords = Passwords(
            register,
            self.clock,
            PlainHasher(),
            Zxcvbn(),
            secrets=lambda: f"key-{next(keys)}",
            hub=self.hub,
        )
        self.invitations = Invitations(
            self.door, lambda: f"secret-{next(numbers)}-of-{id(self)}", self.passwords
        )
        self.proposals = Proposals(self.door)
        self.organisations = Organisations(self.door, self.invitations, self.proposals, stopping)
        self.members = Members(self.door, stopping)
        oversight = Oversight(self.clock, AMSTERDAM)
        self.audit = Audit(register, self.clock, oversight)
        self.supervision = Supervision(register, self.clock, self.sessions, self.hub, oversight)
        self.announcements = Announcements(register, self.clock, oversight)
        self.notices = Notices(register, self.clock, timezone=AMSTERDAM)
        self.confirmations = Confirmations(
            register,
            self.clock,
            oversight=oversight,
            every=timedelta(days=365),
            within=timedelta(days=30),
        )
        self.mastheads = Mastheads(
            register,
            self.clock,
            requests=self.requests,
            extensions=self.extensions,
            organisations=self.organisations,
            confirmations=self.confirmations,
        )
        self.folders = Folders(register, self.clock)
        self.endings = Endings(register, self.clock, self.hub, oversight, keep=timedelta(days=90))
        self.ingests = Ingests(register, self.clock, timezone=AMSTERDAM)
        self.intake = Intake(register, self.clock)
        self.operator = Actor.operator("root")
        self.steward = Actor.for_person(PEOPLE["kustregio-steward"], "10.0.0.9")
        self.privacy_officer = Actor.for_person(PEOPLE["kustregio-privacy"], "10.0.0.7")
        self._fill()

    def _fill(self) -> None:
        a, by = self.administration, self.operator
        for organisation in ORGANISATIONS.values():
            a.register_organisation(by, organisation)
        for person in PEOPLE.values():
            a.register_person(by, person)
        a.put_image(by, Image("python-geo", "2026.11", Text("Geo", "Geo"), "sha256:" + "a" * 64))
        a.put_size(by, Size("small", Text("klein", "small"), 1, 2 * GIB))
        a.put_size(by, Size("medium", Text("middel", "medium"), 2, 4 * GIB))
        for project in PROJECTS.values():
            a.register_project(by, project)
        for membership in MEMBERS:
            a.register_member(by, membership)
        for level, allocation in ALLOCATIONS.items():
            self.allocations.set(by, level, allocation)
        for dataset in DATASETS.values():
            a.register_dataset(by, dataset)
            a.publish_version(by, dataset.name, (distribution(dataset.name),))

    def plan(self, username: str, project: str, size: str | None = None) -> wire.SessionPlan:
        return self.sessions.plan(wire.SessionRequest(username, project, size=size))

    def run(self, username: str, project: str, address: str = "10.213.0.2") -> wire.SessionPlan:
        plan = self.plan(username, project)
        self.sessions.activate(plan.session, wire.Activation("c" * 12, address))
        return plan

    def read(self, plan: wire.SessionPlan, dataset: str, address: str = "10.213.0.2") -> Readable:
        readable = self.reading.authorise(token(plan), address, dataset, None, FILE)
        self.reads.begin(readable, readable.distribution.bytes)
        self.reads.seal(everything=True)
        return readable


class PlainHasher:
    """Not a hash at all: unit tests sign in often, and Argon2 is slow on purpose."""

    def hash(self, password: str) -> str:
        return f"plain:{password}"

    def verify(self, hashed: str, password: str) -> bool:
        return hashed == f"plain:{password}"


def token(plan: wire.SessionPlan) -> str:
    return plan.environment[wire.SessionEnvironment.TOKEN]
