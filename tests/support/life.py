"""What happens in two months in a lab: the demo as everyone gets it, and a partner beside it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from uuid import UUID

from polderlab import wire
from polderlab_catalog.application.announcements import Draft
from polderlab_catalog.bootstrap import Lab
from polderlab_catalog.demo.load import load
from polderlab_catalog.domain.actors import Actor
from polderlab_catalog.domain.allocations import Allocation, Level, Resource
from polderlab_catalog.domain.announcements import Audience
from polderlab_catalog.domain.harvests import Harvest
from polderlab_catalog.domain.ingests import Ingest, IngestState
from polderlab_catalog.domain.invitations import Place
from polderlab_catalog.domain.organisations import (
    Contact,
    Organisation,
    OrganisationKind,
    PublicBody,
)
from polderlab_catalog.domain.people import LabRole, Person, Vetting
from polderlab_catalog.domain.projects import LegalBasis, MemberRole, Membership, Project
from polderlab_catalog.domain.proposals import Assessment, Plan
from polderlab_catalog.domain.quality import Check, CheckKind
from polderlab_catalog.domain.requests import ApprovalRole
from polderlab_catalog.domain.sessions import Image
from polderlab_catalog.domain.sources import Login, Source, SourceKind
from polderlab_catalog.domain.texts import Text
from polderlab_catalog.domain.usage import DiskSample
from polderlab_catalog.policy.harvests import NO_ANSWER
from polderlab_catalog.policy.ingests import Trouble, finding
from polderlab_catalog.policy.organisations import Details
from polderlab_catalog.web.agreements import agreement
from tests.fakes.clock import StoppedClock
from tests.fakes.hub import MemoryHub
from tests.support import consulted, leavings, results

GIB = 1024**3
ADDRESS = "10.213.0.2"
BEGAN = datetime(2026, 9, 14, 7, 0, tzinfo=UTC)
NOW = datetime(2026, 11, 20, 9, 41, tzinfo=UTC)
OPERATOR = Actor.operator("root")
PARTNER = "oeverland"
PEOPLE = {
    person.username: person
    for person in (
        Person(
            "oeverland-admin",
            "Beheer Oeverland",
            PARTNER,
            frozenset({LabRole.ORGANISATION_ADMINISTRATOR}),
            email="beheer@oeverland.example",
        ),
        Person("oeverland-lead", "Projectleider Oeverland", PARTNER),
        Person("oeverland-analyst", "Analist Oeverland", PARTNER),
        Person("oeverland-viewer", "Meelezer Oeverland", PARTNER),
        Person("oeverland-steward", "Bronhouder Oeverland", PARTNER, frozenset({LabRole.STEWARD})),
        Person("oeverland-new", "Nieuwe analist Oeverland", PARTNER, vetting=Vetting.WAITING),
    )
}
PROJECT = "dike-watch"


def number(n: int) -> str:
    """Return an id that is the same each time."""
    return str(UUID(int=n, version=4))


class Life:
    """What happens in the lab, from its first day to its last."""

    def __init__(
        self, lab: Lab, clock: StoppedClock, hub: MemoryHub, folders: Path, source: str
    ) -> None:
        self.lab, self.clock, self.hub = lab, clock, hub
        self.folders, self.source = folders, source

    def led(self, sources: Path) -> dict[str, str]:
        """Let it happen; return the ids and secrets that came of it, by what they are of."""
        self._begin(sources)
        self._work()
        self.clock.now = NOW - timedelta(days=9)
        blanks = self._ask() | self._partners()
        self.clock.now = NOW - timedelta(hours=3)
        blanks |= self._hand_in() | self._leave()
        self._keep_results()
        self.lab.reports.keep_due()
        self._run()
        self.clock.now = NOW
        self._tell()
        return blanks

    def _actor(self, username: str) -> Actor:
        person = self.lab.people.get(username)
        assert person is not None, username
        return Actor.for_person(person)

    def _begin(self, sources: Path) -> None:
        """Load the demo, and let in the partner."""
        maps = Image("python-geo", "2026.11", Text("Python met kaarten", "Python with maps"), "")
        spark = Image("pyspark", "2026.11", Text("PySpark", "PySpark"), "")
        images = [replace(each, digest=f"sha256:{'a' * 64}") for each in (maps, spark)]
        load(self.lab, sources, images, lambda _: None)
        register = self.lab.administration
        register.register_organisation(
            OPERATOR,
            Organisation(
                PARTNER,
                Text("Waterschap Oeverland", "Oeverland Water Board"),
                OrganisationKind.PARTNER,
                agreed_until=date(2027, 12, 31),
                vetting=True,
            ),
        )
        for person in PEOPLE.values():
            register.register_person(OPERATOR, person)
        for slug, title, ends in (
            (PROJECT, Text("Dijkbewaking", "Dike watch"), date(2027, 12, 31)),
            ("old-locks", Text("Oude sluizen", "Old locks"), date(2026, 12, 2)),
        ):
            register.register_project(
                OPERATOR,
                Project(
                    slug=slug,
                    title=title,
                    organisation=PARTNER,
                    purpose=Text(
                        "Voorspellen welke dijkvakken na lange droogte extra toezicht vragen.",
                        "Predict which parts of the dike need watching after a long drought.",
                    ),
                    legal_basis=LegalBasis.PUBLIC_TASK,
                    starts=date(2026, 1, 1),
                    ends=ends,
                    images=("python-geo", "pyspark"),
                    sizes=("small", "medium"),
                ),
            )
        for membership in (
            Membership("oeverland-lead", PROJECT, MemberRole.LEAD),
            Membership("oeverland-analyst", PROJECT, MemberRole.ANALYST),
            Membership("oeverland-viewer", PROJECT, MemberRole.VIEWER, date(2026, 12, 4)),
            Membership("rivierstad-analyst", PROJECT, MemberRole.ANALYST, date(2027, 3, 31)),
            Membership("oeverland-lead", "old-locks", MemberRole.LEAD),
        ):
            register.register_member(OPERATOR, membership)
        for level, allocation in (
            (
                Level.organisation(PARTNER),
                Allocation(8, 16 * GIB, 6, cpu_hours=400, home_bytes=20 * GIB),
            ),
            (Level.project(PROJECT), Allocation(sessions=4, cpu_hours=300, memory_gib_hours=900)),
        ):
            self.lab.allocations.set(OPERATOR, level, allocation)
        self.lab.grants.grant(
            OPERATOR, "growth_study", PROJECT, date(2027, 6, 30), "Afgesproken in het overleg"
        )
        self.lab.grants.grant(OPERATOR, "growth_study", "water-atlas", date(2026, 12, 1))
        self._improve()
        self._consult()

    def _improve(self) -> None:
        """Let a dataset have checks, a second version, and one that was withdrawn."""
        checks = (
            Check(CheckKind.REQUIRED, ("age",)),
            Check(CheckKind.RANGE, ("hgt",), {"minimum": 30, "maximum": 220}),
            Check(CheckKind.FRESHNESS, (), {"days": 30}),
        )
        steward, name = self._actor("kustregio-steward"), "growth_study"
        with self.lab.register.read() as t:
            before = t.datasets.version(name)
        assert before is not None
        self.lab.publishing.describe(steward, name, lambda each: replace(each, checks=checks))
        other = tuple(replace(each, sha256="2" * 64) for each in before.distributions)
        for files, note in (
            (other, Text("Met de metingen van augustus.", "With the measurements of August.")),
            (
                before.distributions,
                Text("Zonder dubbele rijen.", "Without rows that occurred twice."),
            ),
        ):
            self.clock.advance(days=2)
            self.lab.administration.publish_version(OPERATOR, name, files, note)
        self.lab.publishing.withdraw_version(steward, name, 2, "Rijen stonden er dubbel in")
        self.lab.quality.run(name)

    def _consult(self) -> None:
        """Let a dataset be consulted where it is."""
        steward = self._actor("kustregio-steward")
        with self.lab.register.read() as t:
            like = t.datasets.get("growth_study")
        assert like is not None
        self.lab.publishing.register_dataset(
            steward,
            replace(
                like,
                name=consulted.DATASET,
                title=Text("Dijkmetingen", "Dike readings"),
                description=Text("Een rij per meting.", "One row for each reading."),
                classification=type(like.classification).INTERNAL,
                checks=(),
            ),
            new=True,
        )
        self.lab.sources.register(
            steward,
            Source(consulted.DATASET, SourceKind.SQL, self.source, table="public.readings"),
            Login("reader", consulted.PASSWORD),
        )
        self.lab.publishing.register_dataset(
            steward,
            replace(
                like,
                name="bathing_water",
                title=Text("Zwemwater", "Bathing water"),
                description=Text("Een rij per meting.", "One row for each measurement."),
                checks=(),
            ),
            new=True,
        )

    def _work(self) -> None:
        """Let people work on most days, and read."""
        days = (NOW.date() - BEGAN.date()).days
        for n in range(8, days, 2):
            day = BEGAN.date() + timedelta(days=n)
            for who, where, size, hours in (
                ("oeverland-analyst", PROJECT, "medium", 3),
                ("oeverland-lead", PROJECT, "small", 2),
                ("rivierstad-analyst", "river-access", "small", 3),
                ("kustregio-analyst", "youth-health", "medium", 4),
            ):
                self.clock.now = datetime.combine(day, time(8, n % 60), UTC)
                plan = self._start(who, where, size)
                self._read(plan, "growth_study" if where in {PROJECT, "youth-health"} else "places")
                self.clock.advance(hours=hours + n % 3, minutes=n)
                self.lab.sessions.close(plan.session, "culled")
            with self.lab.register.write() as t:
                for kind, name, bytes_ in (
                    ("home", f"oeverland-analyst/{PROJECT}", n * GIB // 9),
                    ("home", f"oeverland-lead/{PROJECT}", n * GIB // 40),
                    ("project", PROJECT, n * GIB // 5),
                ):
                    t.usage.put_sample(DiskSample(day, kind, name, bytes_))

    def _start(self, who: str, where: str, size: str = "small") -> wire.SessionPlan:
        plan = self.lab.sessions.plan(wire.SessionRequest(who, where, size=size))
        self.lab.sessions.activate(plan.session, wire.Activation("c" * 12, ADDRESS))
        return plan

    def _read(self, plan: wire.SessionPlan, dataset: str) -> None:
        token = plan.environment[wire.SessionEnvironment.TOKEN]
        with self.lab.register.read() as t:
            version = t.datasets.version(dataset)
        assert version is not None
        file = version.distributions[0].name
        readable = self.lab.reading.authorise(token, ADDRESS, dataset, None, file)
        self.lab.reads.begin(readable, readable.distribution.bytes)
        self.lab.reads.seal(everything=True)

    def _ask(self) -> dict[str, str]:
        """Let projects ask for data, for more, and for a project of their own."""
        requests, steward = self.lab.requests, self._actor("kustregio-steward")
        asked = requests.ask(
            self._actor("rivierstad-lead"),
            "growth_study",
            "river-access",
            "Nagaan of kinderen in wijken met veel water langer buiten spelen.\n\n"
            "We vergelijken gemiddelden per wijk, en tonen nooit minder dan tien kinderen.",
            until=date(2027, 6, 30),
            columns=("age", "hgt"),
        )
        self.clock.advance(hours=5)
        requests.question(steward, asked.id, "Welke wijken? En hoe lang bewaar je de uitkomsten?")
        self.clock.advance(hours=20)
        requests.answer(
            self._actor("rivierstad-lead"),
            asked.id,
            "De twaalf wijken langs de rivier. De uitkomsten bewaren we vijf jaar.",
        )
        requests.approve(
            self._actor("kustregio-privacy"),
            asked.id,
            ApprovalRole.PRIVACY_OFFICER,
            until=date(2027, 1, 31),
        )
        reading = requests.ask(
            self._actor("oeverland-lead"),
            consulted.DATASET,
            PROJECT,
            "Metingen naast de neerslag van de afgelopen zomer leggen.",
        )
        requests.refuse(steward, reading.id, "Deze metingen zijn nog niet gecontroleerd.")
        least = Allocation(sessions=2, cpu_hours=115)
        self.lab.allocations.set(OPERATOR, Level.person(PROJECT, "oeverland-analyst"), least)
        self.lab.extensions.ask(
            self._actor("oeverland-analyst"),
            PROJECT,
            Resource.CPU_HOURS,
            40,
            why="Het model voor alle dijkvakken nog een keer doorrekenen.",
        )
        return {"request": asked.id} | self._propose()

    def _propose(self) -> dict[str, str]:
        plan = Plan(
            title=Text("Droogte in veendijken", "Drought in peat dikes"),
            purpose=Text(
                "Uit metingen van grondwater afleiden welke veendijken scheuren.",
                "Derive from groundwater readings which peat dikes will crack.",
            ),
            legal_basis=LegalBasis.PUBLIC_TASK,
            starts=date(2027, 1, 4),
            ends=date(2027, 12, 31),
            ground="Waterwet, artikel 3.1",
            categories="Geen persoonsgegevens",
            subjects="Niemand",
            retention="Vijf jaar na het einde van het project",
            assessments=(Assessment.PRE_SCAN, Assessment.DPIA),
            datasets=("elevation_tiles", "water_bodies"),
            sizes=("small",),
            images=("python-geo",),
        )
        proposals, lead = self.lab.proposals, self._actor("oeverland-lead")
        made = proposals.propose(lead, plan)
        proposals.endorse(self._actor("oeverland-admin"), made.id, "Past in ons jaarplan.")
        back = proposals.propose(
            lead, replace(plan, title=Text("Muskusratten", "Muskrats"), datasets=())
        )
        proposals.send_back(
            self._actor("oeverland-admin"), back.id, "Noem de wet waarop dit rust, en de kaarten."
        )
        return {"proposal": made.id, "returned": back.id}

    def _partners(self) -> dict[str, str]:
        """Let organisations and people be invited, and one of them answer."""
        admin, contact = self._actor("waterdienst-admin"), Contact("S. Bos", "bos@veen.example")
        organisations = self.lab.organisations
        coming = organisations.invite(
            admin, "veenland", Text("Gemeente Veenland", "Municipality of Veenland"), contact
        )
        sent = organisations.invite(
            admin, "heuvelrand", Text("Omgevingsdienst Heuvelrand", "Heuvelrand Agency"), contact
        )
        organisations.submit(
            sent.secret,
            Details(
                name=Text("Omgevingsdienst Heuvelrand", "Heuvelrand Environment Agency"),
                body=PublicBody.AGENCY,
                identifier="",
                oin="00000001001234567000",
                contact=contact,
                privacy_officer=Contact("R. Vos", "fg@heuvelrand.example"),
                administrator=Contact("M. de Wit", "beheer@heuvelrand.example"),
                agreed_from=date(2027, 1, 1),
                agreed_until=date(2028, 12, 31),
                accepts=True,
            ),
            agreement(self.lab.settings.agreement, "nl"),
        )
        self.clock.advance(days=4)
        person = self.lab.invitations.invite_person(
            self._actor("oeverland-admin"),
            PARTNER,
            Contact("K. Meijer", "meijer@oeverland.example"),
            roles={LabRole.PRIVACY_OFFICER},
            places=(Place(PROJECT, MemberRole.ANALYST),),
        )
        return {
            "applicant": sent.invitation.organisation,
            "organisation_link": coming.secret,
            "person_link": person.secret,
        }

    def _hand_in(self) -> dict[str, str]:
        """Let files be on their way in, one in each state."""
        now = self.clock()
        common = {
            "dataset": "growth_study",
            "actor": "person:kustregio-steward",
            "path": "nothing",
            "bytes": 4_812_330,
            "created": now,
        }
        looked_at = Ingest(
            id=number(1),
            file="groei 2026.csv",
            state=IngestState.DETECTED,
            confirm=True,
            options={"delimiter": ";", "encoding": "cp1252", "decimal": ","},
            preview=(
                ("kind", "leeftijd", "lengte", "gewicht", "regio"),
                ("1001", "4,2", "103,5", "16,8", "Noord"),
                ("1002", "7,9", "128,0", "26,1", "Oost"),
                ("1003", "2,1", "87,4", "12,3", "Zuid"),
            ),
            findings=(finding(Trouble.LEADING_ZEROS, columns="kind"),),
            **common,  # type: ignore[arg-type]
        )
        ingests = [
            looked_at,
            replace(
                looked_at,
                id=number(2),
                file="groei september.csv",
                state=IngestState.RUNNING,
                step="convert",
                progress=0.4,
                heartbeat=now + timedelta(days=1),
                started=now,
            ),
            replace(
                looked_at,
                id=number(3),
                file="groei oud.xlsx",
                state=IngestState.FAILED,
                findings=(finding(Trouble.GAVE_UP, attempts=3),),
                finished=now,
            ),
            replace(
                looked_at,
                id=number(4),
                file="groei augustus.csv",
                state=IngestState.DONE,
                findings=(),
                finished=now,
                version=3,
            ),
        ]
        with self.lab.register.write() as t:
            for each in ingests:
                t.ingests.put(each)
            url = "https://data.example.nl/catalogus/dcat.ttl"
            read = now - timedelta(hours=6)
            t.harvests.put(Harvest(number(11), url, "rivierstad", 24, read, found=1234))
            t.harvests.put(Harvest(number(12), f"{url}?2", "kustregio", 5, read, NO_ANSWER, 3))
            t.harvests.put(Harvest(number(13), f"{url}?3", "waterdienst"))
        names = ("looked_at", "running", "failed", "done")
        return {name: each.id for name, each in zip(names, ingests, strict=True)}

    def _leave(self) -> dict[str, str]:
        """Let some leave, and somebody choose a password."""
        leavings.keep(self.lab.register, self.clock())
        self.lab.passwords.set_password("kustregio-steward", "drie natte laarzen in maart")
        key, _ = self.lab.passwords.make_link(OPERATOR, "oeverland-viewer")
        records = {"waits": leavings.WAITS, "signed": leavings.SIGNED}
        return {"password_link": key, "called_off": leavings.CALLED_OFF} | records

    def _keep_results(self) -> None:
        """Let projects have results in their folders, and one nothing yet."""
        for project in (PROJECT, "river-access"):
            results.fill(self.folders / "projects" / project)
        (self.folders / "projects" / "water-atlas").mkdir()

    def _run(self) -> None:
        """Let sessions run now, one of which is still starting."""
        for who, where in (("rivierstad-analyst", "river-access"), ("oeverland-analyst", PROJECT)):
            self._start(who, where)
            self.hub.active[who, where] = NOW - timedelta(minutes=4)
        self.clock.now = NOW - timedelta(seconds=20)
        self.lab.sessions.plan(wire.SessionRequest("oeverland-lead", PROJECT))

    def _tell(self) -> None:
        """Let the lab announce, tell and ask what is due."""
        admin = self._actor("waterdienst-admin")
        for text, audience, names in (
            (
                Text(
                    "Zondag 29 november is het lab dicht van 8.00 tot 12.00 uur.",
                    "On Sunday 29 November the lab is closed from 8:00 to 12:00.",
                ),
                Audience.EVERYONE,
                (),
            ),
            (
                Text("Overleg over dijkmetingen op 3 december.", ""),
                Audience.ORGANISATION,
                (PARTNER, "rivierstad"),
            ),
        ):
            self.lab.announcements.make(
                admin, Draft(text, audience, names, None, NOW + timedelta(days=9))
            )
        self.lab.notices.tell_ends()
        self.lab.confirmations.run_due()  # lists what stands, to be asked in a year
        with self.lab.register.write() as t:
            for each in t.confirmations.find():
                t.confirmations.put(replace(each, due=NOW))
        self.lab.confirmations.run_due()
