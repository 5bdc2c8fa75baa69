"""Signing in, and guessing."""

from __future__ import annotations

import pytest
from tests.fakes.world import AMSTERDAM, PASSWORD, PEOPLE, PlainHasher, World

from polderlab.wire import Vouched
from polderlab_catalog.application.actors import Actor
from polderlab_catalog.application.errors import Refused
from polderlab_catalog.application.sign_ins import SignIns
from polderlab_catalog.domain.audit import AuditAction
from polderlab_catalog.domain.people import Credentials
from polderlab_catalog.policy.decisions import Code

RAVI, ADA = "rivierstad-analyst", "waterdienst-admin"
OFFICE = "192.0.2.7"


@pytest.fixture
def world(world: World) -> World:
    for name in (RAVI, ADA):
        world.passwords.set_password(name, PASSWORD)
        world.identities.link(world.operator, name)
    return world


def said_by(provider: str, username: str, organisation: str, factor: bool = False) -> Vouched:
    """Return what a provider says of somebody whom it calls the same for good."""
    issuer = f"https://{provider}.example"
    return Vouched(provider, issuer, f"the {username}", username, organisation, factor)


def answer(world: World, username: str, password: str, origin: str = "") -> Code:
    try:
        world.sign_ins.sign_in(username, password, origin)
    except Refused as refusal:
        return refusal.decision.code
    return Code.ALLOWED


def vouched(world: World, said: Vouched, sign_ins: SignIns | None = None) -> Code:
    try:
        (sign_ins or world.sign_ins).vouch(said, OFFICE)
    except Refused as refusal:
        return refusal.decision.code
    return Code.ALLOWED


def test_the_right_password_lets_in_and_is_logged(world: World) -> None:
    assert world.sign_ins.sign_in(RAVI, PASSWORD, "127.0.0.1") == PEOPLE[RAVI]
    (line,) = world.audit.show(action=AuditAction.PERSON_SIGNED_IN)
    assert (line.event.actor, line.event.origin) == (f"person:{RAVI}", "127.0.0.1")


def test_no_password_is_ever_in_the_log(world: World) -> None:
    answer(world, RAVI, "hunter2hunter2")
    answer(world, RAVI, PASSWORD)
    told = str(world.audit.show(limit=1000))
    assert "hunter2" not in told
    assert PASSWORD not in told


@pytest.mark.parametrize("username", [RAVI, "nobody-here", "kustregio-analyst", "Not A Name"])
def test_wrong_tries_get_the_same_answers_whether_or_not_the_name_exists(
    world: World, username: str
) -> None:
    told = []
    for _ in range(6):
        with pytest.raises(Refused) as refusal:
            world.sign_ins.sign_in(username, "wrong")
        told.append(str(refusal.value))
    wrong = "This username and password do not belong together. Check both and try again."
    assert told[:5] == [wrong] * 5
    assert "Try again in 1 min" in told[5]


@pytest.mark.parametrize("username", [RAVI, "nobody-here"])
def test_a_restart_forgets_no_tries_of_names_that_exist_or_of_others(
    world: World, username: str
) -> None:
    for _ in range(5):
        answer(world, username, "wrong")
    restarted = SignIns(world.register, world.clock, PlainHasher(), timezone=AMSTERDAM)
    with pytest.raises(Refused) as refusal:
        restarted.sign_in(username, "wrong")
    assert refusal.value.decision.code is Code.ACCOUNT_LOCKED


def test_a_locked_name_does_not_open_to_the_right_password_until_the_wait_is_over(
    world: World,
) -> None:
    for _ in range(5):
        answer(world, RAVI, "wrong")
    assert answer(world, RAVI, PASSWORD) is Code.ACCOUNT_LOCKED
    world.clock.advance(minutes=1)
    assert answer(world, RAVI, "wrong") is Code.WRONG_CREDENTIALS
    world.clock.advance(minutes=1)
    assert answer(world, RAVI, PASSWORD) is Code.ACCOUNT_LOCKED
    world.clock.advance(minutes=1)
    assert answer(world, RAVI, PASSWORD) is Code.ALLOWED
    # and from here on nothing is held against the name
    assert [answer(world, RAVI, "wrong") for _ in range(5)] == [Code.WRONG_CREDENTIALS] * 5


def test_tries_while_a_name_is_locked_do_not_make_the_wait_longer(world: World) -> None:
    for _ in range(50):
        answer(world, RAVI, "wrong")
    world.clock.advance(minutes=1)
    assert answer(world, RAVI, PASSWORD) is Code.ALLOWED


def test_one_person_locked_out_does_not_lock_another(world: World) -> None:
    for _ in range(6):
        answer(world, RAVI, "wrong", OFFICE)
    assert answer(world, ADA, PASSWORD, OFFICE) is Code.ALLOWED


