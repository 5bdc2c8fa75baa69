"""What every register keeps to: memory, SQLite and PostgreSQL alike."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from polderlab_catalog.application.ports import Register
from polderlab_catalog.domain.audit import AuditAction, AuditEvent, Outcome
from polderlab_catalog.domain.chain import GENESIS, verify
from polderlab_catalog.domain.datasets import (
    Classification,
    Column,
    Dataset,
    Distribution,
    Version,
)
from polderlab_catalog.domain.grants import Grant
from polderlab_catalog.domain.identities import Binding, Identity
from polderlab_catalog.domain.organisations import Organisation, OrganisationKind, OrganisationState
from polderlab_catalog.domain.people import Credentials, LabRole, Person
from polderlab_catalog.domain.projects import LegalBasis, MemberRole, Membership, Project
from polderlab_catalog.domain.sessions import Image, Session, SessionState, Size
from polderlab_catalog.domain.sign_ins import PasswordLink, Tries
from polderlab_catalog.domain.texts import Text

NOW = datetime(2026, 3, 29, 0, 59, 59, 123456, tzinfo=UTC)
TEXT = Text("Waterschap ’t Zuiden – één", "Water board “South” 🌊")


def organisation(slug: str = "rivierstad") -> Organisation:
    return Organisation(slug, TEXT, OrganisationKind.PARTNER, suspended=True)


def project(slug: str = "river-access") -> Project:
    return Project(
        slug=slug,
        title=TEXT,
        organisation="rivierstad",
        purpose=TEXT,
        legal_basis=LegalBasis.PUBLIC_TASK,
        starts=date(2026, 1, 1),
        ends=date(2027, 2, 28),
        images=("python-geo", "another"),
        sizes=("small", "medium"),
        internet=True,
    )


def dataset(name: str = "growth_study") -> Dataset:
    return Dataset(
        name, TEXT, TEXT, "rivierstad", "Data, Rivierstad", Classification.CONFIDENTIAL,
        "https://example.org/l", "somewhere", "HEAL", ("groei", "kinderen"),
    )  # fmt: skip


def version(number: int, withdrawn: bool = False) -> Version:
    files = (
        Distribution("z.parquet", "x/y", "growth/z", 2**40, "0" * 64),
        Distribution(
            "a.parquet", "x/y", "growth/a", 1, "1" * 64, rows=2**33,
            columns=(Column("hgt.z", "double", TEXT), Column("id", "int64")),
            crs="EPSG:28992", bbox=(3.2, 50.7, 7.2, 53.6),
        ),
    )  # fmt: skip
    return Version("growth_study", number, NOW, files, TEXT, withdrawn)


def session(id_: str = "s1", **changes: object) -> Session:
    made = Session(
        id=id_, username="ravi", project="river-access", image="python-geo", size="small",
        cpus=0.5, memory_bytes=2**33, token_hash=f"hash of {id_}", state=SessionState.STARTING,
        started=NOW, language="en",
    )  # fmt: skip
    return replace(made, **changes)  # type: ignore[arg-type]


@pytest.fixture
def filled(register: Register) -> Register:
    with register.write() as t:
        t.organisations.put(organisation())
        t.people.put(Person("ravi", "Ravi ’t Hooft", "rivierstad", frozenset(LabRole)))
        t.people.put(Person("lea", "Lea", "rivierstad", active=False))
        t.projects.put(project())
        t.datasets.put(dataset())
    return register


def test_what_goes_in_comes_out_the_same(filled: Register) -> None:
    grant = Grant("g1", "growth_study", "river-access", NOW, NOW, "person:x", "omdat", NOW, "y")
    held = Credentials("ravi", "$argon2id$…")
    with filled.write() as t:
        t.people.put_credentials(held)
        t.projects.put_membership(Membership("ravi", "river-access", MemberRole.VIEWER))
        t.datasets.put_version(version(1))
        t.grants.put(grant)
        t.sessions.put(session())
        t.offer.put_image(Image("python-geo", "1", TEXT, "sha256:abc"))
        t.offer.put_size(Size("small", TEXT, 0.5, 2**33, 256))
    with filled.read() as t:
        assert t.organisations.get("rivierstad") == organisation()
        assert t.people.get("ravi") == Person(
            "ravi", "Ravi ’t Hooft", "rivierstad", frozenset(LabRole)
        )
        assert t.people.get("lea") == Person("lea", "Lea", "rivierstad", active=False)
        assert t.people.credentials("ravi") == held
        assert t.projects.get("river-access") == project()
        membership = t.projects.membership("ravi", "river-access")
        assert membership == Membership("ravi", "river-access", MemberRole.VIEWER)
        assert t.datasets.get("growth_study") == dataset()
        assert t.datasets.version("growth_study", 1) == version(1)
        assert t.grants.get("g1") == grant
        assert t.sessions.get("s1") == session()
        assert t.offer.image("python-geo") == Image("python-geo", "1", TEXT, "sha256:abc")
        assert t.offer.size("small") == Size("small", TEXT, 0.5, 2**33, 256)


def test_failed_tries_are_kept_by_subject_and_forgotten(filled: Register) -> None:
    old = Tries("name:nobody-here", 3, NOW - timedelta(days=2), NOW)
    new = Tries("address:2001:db8::/64", 1, NOW)
    with filled.write() as t:
        for each in (old, new):
            t.sign_ins.put_tries(each)
        t.sign_ins.put_tries(replace(new, failed=2))
    with filled.write() as t:
        assert t.sign_ins.tries(old.subject) == old
        assert t.sign_ins.tries(new.subject) == replace(new, failed=2)
        assert t.sign_ins.tries("name:else") is None
        t.sign_ins.forget_tries(NOW - timedelta(days=1))
        assert t.sign_ins.tries(old.subject) is None
        assert t.sign_ins.remove_tries(new.subject)
        assert not t.sign_ins.remove_tries(new.subject)
        assert t.sign_ins.tries(new.subject) is None


def test_an_account_is_tied_to_one_at_a_provider_and_let_go(filled: Register) -> None:
    identity = Identity("https://id.example", "Zoë|0b1c")
    linked, bound = Binding("ravi", linked=True), Binding("lea", identity, bound=NOW)
    with filled.write() as t:
        assert t.identities.of("ravi") is None
        for each in (linked, bound):
            t.identities.put(each)
    with filled.read() as t:
        assert (t.identities.of("ravi"), t.identities.of("lea")) == (linked, bound)
        assert t.identities.find(identity) == bound
        assert t.identities.find(replace(identity, subject="zoë|0b1c")) is None
        assert t.identities.find(replace(identity, issuer="https://id.example/")) is None
    with filled.write() as t:
        t.identities.put(replace(linked, identity=replace(identity, subject="1"), bound=NOW))
        assert t.identities.remove("lea")
        assert not t.identities.remove("lea")
    with filled.read() as t:
        assert t.identities.find(identity) is None
        found = t.identities.of("ravi")
        assert found == Binding("ravi", Identity("https://id.example", "1"), True, NOW)


def test_a_person_has_one_password_link_at_most(filled: Register) -> None:
    first = PasswordLink("ravi", "1" * 64, NOW)
    second = PasswordLink("ravi", "2" * 64, NOW + timedelta(hours=1))
    with filled.write() as t:
        t.sign_ins.put_link(first)
        t.sign_ins.put_link(PasswordLink("lea", "3" * 64, NOW))
    with filled.read() as t:
        assert t.sign_ins.link("1" * 64) == first
    with filled.write() as t:
        t.sign_ins.put_link(second)
        assert t.sign_ins.link("1" * 64) is None
        assert t.sign_ins.link("2" * 64) == second
        assert t.sign_ins.remove_link("ravi")
        assert not t.sign_ins.remove_link("ravi")
        assert t.sign_ins.link("2" * 64) is None
        assert t.sign_ins.link("3" * 64) is not None


def test_what_is_not_there_is_none(register: Register) -> None:
    with register.read() as t:
        assert t.organisations.get("nobody") is None
        assert t.people.get("nobody") is None
        assert t.people.credentials("nobody") is None
        assert t.projects.get("nothing") is None
        assert t.projects.membership("nobody", "nothing") is None
        assert t.datasets.get("nothing") is None
        assert t.datasets.version("nothing") is None
        assert t.datasets.version("nothing", 1) is None
        assert t.grants.get("nothing") is None
        assert t.sessions.get("nothing") is None
        assert t.sessions.by_token_hash("nothing") is None
        assert t.sessions.latest("nobody", ["nothing"]) == {}
        assert t.organisations.lead() is None
        assert t.offer.image("nothing") is None
        assert t.offer.size("nothing") is None


def test_putting_again_overwrites(filled: Register) -> None:
    changed = replace(organisation(), suspended=False)
    with filled.write() as t:
        t.organisations.put(changed)
    with filled.read() as t:
        assert t.organisations.all() == [changed]


def test_a_moment_comes_back_in_utc_whatever_zone_it_went_in(filled: Register) -> None:
    summer = NOW.astimezone(timezone(timedelta(hours=2)))
    with filled.write() as t:
        t.sessions.put(session(started=summer))
    with filled.read() as t:
        found = t.sessions.get("s1")
    assert found is not None
    assert found.started == NOW
    assert found.started.utcoffset() is not None


def test_everything_is_listed_by_name(filled: Register) -> None:
    with filled.write() as t:
        for slug in ("river", "river-b", "river-a", "river2"):
            t.projects.put(project(slug))
    with filled.read() as t:
        slugs = [found.slug for found in t.projects.all()]
    assert slugs == ["river", "river-a", "river-access", "river-b", "river2"]


def test_a_block_that_raises_leaves_nothing(filled: Register) -> None:
    def fail() -> None:
        with filled.write() as t:
            t.organisations.put(organisation("kustregio"))
            t.audit.append(AuditEvent(AuditAction.PERSON_SIGNED_IN, "lab"), NOW)
            raise LookupError

    with pytest.raises(LookupError):
        fail()
    with filled.read() as t:
        assert t.organisations.get("kustregio") is None
        assert list(t.audit.records()) == []


def test_memberships_are_found_by_person_and_by_project(filled: Register) -> None:
    mine = Membership("ravi", "river-access", MemberRole.ANALYST)
    other = Membership("lea", "river-access", MemberRole.LEAD)
    elsewhere = Membership("ravi", "another", MemberRole.LEAD)
    with filled.write() as t:
        t.projects.put(project("another"))
        for membership in (mine, other, elsewhere):
            t.projects.put_membership(membership)
        assert t.projects.memberships(username="ravi") == [elsewhere, mine]
        assert t.projects.memberships(project="river-access") == [other, mine]
        assert t.projects.memberships(projects=["river-access", "x"]) == [other, mine]
        assert t.projects.memberships(username="ravi", projects={"river-access"}) == [mine]
        assert t.projects.memberships(projects=[]) == []
        assert len(t.projects.memberships()) == 3
        assert t.projects.remove_membership("ravi", "river-access") is True
        assert t.projects.remove_membership("ravi", "river-access") is False
        assert t.projects.memberships(username="ravi") == [elsewhere]


def test_the_newest_version_is_the_last_that_was_not_withdrawn(filled: Register) -> None:
    with filled.write() as t:
        t.datasets.put(dataset("empty_one"))
        t.datasets.put(dataset("gone_one"))
        t.datasets.put_version(replace(version(1, withdrawn=True), dataset="gone_one"))
        for number, withdrawn in ((1, False), (2, False), (3, True)):
            t.datasets.put_version(version(number, withdrawn))
        assert t.datasets.version("growth_study") == version(2)
        assert t.datasets.version("growth_study", 3) == version(3, withdrawn=True)
        assert t.datasets.newest_versions() == {"growth_study": version(2)}
        assert [v.number for v in t.datasets.versions("growth_study")] == [1, 2, 3]
        assert t.datasets.version("gone_one") is None


def test_grants_are_found_by_dataset_and_project_in_order_of_start(filled: Register) -> None:
    def grant(id_: str, project: str, hours: int) -> Grant:
        starts = NOW + timedelta(hours=hours)
        return Grant(id_, "growth_study", project, starts, starts, "lab")

    late, early, other = (
        grant("b", "river-access", 2),
        grant("c", "river-access", 1),
        grant("a", "another", 0),
    )
    with filled.write() as t:
        t.projects.put(project("another"))
        for given in (late, early, other):
            t.grants.put(given)
        assert t.grants.find(project="river-access") == [early, late]
        assert t.grants.find(dataset="growth_study") == [other, early, late]
        assert t.grants.find(dataset="nothing") == []
        assert t.grants.find(dataset="growth_study", project="another") == [other]


def test_of_those_asked_for_by_name_those_that_exist_are_found_at_once(filled: Register) -> None:
    lead = replace(organisation("kustregio"), kind=OrganisationKind.LEAD)
    with filled.write() as t:
        t.organisations.put(lead)
        t.projects.put(project("another"))
        t.projects.put(project("third"))
        wanted = {"another", "river-access", "nothing"}
        assert t.projects.some(wanted) == {s: project(s) for s in ("another", "river-access")}
        assert t.projects.some([]) == {}
        assert t.organisations.some(["kustregio", "nothing"]) == {"kustregio": lead}
        assert t.organisations.lead() == lead
        assert t.organisations.waiting() == []
        waits = replace(organisation("meerdijk"), state=OrganisationState.SUBMITTED)
        t.organisations.put(waits)
        assert t.organisations.waiting() == [waits]


def test_the_latest_session_is_told_by_project(filled: Register) -> None:
    ended = {"state": SessionState.CLOSED, "closed": NOW}
    then = {"started": NOW - timedelta(days=1), **ended}
    with filled.write() as t:
        for slug in ("another", "third"):
            t.projects.put(project(slug))
        for each in (
            session("older", **then),
            session("b", **ended),
            session("a", **ended),
            session("elsewhere", **then, project="another"),
            session("of-lea", username="lea", project="third", **ended),
        ):
            t.sessions.put(each)
        everywhere = ["river-access", "another", "third"]
        told = {slug: each.id for slug, each in t.sessions.latest("ravi", everywhere).items()}
        assert told == {"river-access": "b", "another": "elsewhere"}
        assert set(t.sessions.latest("ravi", ["another"])) == {"another"}
        assert t.sessions.latest("ravi", []) == {}


def test_open_sessions_are_those_that_start_or_run_oldest_first(filled: Register) -> None:
    later = NOW + timedelta(minutes=1)
    closed = session("closed", state=SessionState.CLOSED, started=later, closed=later)
    young = session("young", started=later, username="lea")
    old = session("old", state=SessionState.RUNNING, address="10.0.0.2", container="c")
    with filled.write() as t:
        for each in (closed, young, old):
            t.sessions.put(each)
        assert t.sessions.open() == [old, young]
        assert t.sessions.open(username="ravi") == [old]
        assert t.sessions.open(project="nothing") == []
        assert t.sessions.open(username="lea", project="river-access") == [young]
        assert t.sessions.latest("ravi", ["river-access", "nothing"]) == {"river-access": closed}
        assert t.sessions.by_token_hash("hash of old") == old


def test_the_log_is_a_chain_and_is_searched_newest_first(register: Register) -> None:
    def event(n: int) -> AuditEvent:
        return AuditEvent(
            AuditAction.DATASET_READ if n % 2 else AuditAction.DATASET_READ_REFUSED,
            actor=f"person:{n}",
            outcome=Outcome.OK if n % 2 else Outcome.REFUSED,
            object="growth_study",
            project=f"project-{n % 3}",
            purpose="“doel” één",
            session="s",
            origin="10.0.0.1",
            details={"bytes": 2**40, "file": "ünï.parquet"},
        )

    for n in range(1, 8):
        with register.write() as t:
            t.audit.append(event(n), NOW + timedelta(seconds=n))
    with register.read() as t:
        records = list(t.audit.records())
        assert [record.number for record in records] == [1, 2, 3, 4, 5, 6, 7]
        assert records[0].previous == GENESIS
        assert records[0].event == event(1)
        assert records[6].previous == records[5].hash
        newest = t.audit.search(limit=2)
        assert [record.number for record in newest] == [7, 6]
        reads = t.audit.search(action=AuditAction.DATASET_READ, project="project-1")
        assert [record.number for record in reads] == [7, 1]
        assert [r.number for r in t.audit.search(actor="person:3")] == [3]
        assert t.audit.search(object="nothing") == []
        assert {r.event.session for r in t.audit.search(session="s")} == {"s"}
        assert t.audit.search(session="another") == []
        assert verify(t.audit.records()).count == 7


def test_two_events_in_one_transaction_follow_each_other(register: Register) -> None:
    with register.write() as t:
        first = t.audit.append(AuditEvent(AuditAction.GRANT_GIVEN, "lab"), NOW)
        second = t.audit.append(AuditEvent(AuditAction.GRANT_REVOKED, "lab"), NOW)
    assert (second.number, second.previous) == (2, first.hash)


def test_a_long_log_streams_in_order(register: Register) -> None:
    with register.write() as t:
        for _ in range(2100):
            t.audit.append(AuditEvent(AuditAction.DATASET_READ, "lab"), NOW)
    with register.read() as t:
        found = verify(t.audit.records())
    assert (found.ok, found.count) == (True, 2100)
