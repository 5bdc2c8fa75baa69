"""Passwords: which ones stand up, how they change, and links to choose one."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.fakes.world import PASSWORD, PEOPLE, World

from polderlab_catalog.application.actors import Actor
from polderlab_catalog.application.errors import Invalid, NotFound, Refused, Unavailable
from polderlab_catalog.domain.audit import AuditAction
from polderlab_catalog.domain.people import LabRole
from polderlab_catalog.policy.decisions import Code
from polderlab_catalog.policy.passwords import NOT_THE_SAME, TOO_COMMON

RAVI = PEOPLE["rivierstad-analyst"]
NEW = "seven herons on a dike"
LINE = "10.0.0.4"


@pytest.fixture
def world(world: World) -> World:
    world.passwords.set_password(RAVI.username, PASSWORD)
    return world


def works(world: World, password: str) -> bool:
    try:
        return world.sign_ins.sign_in(RAVI.username, password) == RAVI
    except Refused:
        return False


@pytest.mark.parametrize("password", ["", "short", "elevenchars"])
def test_a_password_is_not_short(world: World, password: str) -> None:
    with pytest.raises(Invalid, match="at least 12"):
        world.passwords.set_password(RAVI.username, password)


def test_a_password_is_not_endless(world: World) -> None:
    with pytest.raises(Invalid, match="200 characters at most"):
        world.passwords.set_password(RAVI.username, "x7 " * 67)
    world.passwords.set_password(RAVI.username, "x7 y8 z" * 28)


@pytest.mark.parametrize(
    "password",
    [
        "passwordpassword",
        "Password1234!",
        "qwertyuiop12",
        "123456789012",
        "aaaaaaaaaaaaaaaaaaaa",
        "1q2w3e4r5t6y",
        "Welkom2024!!",
        "Wachtwoord123",
        "Zomer2026!!!!",
        "rivierstad2026",
        "Rivierstad-analyst",
        "polderlab-ravi",
    ],
)
def test_what_is_guessed_first_is_no_password(world: World, password: str) -> None:
    with pytest.raises(Invalid) as invalid:
        world.passwords.set_password(RAVI.username, password)
    assert invalid.value.fields == {"password": TOO_COMMON}


@pytest.mark.parametrize(
    "password",
    [NEW, "Elke dinsdag om half acht naar zee", "x7fk-92ma-qpzn", "堤防の上の鷺と葦の歌声と風"],
)
def test_a_few_words_or_random_signs_are_one(world: World, password: str) -> None:
    world.passwords.set_password(RAVI.username, password)
    assert works(world, password)


def test_only_people_in_the_register_get_a_password(world: World) -> None:
    with pytest.raises(NotFound):
        world.passwords.set_password("nobody-here", PASSWORD)
    assert world.passwords.has_password(RAVI.username)
    assert not world.passwords.has_password("rivierstad-lead")


def test_a_changed_password_ends_all_sign_ins_and_the_old_one_opens_nothing(world: World) -> None:
    world.passwords.change(RAVI, LINE, PASSWORD, NEW, NEW)
    assert set(world.hub.signed_out) == {RAVI.username}
    assert not works(world, PASSWORD)
    assert works(world, NEW)
    (line, _) = world.audit.show(action=AuditAction.PERSON_PASSWORD_SET)
    assert (line.event.actor, line.event.origin) == (f"person:{RAVI.username}", LINE)


def test_a_first_password_signs_nobody_out(world: World) -> None:
    assert world.hub.signed_out == []


def test_a_hub_that_does_not_answer_leaves_the_password_as_it_was(world: World) -> None:
    world.hub.down = True
    with pytest.raises(Unavailable):
        world.passwords.change(RAVI, LINE, PASSWORD, NEW, NEW)
    assert works(world, PASSWORD)
    key, _ = world.passwords.make_link(world.operator, RAVI.username)
    with pytest.raises(Unavailable):
        world.passwords.choose(key, NEW, NEW, LINE)
    world.hub.down = False
    world.passwords.choose(key, NEW, NEW, LINE)
    assert works(world, NEW)


@pytest.mark.parametrize(
    ("new", "again", "field"),
    [(NEW, "another", "again"), (PASSWORD, PASSWORD, "password"), ("short", "short", "password")],
)
def test_a_change_that_cannot_be_made_changes_nothing(
    world: World, new: str, again: str, field: str
) -> None:
    with pytest.raises(Invalid) as invalid:
        world.passwords.change(RAVI, LINE, PASSWORD, new, again)
    assert list(invalid.value.fields) == [field]
    assert works(world, PASSWORD)
    assert world.hub.signed_out == []


def test_a_link_works_once(world: World) -> None:
    key, link = world.passwords.make_link(world.operator, RAVI.username)
    assert key not in repr(link)
    assert world.passwords.owner(key) == RAVI
    with pytest.raises(Invalid) as invalid:
        world.passwords.choose(key, NEW, "typed wrong", LINE)
    assert invalid.value.fields == {"again": NOT_THE_SAME}
    assert world.passwords.choose(key, NEW, NEW, LINE) == RAVI
    assert world.hub.signed_out
    assert works(world, NEW)
    with pytest.raises(Refused) as refusal:
        world.passwords.choose(key, "nine grebes in the reeds", "nine grebes in the reeds", LINE)
    assert refusal.value.decision.code is Code.LINK_DEAD
    assert works(world, NEW)


def test_a_link_is_a_way_to_a_first_password_and_lifts_a_lock(world: World) -> None:
    lea = PEOPLE["rivierstad-lead"]
    for _ in range(5):
        with pytest.raises(Refused):
            world.sign_ins.sign_in(lea.username, "wrong")
    key, _ = world.passwords.make_link(world.operator, lea.username)
    world.passwords.choose(key, NEW, NEW, LINE)
    assert world.sign_ins.sign_in(lea.username, NEW) == lea


def dead(world: World, key: str) -> bool:
    try:
        world.passwords.owner(key)
    except Refused as refusal:
        return refusal.decision.code is Code.LINK_DEAD
    return False


def test_a_link_ends_by_itself_by_a_newer_one_and_by_a_change(world: World) -> None:
    old, _ = world.passwords.make_link(world.operator, RAVI.username, hours=2)
    assert not dead(world, old)
    world.clock.advance(hours=2)
    assert dead(world, old)
    first, _ = world.passwords.make_link(world.operator, RAVI.username)
    second, _ = world.passwords.make_link(world.operator, RAVI.username)
    assert dead(world, first)
    assert not dead(world, second)
    world.passwords.change(RAVI, LINE, PASSWORD, NEW, NEW)
    assert dead(world, second)


@pytest.mark.parametrize("key", ["", "key-99", "\x00", "\ud800", "x" * 100_000])
def test_a_key_that_was_never_made_opens_nothing(world: World, key: str) -> None:
    world.passwords.make_link(world.operator, RAVI.username)
    assert dead(world, key)


def test_the_link_of_a_closed_account_is_dead(world: World) -> None:
    key, _ = world.passwords.make_link(world.operator, RAVI.username)
    assert not dead(world, key)
    world.people.close_account(world.operator, RAVI.username)
    assert dead(world, key)


def test_neither_the_log_nor_the_register_holds_the_key(world: World) -> None:
    key, link = world.passwords.make_link(world.operator, RAVI.username)
    (line,) = world.audit.show(action=AuditAction.PERSON_PASSWORD_LINK_MADE)
    assert key not in str(line)
    with world.register.read() as t:
        assert t.sign_ins.link(key) is None
        assert t.sign_ins.link(link.key_hash) == link


@pytest.mark.parametrize("hours", [0, -1, 169])
def test_a_link_lasts_an_hour_to_a_week(world: World, hours: int) -> None:
    with pytest.raises(Invalid, match="hours"):
        world.passwords.make_link(world.operator, RAVI.username, hours)


@pytest.mark.parametrize("roles", [(), *((role,) for role in LabRole)])
def test_nobody_with_an_account_makes_a_link_and_the_try_is_logged(
    world: World, roles: tuple[LabRole, ...]
) -> None:
    lea = replace(PEOPLE["rivierstad-lead"], roles=frozenset(roles))
    world.people.register_person(world.operator, lea)
    with pytest.raises(Refused) as refusal:
        world.passwords.make_link(Actor.for_person(lea), RAVI.username)
    assert refusal.value.decision.code is Code.NOT_OPERATOR
    assert world.audit.show(action=AuditAction.ADMINISTRATION_REFUSED)
    assert world.passwords.make_link(world.operator, RAVI.username)