def test_one_address_that_tries_many_names_has_to_wait_and_others_do_not(world: World) -> None:
    for n in range(30):
        assert answer(world, f"nobody-{n}", "wrong", OFFICE) is Code.WRONG_CREDENTIALS
    assert answer(world, RAVI, PASSWORD, OFFICE) is Code.ACCOUNT_LOCKED
    assert answer(world, RAVI, PASSWORD, "192.0.2.8") is Code.ALLOWED
    # a right password from the same place does not buy new tries
    world.clock.advance(minutes=1)
    assert answer(world, RAVI, PASSWORD, OFFICE) is Code.ALLOWED
    assert answer(world, "nobody-31", "wrong", OFFICE) is Code.WRONG_CREDENTIALS
    assert answer(world, RAVI, PASSWORD, OFFICE) is Code.ACCOUNT_LOCKED


def test_the_lab_s_own_machine_is_never_locked_as_an_address(world: World) -> None:
    for n in range(40):
        answer(world, f"nobody-{n}", "wrong", "127.0.0.1")
    assert answer(world, RAVI, PASSWORD, "127.0.0.1") is Code.ALLOWED


def test_tries_of_long_ago_leave_the_register(world: World) -> None:
    answer(world, "nobody-here", "wrong", OFFICE)
    world.clock.advance(days=2)
    answer(world, RAVI, "wrong")
    with world.register.read() as t:
        assert t.sign_ins.tries("name:nobody-here") is None
        assert t.sign_ins.tries(f"address:{OFFICE}") is None
        assert t.sign_ins.tries(f"name:{RAVI}") is not None


def test_what_is_no_name_is_counted_but_not_kept_as_it_was_sent(world: World) -> None:
    sent = "\x00 drop table; \ud800" + "x" * 10_000
    assert answer(world, sent, "wrong") is Code.WRONG_CREDENTIALS
    (line,) = world.audit.show(action=AuditAction.PERSON_SIGN_IN_REFUSED)
    assert (line.event.actor, line.event.object) == ("unknown", "")


def test_a_closed_account_learns_so_only_with_the_right_password(world: World) -> None:
    world.people.close_account(world.operator, RAVI)
    assert answer(world, RAVI, "wrong") is Code.WRONG_CREDENTIALS
    assert answer(world, RAVI, PASSWORD) is Code.PERSON_INACTIVE


def test_a_suspended_organisation_keeps_its_people_out(world: World) -> None:
    world.organisations.suspend(world.operator, "rivierstad")
    assert answer(world, RAVI, PASSWORD) is Code.ORGANISATION_SUSPENDED
    world.organisations.suspend(world.operator, "rivierstad", suspended=False)
    assert answer(world, RAVI, PASSWORD) is Code.ALLOWED


def test_the_end_of_the_agreement_keeps_its_people_out_and_the_lead_agency_in(
    world: World,
) -> None:
    today = world.door.today()
    for slug in ("rivierstad", "waterdienst"):
        world.organisations.renew(world.operator, slug, agreed_until=today, vetting=False)
    said = said_by("p", RAVI, "rivierstad")
    assert answer(world, RAVI, PASSWORD) is vouched(world, said) is Code.ALLOWED
    world.clock.advance(days=1)
    assert answer(world, RAVI, PASSWORD) is vouched(world, said) is Code.AGREEMENT_ENDED
    assert answer(world, ADA, "wrong") is Code.WRONG_CREDENTIALS
    ada = Actor.for_person(world.sign_ins.sign_in(ADA, PASSWORD))
    world.organisations.renew(ada, "rivierstad", agreed_until=None, vetting=False)
    assert answer(world, RAVI, PASSWORD) is Code.ALLOWED


def test_a_password_that_was_changed_while_it_was_checked_lets_nobody_in(world: World) -> None:
    class Slow(PlainHasher):
        def verify(self, hashed: str, password: str) -> bool:
            with world.register.write() as t:
                t.people.put_credentials(Credentials(RAVI, "plain:another password now"))
            return super().verify(hashed, password)

    with pytest.raises(Refused) as refusal:
        SignIns(world.register, world.clock, Slow(), timezone=AMSTERDAM).sign_in(RAVI, PASSWORD)
    assert refusal.value.decision.code is Code.WRONG_CREDENTIALS


# Vouched for by a provider -----------------------------------------------------------------------


def test_a_provider_vouches_for_a_person_of_its_organisation(world: World) -> None:
    said = said_by("rivierstad-entra", RAVI, "rivierstad")
    assert world.sign_ins.vouch(said, OFFICE) == PEOPLE[RAVI]
    (line,) = world.audit.show(action=AuditAction.PERSON_SIGNED_IN)
    assert line.event.details == {"provider": "rivierstad-entra"}
    assert line.event.origin == OFFICE


