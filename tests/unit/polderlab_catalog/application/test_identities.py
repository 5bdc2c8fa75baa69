"""An account that a provider opens stays with whom it belongs to, whatever people are called."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.fakes.world import PASSWORD, PEOPLE, World

from polderlab.wire import FolderDone, Vouched
from polderlab_catalog.application.errors import Invalid, NotFound, Refused, Unavailable
from polderlab_catalog.application.leaving import Wish
from polderlab_catalog.domain.actors import Actor
from polderlab_catalog.domain.audit import AuditAction
from polderlab_catalog.domain.endings import Leaving
from polderlab_catalog.domain.identities import Binding, Identity
from polderlab_catalog.policy.decisions import Code

RAVI, LEA = "rivierstad-analyst", "rivierstad-lead"
ISSUER = "https://id.rivierstad.example"
HERS = Vouched("rivierstad", ISSUER, "0b1c", RAVI, "rivierstad")
"""What the provider says of whom the account is meant for."""


def enter(world: World, said: Vouched) -> str:
    """Return whose account was entered, or the code of the refusal."""
    try:
        return world.sign_ins.vouch(said).username
    except Refused as refusal:
        return refusal.decision.code.value


def by_password(world: World, username: str = RAVI) -> str:
    try:
        return world.sign_ins.sign_in(username, PASSWORD).username
    except Refused as refusal:
        return refusal.decision.code.value


def actions(world: World) -> list[str]:
    return [each.event.action.value for each in reversed(world.audit.show(limit=100))]


def test_the_first_who_comes_is_the_one_and_nobody_else_ever(world: World) -> None:
    assert enter(world, HERS) == RAVI
    assert enter(world, replace(HERS, subject="another")) == "identity-differs"
    assert enter(world, replace(HERS, issuer=f"{ISSUER}/other")) == "identity-differs"
    assert enter(world, HERS) == RAVI
    assert world.identities.of(RAVI) == Binding(
        RAVI, Identity(ISSUER, "0b1c"), False, world.clock()
    )


def test_it_is_logged_who_an_account_was_tied_to_and_who_wanted_in_instead(world: World) -> None:
    for said in (HERS, HERS, replace(HERS, subject="an\nother")):
        enter(world, said)
    enter(world, replace(HERS, subject="another"))
    (bound,) = world.audit.show(action=AuditAction.PERSON_BOUND)
    known = {"provider": "rivierstad", "issuer": ISSUER, "subject": "0b1c"}
    assert (bound.event.object, bound.event.details) == (RAVI, known)
    refused, odd = world.audit.show(action=AuditAction.PERSON_SIGN_IN_REFUSED)
    told = {**known, "subject": "another", "code": "identity-differs"}
    assert (refused.event.object, refused.event.details) == (RAVI, told)
    assert odd.event.details == {"provider": "rivierstad", "code": "not-in-register"}


def test_it_is_logged_who_kept_somebody_out_who_is_known(world: World) -> None:
    """The account of a former employer, which an operator is to release, or one that is closed."""
    elsewhere = replace(HERS, organisation="kustregio", username="kustregio-ravi")
    assert enter(world, elsewhere) == "not-in-register"
    assert enter(world, HERS) == RAVI
    assert enter(world, elsewhere) == "not-in-register"
    world.people.close_account(world.operator, RAVI)
    assert enter(world, HERS) == "person-inactive"
    closed, moved, unknown = world.audit.show(action=AuditAction.PERSON_SIGN_IN_REFUSED)
    known = {"provider": "rivierstad", "issuer": ISSUER, "subject": "0b1c"}
    assert (closed.event.object, closed.event.details) == (
        RAVI,
        {**known, "code": "person-inactive"},
    )
    assert (moved.event.object, moved.event.details) == (RAVI, {**known, "code": "not-in-register"})
    assert "subject" not in unknown.event.details


def test_whoever_is_called_otherwise_by_now_keeps_their_own_account(world: World) -> None:
    assert enter(world, HERS) == RAVI
    for name in (LEA, "nobody-here", "Not A Name", ""):
        assert enter(world, replace(HERS, username=name)) == RAVI
    # and the name they bear now is still free for whom it belongs to
    assert enter(world, replace(HERS, username=LEA, subject="lea")) == LEA


def test_the_operators_list_has_the_last_word(world: World) -> None:
    assert enter(world, HERS) == RAVI
    assert enter(world, replace(HERS, listed=True)) == RAVI
    assert enter(world, replace(HERS, username=LEA, listed=True)) == "identity-differs"
    world.identities.release(world.operator, RAVI)
    assert enter(world, replace(HERS, username=LEA, listed=True)) == LEA


def test_who_the_operators_list_no_longer_has_does_not_come_in_as_who_they_were(
    world: World,
) -> None:
    assert enter(world, replace(HERS, listed=True)) == RAVI
    # the line is gone: the hub says what the provider calls them, which is not their account
    for name in ("ravi-s", "nobody-here", LEA):
        assert enter(world, replace(HERS, username=name, listed=True)) == "identity-differs"
    assert enter(world, replace(HERS, listed=True)) == RAVI
    assert enter(world, replace(HERS, username="ravi-s")) == RAVI, "no list, another name"


@pytest.mark.parametrize(
    "change",
    [
        {"subject": ""},
        {"issuer": ""},
        {"subject": "x" * 256},
        {"subject": "nul\0"},
        {"subject": "\u202e0b1c"},
        {"issuer": "https://" + "x" * 500},
    ],
)
def test_who_is_nobody_for_good_opens_nothing(world: World, change: dict[str, str]) -> None:
    assert enter(world, replace(HERS, **change)) == "not-in-register"
    assert world.identities.of(RAVI) == Binding(RAVI)
    assert enter(world, HERS) == RAVI


def test_a_sign_in_that_is_refused_ties_nothing(world: World) -> None:
    world.people.close_account(world.operator, RAVI)
    assert enter(world, replace(HERS, subject="another")) == "person-inactive"
    assert enter(world, replace(HERS, organisation="kustregio")) == "not-in-register"
    assert world.identities.of(RAVI).identity is None
    world.people.reopen_account(world.operator, RAVI)
    assert enter(world, HERS) == RAVI


def test_being_tied_opens_no_account_of_another_organisation(world: World) -> None:
    assert enter(world, HERS) == RAVI
    assert enter(world, replace(HERS, organisation="kustregio")) == "not-in-register"
    world.people.close_account(world.operator, RAVI)
    assert enter(world, HERS) == "person-inactive"


# Passwords and providers -------------------------------------------------------------------------


def test_no_provider_opens_an_account_with_a_password_until_an_operator_links_it(
    world: World,
) -> None:
    world.passwords.set_password(RAVI, PASSWORD)
    assert enter(world, HERS) == "account-has-password"
    assert world.identities.of(RAVI).identity is None
    world.identities.link(world.operator, RAVI)
    assert enter(world, HERS) == by_password(world) == RAVI
    assert enter(world, replace(HERS, subject="another")) == "identity-differs"
    assert actions(world).count("person:linked") == 1


def test_no_password_opens_an_account_of_a_provider_until_an_operator_links_it(
    world: World,
) -> None:
    key, _ = world.passwords.make_link(world.operator, RAVI)
    assert enter(world, HERS) == RAVI
    words = "seven herons on a dike"
    for give in (
        lambda: world.passwords.choose(key, words, words, ""),
        lambda: world.passwords.set_password(RAVI, words),
        lambda: world.passwords.make_link(world.operator, RAVI),
    ):
        with pytest.raises(Refused) as refusal:
            give()
        assert refusal.value.decision.code is Code.ACCOUNT_OF_PROVIDER
    assert not world.passwords.has_password(RAVI)
    world.identities.link(world.operator, RAVI)
    world.passwords.choose(key, words, words, "")
    assert world.sign_ins.sign_in(RAVI, words).username == RAVI
    assert enter(world, HERS) == RAVI


def test_a_password_that_stands_beside_a_tie_without_a_link_lets_nobody_in(world: World) -> None:
    world.passwords.set_password(RAVI, PASSWORD)
    with world.register.write() as t:
        t.identities.put(Binding(RAVI, Identity(ISSUER, "0b1c")))
    assert by_password(world) == "account-of-provider"
    with pytest.raises(Refused) as refusal:
        world.sign_ins.sign_in(RAVI, "not this")
    assert refusal.value.decision.code is Code.WRONG_CREDENTIALS  # which says nothing of it
    world.identities.link(world.operator, RAVI)
    assert by_password(world) == RAVI


def left_and_opened_again(world: World) -> None:
    wish = Wish(Leaving.PERSON, RAVI, "a new employer")
    record = world.endings.offboard(world.operator, wish, RAVI)
    world.endings.call_off(world.operator, record.id)
    for order in world.folders.orders():
        world.folders.report(FolderDone(order.id, order.wanted))
    world.people.reopen_account(world.operator, RAVI)


@pytest.mark.parametrize("had", ["password", "nothing"])
def test_a_reopened_account_without_password_is_not_for_who_comes_first(
    world: World, had: str
) -> None:
    if had == "password":
        world.passwords.set_password(RAVI, PASSWORD)
    left_and_opened_again(world)
    assert not world.passwords.has_password(RAVI)
    assert enter(world, HERS) == "account-unclaimed"
    assert by_password(world) == "wrong-credentials"
    assert world.identities.of(RAVI).identity is None
    world.identities.link(world.operator, RAVI, Identity(ISSUER, "0b1c"))
    assert enter(world, replace(HERS, subject="quicker")) == "identity-differs"
    assert enter(world, HERS) == RAVI


def test_a_reopened_account_is_still_whose_it_was(world: World) -> None:
    assert enter(world, HERS) == RAVI
    left_and_opened_again(world)
    assert enter(world, replace(HERS, subject="another")) == "identity-differs"
    assert enter(world, HERS) == RAVI


def test_a_reopened_account_can_get_a_password_and_then_has_one(world: World) -> None:
    left_and_opened_again(world)
    world.passwords.set_password(RAVI, PASSWORD)
    assert world.passwords.has_password(RAVI)
    assert by_password(world) == RAVI
    assert enter(world, HERS) == "account-has-password"


def test_a_link_for_a_password_does_not_outlive_a_leaving(world: World) -> None:
    words = "seven herons on a dike"
    key, _ = world.passwords.make_link(world.operator, RAVI)
    assert world.passwords.owner(key).username == RAVI
    left_and_opened_again(world)
    with pytest.raises(Refused) as refusal:
        world.passwords.choose(key, words, words, "")
    assert refusal.value.decision.code is Code.LINK_DEAD
    assert not world.passwords.has_password(RAVI)


# What an operator does ---------------------------------------------------------------------------


def test_an_operator_says_beforehand_who_it_is(world: World) -> None:
    world.passwords.set_password(RAVI, PASSWORD)
    world.identities.link(world.operator, RAVI, Identity(ISSUER, "0b1c"))
    assert enter(world, replace(HERS, subject="quicker")) == "identity-differs"
    assert enter(world, HERS) == RAVI
    assert actions(world).count("person:bound") == 1


def test_one_at_a_provider_has_one_account_and_one_account_has_one(world: World) -> None:
    assert enter(world, HERS) == RAVI
    with pytest.raises(Invalid, match=RAVI):
        world.identities.link(world.operator, LEA, Identity(ISSUER, "0b1c"))
    with pytest.raises(Invalid, match="another"):
        world.identities.link(world.operator, RAVI, Identity(ISSUER, "another"))
    with pytest.raises(Invalid):
        world.identities.link(world.operator, LEA, Identity(ISSUER, ""))
    with pytest.raises(NotFound):
        world.identities.link(world.operator, "nobody-here")
    assert world.identities.of(LEA) == Binding(LEA)
    assert not world.identities.of(RAVI).linked


def test_a_released_account_is_for_the_next_who_comes_and_its_sign_ins_end(world: World) -> None:
    assert enter(world, HERS) == RAVI
    new = replace(HERS, subject="after the provider moved")
    assert enter(world, new) == "identity-differs"
    assert world.identities.release(world.operator, RAVI)
    assert world.hub.signed_out == [RAVI, RAVI]
    assert enter(world, new) == RAVI
    assert enter(world, HERS) == "identity-differs"
    assert actions(world).count("person:released") == 1


def test_releasing_takes_the_link_away_as_well(world: World) -> None:
    world.passwords.set_password(RAVI, PASSWORD)
    world.identities.link(world.operator, RAVI)
    assert world.identities.release(world.operator, RAVI)
    assert not world.identities.release(world.operator, RAVI)
    assert enter(world, HERS) == "account-has-password"
    assert by_password(world) == RAVI


def test_nothing_is_released_while_sign_ins_cannot_be_ended(world: World) -> None:
    assert enter(world, HERS) == RAVI
    world.hub.down = True
    with pytest.raises(Unavailable):
        world.identities.release(world.operator, RAVI)
    assert world.identities.of(RAVI).identity is not None


def test_nobody_but_an_operator_links_or_releases(world: World) -> None:
    assert enter(world, HERS) == RAVI
    for who in (Actor.for_person(PEOPLE["waterdienst-admin"]), Actor.for_person(PEOPLE[LEA])):
        with pytest.raises(Refused):
            world.identities.link(who, LEA)
        with pytest.raises(Refused):
            world.identities.release(who, RAVI)
    assert world.identities.of(LEA) == Binding(LEA)
    assert world.identities.of(RAVI).identity is not None
    assert world.hub.signed_out == []
