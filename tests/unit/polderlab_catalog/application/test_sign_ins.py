"""Signing in, and guessing."""

from __future__ import annotations

import pytest
from tests.fakes.world import PASSWORD, PEOPLE, World

from polderlab_catalog.application.errors import Invalid, NotFound, Refused
from polderlab_catalog.domain.audit import AuditAction
from polderlab_catalog.policy.decisions import Code

RAVI = "rivierstad-analyst"


@pytest.fixture
def world(world: World) -> World:
    world.sign_ins.set_password(RAVI, PASSWORD)
    return world


def answer(world: World, username: str, password: str) -> Code:
    try:
        world.sign_ins.sign_in(username, password)
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
def test_ten_wrong_tries_get_the_same_answers_whether_or_not_the_name_exists(
    world: World, username: str
) -> None:
    wrong = [answer(world, username, "wrong") for _ in range(10)]
    assert wrong == [Code.WRONG_CREDENTIALS] * 10
    assert answer(world, username, "wrong") is Code.ACCOUNT_LOCKED


def test_a_locked_account_does_not_open_to_the_right_password_until_ten_minutes_later(
    world: World,
) -> None:
    for _ in range(10):
        answer(world, RAVI, "wrong")
    assert answer(world, RAVI, PASSWORD) is Code.ACCOUNT_LOCKED
    world.clock.advance(minutes=10)
    assert answer(world, RAVI, PASSWORD) is Code.ALLOWED


def test_one_person_locked_out_does_not_lock_another(world: World) -> None:
    world.sign_ins.set_password("rivierstad-lead", PASSWORD)
    for _ in range(11):
        answer(world, RAVI, "wrong")
    assert answer(world, "rivierstad-lead", PASSWORD) is Code.ALLOWED


def test_a_closed_account_learns_so_only_with_the_right_password(world: World) -> None:
    world.people.close_account(world.operator, RAVI)
    assert answer(world, RAVI, "wrong") is Code.WRONG_CREDENTIALS
    assert answer(world, RAVI, PASSWORD) is Code.PERSON_INACTIVE


def test_a_suspended_organisation_keeps_its_people_out(world: World) -> None:
    world.administration.suspend_organisation(world.operator, "rivierstad")
    assert answer(world, RAVI, PASSWORD) is Code.ORGANISATION_SUSPENDED
    world.administration.suspend_organisation(world.operator, "rivierstad", suspended=False)
    assert answer(world, RAVI, PASSWORD) is Code.ALLOWED


@pytest.mark.parametrize("password", ["", "short", "x" * 201])
def test_a_password_is_neither_short_nor_endless(world: World, password: str) -> None:
    with pytest.raises(Invalid, match="12 to 200"):
        world.sign_ins.set_password(RAVI, password)


def test_only_people_in_the_register_get_a_password(world: World) -> None:
    with pytest.raises(NotFound):
        world.sign_ins.set_password("nobody-here", PASSWORD)
    assert world.sign_ins.has_password(RAVI)
    assert not world.sign_ins.has_password("rivierstad-lead")
