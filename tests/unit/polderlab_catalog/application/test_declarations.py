"""A lab told as a file and made of one: what goes out comes in again, and nothing else happens."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from tests.fakes.clock import NOON, StoppedClock
from tests.fakes.hub import MemoryHub
from tests.fakes.register import MemoryRegister
from tests.fakes.world import AMSTERDAM, DATASETS, GIB, PlainHasher, World, distribution

from polderlab_catalog import bootstrap
from polderlab_catalog.application.errors import Invalid, NotDeclared, Refused
from polderlab_catalog.bootstrap import Lab, assemble
from polderlab_catalog.cli.lab_file import read_file
from polderlab_catalog.cli.lab_picture import picture_in, text_of
from polderlab_catalog.domain.actors import Actor
from polderlab_catalog.domain.allocations import Allocation, Level
from polderlab_catalog.domain.audit import AuditAction, Outcome
from polderlab_catalog.domain.datasets import Version
from polderlab_catalog.domain.declarations import Difference, Kind, Picture, Turn
from polderlab_catalog.domain.grants import Grant
from polderlab_catalog.domain.names import legible, printable
from polderlab_catalog.domain.organisations import (
    Contact,
    Organisation,
    OrganisationKind,
    OrganisationState,
    Particulars,
    PublicBody,
)
from polderlab_catalog.domain.people import LabRole, Person, Vetting
from polderlab_catalog.domain.projects import LegalBasis, MemberRole, Membership, Project
from polderlab_catalog.domain.scopes import Condition, Operator, Scope
from polderlab_catalog.domain.sessions import Image, Size
from polderlab_catalog.domain.texts import Text
from polderlab_catalog.policy.decisions import Code
from polderlab_catalog.settings import LabSettings

ROOT = Actor.operator("root")
TODAY = NOON.astimezone(AMSTERDAM).date()
A_YEAR_ON = TODAY + timedelta(days=365)
BODIES = ("lead-agency", "river-town", "coast-region")
PEOPLE = tuple(f"{body}-{n}" for body in BODIES for n in range(2))
PROJECTS = ("atlas", "yes", "null-hypothesis")
TRICKY = st.sampled_from(
    ["yes", "Null", "~", "1", "1e3", "2026-01-01", "a: b", "# no", "'", '"', "- x", "{", "| x", "é"]
)


@pytest.fixture(autouse=True, scope="module")
def _quick_hashes() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bootstrap, "Argon2Hasher", PlainHasher)
        yield


def lab_of(register: MemoryRegister) -> Lab:
    nowhere = LabSettings(state=Path("/nowhere"), database="sqlite://")
    return assemble(nowhere, register, StoppedClock(), MemoryHub())


def with_datasets(register: MemoryRegister) -> None:
    with register.write() as t:
        for dataset in DATASETS.values():
            t.datasets.put(replace(dataset, organisation=BODIES[0]))
            files = (distribution(dataset.name),)
            t.datasets.put_version(Version(dataset.name, 1, NOON, files))


def told(text: str) -> Picture:
    return picture_in(read_file(text)[0])


def exported(lab: Lab) -> str:
    return text_of(lab.declarations.picture(ROOT))


ANYTHING = st.text(st.characters(exclude_categories=["Cs"]), max_size=30) | TRICKY
LEGIBLE = ANYTHING.map(lambda text: legible(text, 100))


@st.composite
def labs(draw: st.DrawFn, words: st.SearchStrategy[str]) -> MemoryRegister:
    """Return a register as the use cases could have left it, with any words in it."""
    register = MemoryRegister()
    texts = st.builds(Text, words, words)
    limits = st.builds(
        Allocation,
        cpus=st.none() | st.floats(0, 100),
        memory_bytes=st.none() | st.integers(0, 2**40),
        sessions=st.none() | st.integers(0, 9),
        cpu_hours=st.none() | st.floats(0, 1e4),
        home_bytes=st.none() | st.integers(0, 9).map(lambda n: n * GIB),
        images=st.none() | st.just(("geo",)),
        sizes=st.none() | st.just(("small",)),
    )
    contacts = st.just(Contact()) | st.just(Contact("Sam de Wit", "sam@example.nl"))
    days = st.integers(0, 300).map(lambda n: TODAY + timedelta(days=n))
    with register.write() as t:
        t.offer.put_image(Image("geo", draw(words), draw(texts), "sha256:1"))
        t.offer.put_size(Size("small", draw(texts), draw(st.floats(0.1, 8)), 2 * GIB))
        t.offer.put_size(Size("large", draw(texts), 4, draw(st.integers(1, 2**40))))
        for n, slug in enumerate(BODIES):
            t.organisations.put(
                Organisation(
                    slug,
                    draw(texts),
                    OrganisationKind.PARTNER if n else OrganisationKind.LEAD,
                    suspended=draw(st.booleans()),
                    identifier=draw(st.sampled_from(["", "https://example.nl/id/gm0796"])),
                    state=draw(st.sampled_from(OrganisationState)),
                    agreed_until=draw(st.none() | days),
                    vetting=draw(st.booleans()),
                )
            )
            t.organisations.put_particulars(
                Particulars(
                    slug,
                    body=draw(st.sampled_from(PublicBody)),
                    oin=draw(st.sampled_from(["", "00000001001234567000"])),
                    contact=draw(contacts),
                    administrator=draw(contacts),
                    agreed_from=draw(st.none() | days),
                )
            )
            above = draw(limits)
            t.allocations.put(Level.organisation(slug), above)
        for username in PEOPLE:
            home = username.rpartition("-")[0]
            roles = (
                set(LabRole) if home == BODIES[0] else set(LabRole) - {LabRole.LAB_ADMINISTRATOR}
            )
            t.people.put(
                Person(
                    username,
                    draw(words) or "Sam",
                    home,
                    draw(st.frozensets(st.sampled_from(sorted(roles)))),
                    draw(st.booleans()),
                    draw(st.sampled_from(["", "sam@example.nl"])),
                    draw(st.sampled_from(Vetting)),
                )
            )
        for slug in draw(st.lists(st.sampled_from(PROJECTS), unique=True)):
            starts = draw(days)
            owner = draw(st.sampled_from(BODIES))
            t.projects.put(
                Project(
                    slug,
                    draw(texts),
                    owner,
                    draw(texts),
                    draw(st.sampled_from(LegalBasis)),
                    starts,
                    A_YEAR_ON,
                    ("geo",),
                    draw(st.permutations(("small", "large")).map(tuple)),
                    draw(st.booleans()),
                )
            )
            level = Level.organisation(owner)
            above = t.allocations.of([level])[level]
            t.allocations.put(Level.project(slug), replace(above, cpu_hours=above.cpu_hours))
            for username in draw(st.lists(st.sampled_from(PEOPLE), unique=True)):
                role = draw(st.sampled_from(MemberRole))
                t.projects.put_membership(Membership(username, slug, role, draw(st.none() | days)))
                if draw(st.booleans()):
                    t.allocations.put(Level.person(slug, username), above)
            for dataset in draw(st.lists(st.sampled_from(sorted(DATASETS)), unique=True)):
                last = TODAY + timedelta(days=draw(st.integers(1, 300)))
                rows = (Condition("hgt", Operator.AT_MOST, (draw(st.floats(-9, 9)),)),)
                t.grants.put(
                    Grant(
                        f"{dataset} {slug}",
                        dataset,
                        slug,
                        NOON,
                        datetime.combine(last + timedelta(days=1), time(), AMSTERDAM),
                        "person:a-steward",
                        printable(" ".join(draw(words).split()), 500),
                        scope=draw(st.sampled_from([Scope(), Scope(("hgt",)), Scope((), rows)])),
                        conditions=legible(draw(words), 500),
                    )
                )
    with_datasets(register)
    return register


@given(labs(ANYTHING))
@settings(max_examples=25, deadline=None, phases=[Phase.generate])
def test_what_is_exported_and_applied_changes_nothing_whatever_is_in_the_register(
    register: MemoryRegister,
) -> None:
    lab = lab_of(register)
    before, count = lab.declarations.picture(ROOT), lab.audit.verify().count
    text = text_of(before)
    assert lab.declarations.apply(ROOT, told(text)) == ()
    assert lab.declarations.picture(ROOT) == before
    assert lab.audit.verify().count == count
    assert exported(lab) == text


@given(labs(LEGIBLE))
@settings(max_examples=25, deadline=None, phases=[Phase.generate])
def test_an_export_makes_the_same_lab_of_an_empty_one_and_a_second_time_nothing(
    register: MemoryRegister,
) -> None:
    text = exported(lab_of(register))
    empty = MemoryRegister()
    with_datasets(empty)
    lab = lab_of(empty)
    assert all(each.turn is not Turn.ENDED for each in lab.declarations.apply(ROOT, told(text)))
    assert exported(lab) == text
    count = lab.audit.verify().count
    assert lab.declarations.apply(ROOT, told(text), agreed=()) == ()
    assert lab.audit.verify().count == count


@pytest.fixture
def world() -> World:
    return World(MemoryRegister())


@pytest.fixture
def lab(world: World) -> Lab:
    nowhere = LabSettings(state=Path("/nowhere"), database="sqlite://")
    return assemble(nowhere, world.register, world.clock, world.hub)


Apply = Callable[..., tuple[Difference, ...]]


@pytest.fixture
def apply(lab: Lab) -> Apply:
    def make(text: str, *prune: Kind, actor: Actor = ROOT) -> tuple[Difference, ...]:
        return lab.declarations.apply(actor, told(f"version: 1\n{text}"), prune)

    return make


def actions(lab: Lab, limit: int = 20) -> list[AuditAction]:
    with lab.register.read() as t:
        return [each.event.action for each in reversed(t.audit.search(limit=limit))]


def test_one_wrong_thing_undoes_everything_and_stands_in_the_log(lab: Lab, apply: Apply) -> None:
    before = exported(lab)
    with pytest.raises(NotDeclared) as refusal:
        apply(
            "organisations: {rivierstad: {name: {nl: Anders}}}\n"
            "projects: {river-access: {allocation: {cpus: 99}}}"
        )
    assert (refusal.value.section, refusal.value.name) == ("allocations", "project:river-access")
    assert isinstance(refusal.value.reason, Refused)
    assert refusal.value.reason.decision.code is Code.ALLOCATION_EXCEEDS
    assert exported(lab) == before
    with lab.register.read() as t:
        (line,) = t.audit.search(limit=1)
    assert line.event.outcome is Outcome.REFUSED
    assert line.event.object == "project:river-access"
    assert line.event.details["code"] == "allocation-exceeds"
    # the control: less does go
    assert apply("projects: {river-access: {allocation: {cpus: 2}}}")


def test_looking_changes_nothing_but_says_what_would_be_refused(lab: Lab) -> None:
    count = lab.audit.verify().count
    good = told("version: 1\nprojects: {river-access: {ends: 2028-06-30}}")
    (found,) = lab.declarations.plan(ROOT, good)
    assert found.facts == {"ends": (date(2027, 12, 31), date(2028, 6, 30))}
    bad = told("version: 1\ngrants: {growth_study: {river-access: {until: 2029-01-01}}}")
    with pytest.raises(NotDeclared, match="2027-12-31"):
        lab.declarations.plan(ROOT, bad)
    assert lab.audit.verify().count == count


def test_each_change_is_logged_as_the_pages_log_it(lab: Lab, apply: Apply) -> None:
    count = lab.audit.verify().count
    apply(
        "organisations: {rivierstad: {vetting: true, suspended: true}}\n"
        "people: {rivierstad-lead: {roles: [organisation-administrator]}}\n"
        "projects: {river-access: {ends: 2027-06-30, members: {rivierstad-lead: {allocation: "
        "{sessions: 1}}}}}\n"
        "grants: {growth_study: {river-access: {until: 2027-01-31}}}"
    )
    assert actions(lab, lab.audit.verify().count - count) == [
        AuditAction.ORGANISATION_CHANGED,
        AuditAction.ORGANISATION_SUSPENDED,
        AuditAction.PERSON_CHANGED,
        AuditAction.ORGANISATION_TOLD,
        AuditAction.PROJECT_DATED,
        AuditAction.ALLOCATION_SET,
        AuditAction.GRANT_GIVEN,
    ]


def test_a_whole_partner_comes_in_by_one_file(lab: Lab, apply: Apply) -> None:
    apply(
        "organisations: {polderschap: {name: {nl: Polderschap}, kind: partner, allocation: "
        "{sessions: 2}}}\n"
        "people: {polder-lead: {name: Pia, organisation: polderschap, roles: [steward]}}\n"
        "projects: {dike-watch: {organisation: polderschap, title: {nl: Dijken}, purpose: "
        "{nl: Dijken bewaken}, legal_basis: public-task, starts: 2026-01-01, ends: 2027-12-31, "
        "images: [python-geo], sizes: [small], members: {polder-lead: {role: lead}}}}\n"
        "grants: {growth_study: {dike-watch: {until: 2027-06-30, columns: [hgt]}}}"
    )
    assert lab.sessions.check("polder-lead", "dike-watch")
    (grant,) = lab.grants.of_dataset("growth_study")
    assert grant.scope.columns == ("hgt",)


def test_what_is_not_in_the_file_is_left_alone(lab: Lab, apply: Apply) -> None:
    apply("organisations: {kustregio: {contact: {name: Sam, email: sam@example.nl}}}")
    assert apply("organisations: {kustregio: {name: {nl: Kust}}}")
    with lab.register.read() as t:
        told = t.organisations.particulars("kustregio")
        assert told
        assert told.contact == Contact("Sam", "sam@example.nl")
        assert len(t.people.all()) == 7


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("organisations: {rivierstad: {state: left}}", Code.NOT_DECLARABLE),
        ("people: {rivierstad-lead: {organisation: kustregio}}", Code.NOT_DECLARABLE),
        ("people: {rivierstad-lead: {vetting: waiting}}", Code.NOT_DECLARABLE),
        ("projects: {river-access: {organisation: kustregio}}", Code.NOT_DECLARABLE),
        ("people: {rivierstad-lead: {roles: [lab-administrator]}}", Code.ROLE_NOT_YOURS_TO_GIVE),
        (
            "people: {new-person: {name: X, organisation: rivierstad, roles: [lab-administrator]}}",
            Code.ROLE_NOT_YOURS_TO_GIVE,
        ),
        (
            "grants: {growth_study: {river-access: {until: 2020-01-01}}}",
            Code.GRANT_NEEDS_FUTURE_END,
        ),
    ],
)
def test_a_file_gets_no_further_than_the_policies(
    lab: Lab, apply: Apply, text: str, code: Code
) -> None:
    before = exported(lab)
    with pytest.raises(NotDeclared) as refusal:
        apply(text)
    assert isinstance(refusal.value.reason, Refused)
    assert refusal.value.reason.decision.code is code
    assert exported(lab) == before


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("people: {new-person: {name: X}}", "organisation"),
        ("people: {rivierstad-lead: {email: nonsense}}", "email"),
        ('people: {rivierstad-lead: {name: "\\e[31mred"}}', "display_name"),
        ("projects: {river-access: {images: [no-such-image]}}", "images"),
        ("organisations: {rivierstad: {oin: '1'}}", "oin"),
        ("organisations: {rivierstad: {identifier: 'javascript:x'}}", "identifier"),
        ("grants: {growth_study: {river-access: {reason: x}}}", "until"),
    ],
)
def test_what_cannot_be_is_refused_by_its_field(
    lab: Lab, apply: Apply, text: str, field: str
) -> None:
    with pytest.raises(NotDeclared) as refusal:
        apply(text)
    assert isinstance(refusal.value.reason, Invalid)
    assert set(refusal.value.reason.fields) == {field}


def test_nobody_declares_a_lab_from_within(lab: Lab, world: World, apply: Apply) -> None:
    with lab.register.read() as t:
        admin = t.people.get("waterdienst-admin")
    assert admin is not None
    with pytest.raises(Refused) as refusal:
        apply("people: {waterdienst-admin: {roles: [steward]}}", actor=Actor.for_person(admin))
    assert refusal.value.decision.code is Code.NOT_OPERATOR
    with pytest.raises(Refused):
        lab.declarations.picture(Actor.for_person(admin))
    assert apply("people: {rivierstad-lead: {roles: [steward]}}")


def test_the_lab_must_be_as_it_was_when_somebody_agreed(lab: Lab, world: World) -> None:
    wanted = told("version: 1\nprojects: {river-access: {internet: true}}")
    agreed = lab.declarations.plan(ROOT, wanted)
    lab.members.end(ROOT, "river-access", date(2027, 1, 1))
    assert lab.declarations.plan(ROOT, wanted) == agreed  # of no concern to the file
    other = told("version: 1\nprojects: {river-access: {internet: true, ends: 2027-01-01}}")
    with pytest.raises(Refused) as refusal:
        lab.declarations.apply(
            ROOT, other, agreed=[*agreed, Difference(Kind.SIZES, "small", Turn.NEW, {})]
        )
    assert refusal.value.decision.code is Code.CHANGED_MEANWHILE
    assert lab.declarations.apply(ROOT, other, agreed=agreed) == agreed


@pytest.mark.parametrize("kind", [Kind.PEOPLE, Kind.MEMBERS, Kind.GRANTS, Kind.ORGANISATIONS])
def test_an_empty_list_ends_nobody(lab: Lab, apply: Apply, kind: Kind) -> None:
    before = exported(lab)
    with pytest.raises(Refused) as refusal:
        apply("sizes: {}", kind)
    assert refusal.value.decision.code is Code.EMPTY_DECLARATION
    assert exported(lab) == before


def test_pruning_ends_what_is_left_out_and_deletes_nothing(
    lab: Lab, world: World, apply: Apply
) -> None:
    lab.grants.grant(ROOT, "soil_survey", "river-access", date(2027, 1, 31))
    lab.grants.grant(ROOT, "growth_study", "youth-health", date(2027, 1, 31))
    found = apply(
        "organisations: {rivierstad: {}}\n"
        "people: {waterdienst-admin: {}, rivierstad-lead: {}, rivierstad-analyst: {}}\n"
        "projects: {river-access: {members: {rivierstad-lead: {}}}}\n"
        "grants: {soil_survey: {river-access: {}}}",
        Kind.ORGANISATIONS,
        Kind.PEOPLE,
        Kind.PROJECTS,
        Kind.MEMBERS,
        Kind.GRANTS,
    )
    assert [(each.kind.value, each.name) for each in found] == [
        ("grants", "growth_study/youth-health"),
        ("members", "river-access/rivierstad-analyst"),
        ("projects", "youth-health"),
        ("people", "kustregio-analyst"),
        ("people", "kustregio-privacy"),
        ("people", "kustregio-steward"),
        ("people", "rivierstad-steward"),
        # the lead agency is never left out
        ("organisations", "kustregio"),
    ]
    with lab.register.read() as t:
        assert len(t.people.all()) == 7
        assert {each.slug for each in t.organisations.all() if each.suspended} == {"kustregio"}
        ended = t.projects.get("youth-health")
        assert ended
        assert ended.ends == TODAY - timedelta(days=1)
        # of a project of which the file names nobody, nobody is put out
        assert t.projects.membership("kustregio-analyst", "youth-health")


@pytest.mark.parametrize("starts", [-1, 0, 30])
def test_a_project_that_was_yet_to_begin_is_over_once_it_is_pruned(
    lab: Lab, world: World, apply: Apply, starts: int
) -> None:
    with world.register.write() as t:
        project = t.projects.get("youth-health")
        assert project
        t.projects.put(replace(project, starts=TODAY + timedelta(days=starts)))
    keep = "projects: {river-access: {}}"
    (found,) = apply(keep, Kind.PROJECTS)
    assert (found.name, found.turn) == ("youth-health", Turn.ENDED)
    with pytest.raises(Refused) as refusal:
        world.run("kustregio-analyst", "youth-health")
    assert refusal.value.decision.code is Code.PROJECT_ENDED
    assert apply(keep, Kind.PROJECTS) == ()
    ends = "2027-12-31"
    apply(f"projects: {{youth-health: {{starts: {TODAY.isoformat()}, ends: {ends}}}}}")
    assert world.run("kustregio-analyst", "youth-health")


def test_what_runs_is_stopped_once_it_holds_and_not_before(
    lab: Lab, world: World, apply: Apply
) -> None:
    plan = world.run("rivierstad-analyst", "river-access")
    others = "rivierstad-lead: {}"
    with pytest.raises(NotDeclared):
        apply(
            f"projects: {{river-access: {{members: {{{others}}}}}}}\n"
            "grants: {no_such_data: {river-access: {until: 2027-01-31}}}",
            Kind.MEMBERS,
        )
    assert world.hub.stopped == []
    with lab.register.read() as t:
        held = t.sessions.get(plan.session)
        assert held
        assert held.open
    apply(f"projects: {{river-access: {{members: {{{others}}}}}}}", Kind.MEMBERS)
    assert world.hub.stopped == [("rivierstad-analyst", "river-access")]


def test_a_lead_can_be_followed_up_in_one_go(lab: Lab, apply: Apply) -> None:
    apply(
        "projects: {river-access: {members: {rivierstad-analyst: {role: lead}, "
        "rivierstad-lead: {role: viewer}}}}"
    )
    with lab.register.read() as t:
        now = t.projects.membership("rivierstad-lead", "river-access")
        assert now
        assert now.role is MemberRole.VIEWER
    with pytest.raises(NotDeclared) as refusal:
        apply("projects: {river-access: {members: {rivierstad-analyst: {role: viewer}}}}")
    assert isinstance(refusal.value.reason, Refused)
    assert refusal.value.reason.decision.code is Code.NO_LEAD_LEFT


def test_a_project_moves_in_time_as_a_whole(lab: Lab, apply: Apply) -> None:
    for starts, ends in ("2028-01-01", "2028-12-31"), ("2026-01-01", "2026-12-31"):
        assert apply(f"projects: {{river-access: {{starts: {starts}, ends: {ends}}}}}")
    with pytest.raises(NotDeclared):
        apply("projects: {river-access: {starts: 2027-01-01}}")


def test_a_grant_keeps_the_request_it_answers(lab: Lab, world: World, apply: Apply) -> None:
    lab.grants.grant(ROOT, "soil_survey", "river-access", date(2027, 1, 31), request="r-1")
    apply("grants: {soil_survey: {river-access: {until: 2027-03-31, reason: '  more   time '}}}")
    (grant,) = lab.grants.of_dataset("soil_survey")
    assert (grant.request, grant.reason) == ("r-1", "more time")
    again = "grants: {soil_survey: {river-access: {until: 2027-03-31, reason: '  more   time '}}}"
    assert apply(again) == ()