@pytest.mark.parametrize(
    ("username", "organisation"),
    [
        ("nobody-here", "rivierstad"),
        (RAVI, "kustregio"),
        (ADA, "rivierstad"),
        (RAVI, ""),
        ("Not A Name", "rivierstad"),
        ("", "rivierstad"),
    ],
)
def test_whom_the_register_does_not_know_so_gets_in_nowhere_and_no_rights(
    world: World, username: str, organisation: str
) -> None:
    before = world.people.all()
    assert vouched(world, said_by("p", username, organisation)) is Code.NOT_IN_REGISTER
    assert world.people.all() == before
    (line,) = world.audit.show(action=AuditAction.PERSON_SIGN_IN_REFUSED)
    assert line.event.details["code"] == "not-in-register"


def test_a_closed_account_and_a_suspended_organisation_hold_for_providers_too(
    world: World,
) -> None:
    said = said_by("p", RAVI, "rivierstad")
    world.organisations.suspend(world.operator, "rivierstad")
    assert vouched(world, said) is Code.ORGANISATION_SUSPENDED
    world.organisations.suspend(world.operator, "rivierstad", suspended=False)
    world.people.close_account(world.operator, RAVI)
    assert vouched(world, said) is Code.PERSON_INACTIVE


def test_administrators_need_a_second_factor_when_so_set_by_password_as_well(
    world: World,
) -> None:
    strict = SignIns(
        world.register,
        world.clock,
        PlainHasher(),
        timezone=AMSTERDAM,
        administrators_need_second_factor=True,
    )
    one, two = (said_by("p", ADA, "waterdienst", factor) for factor in (False, True))
    assert vouched(world, one, strict) is Code.SECOND_FACTOR_NEEDED
    assert vouched(world, two, strict) is Code.ALLOWED
    assert vouched(world, one) is Code.ALLOWED
    with pytest.raises(Refused) as refusal:
        strict.sign_in(ADA, PASSWORD)
    assert refusal.value.decision.code is Code.SECOND_FACTOR_NEEDED
    assert strict.sign_in(RAVI, PASSWORD).username == RAVI


def test_a_lock_is_lifted_by_hand_and_by_nobody_but_an_administrator(world: World) -> None:
    for _ in range(5):
        answer(world, RAVI, "wrong")
    with pytest.raises(Refused):
        world.passwords.unlock(world.steward, f"name:{RAVI}")
    assert answer(world, RAVI, PASSWORD) is Code.ACCOUNT_LOCKED
    assert world.passwords.unlock(world.operator, f"name:{RAVI}")
    assert answer(world, RAVI, PASSWORD) is Code.ALLOWED
    assert not world.passwords.unlock(world.operator, f"name:{RAVI}")
    (line,) = world.audit.show(action=AuditAction.PERSON_UNLOCKED)
    assert line.event.object == RAVI


def test_proving_who_you_are_counts_like_signing_in(world: World) -> None:
    ravi = PEOPLE[RAVI]
    assert world.sign_ins.prove(ravi, PASSWORD)
    for _ in range(5):
        assert world.sign_ins.prove(ravi, "wrong").code is Code.WRONG_CREDENTIALS
    assert world.sign_ins.prove(ravi, PASSWORD).code is Code.ACCOUNT_LOCKED
    assert answer(world, RAVI, PASSWORD) is Code.ACCOUNT_LOCKED


class CountingHasher(PlainHasher):
    """Tells how often a password was looked at."""

    looked = 0

    def verify(self, hashed: str, password: str) -> bool:
        self.looked += 1
        return super().verify(hashed, password)


@pytest.mark.parametrize("username", [RAVI, ADA, "nobody-here", "Not A Name"])
def test_without_local_accounts_no_password_lets_in_and_none_is_looked_at(
    world: World, username: str
) -> None:
    hasher = CountingHasher()
    closed = SignIns(world.register, world.clock, hasher, timezone=AMSTERDAM, local_accounts=False)
    for _ in range(6):  # and nobody is made to wait for it
        with pytest.raises(Refused) as refusal:
            closed.sign_in(username, PASSWORD, OFFICE)
        assert refusal.value.decision.code is Code.LOCAL_ACCOUNTS_OFF
    assert hasher.looked == 0
    lines = world.audit.show(action=AuditAction.PERSON_SIGN_IN_REFUSED)
    assert {line.event.details["code"] for line in lines} == {"local-accounts-off"}
    # the positive controls: the same password where they are on, and a provider's word where not
    if username in (RAVI, ADA):
        assert answer(world, username, PASSWORD, OFFICE) is Code.ALLOWED
        said = said_by("provider", username, PEOPLE[username].organisation)
        assert vouched(world, said, closed) is Code.ALLOWED
