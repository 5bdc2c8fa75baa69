"""Room for a session, and who may stop it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.fakes.world import PEOPLE, PROJECTS

from polderlab_catalog.domain.actors import Actor
from polderlab_catalog.domain.allocations import Allocation, Level
from polderlab_catalog.domain.sessions import Image, Session, SessionState, Size
from polderlab_catalog.domain.texts import Text
from polderlab_catalog.domain.usage import GIB, Held, Use
from polderlab_catalog.policy.allocations import Room
from polderlab_catalog.policy.decisions import Code
from polderlab_catalog.policy.sessions import Start, may_start, may_stop

SMALL = Size("small", Text(), 1, 2 * GIB)
RUNNING = Session(
    "s", "rivierstad-analyst", "river-access", "python-geo", "small", 1, 2 * GIB, "hash",
    SessionState.RUNNING, datetime(2026, 11, 2, tzinfo=UTC),
)  # fmt: skip
IN_PROJECT = Level.project("river-access")
IN_ORGANISATION = Level.organisation("rivierstad")
FOR_PERSON = Level.person("river-access", "rivierstad-analyst")
WHOLE = Allocation(4, 8 * GIB, 4)


def room(level: Level, allocation: Allocation, held: Held | None = None) -> Room:
    return Room(level, level.name, allocation, held or Held(), Use(), date(2026, 12, 1))


def rooms(held: Held) -> tuple[Room, ...]:
    return (
        room(FOR_PERSON, Allocation()),
        room(IN_PROJECT, Allocation(sessions=9)),
        room(IN_ORGANISATION, WHOLE, held),
    )


START = Start(
    project=PROJECTS["river-access"],
    images=("python-geo",),
    image_name="python-geo",
    image=Image("python-geo", "1", Text(), "sha256:abc"),
    sizes=("small", "medium"),
    size_name="small",
    size=SMALL,
    mine=None,
    rooms=rooms(Held()),
)
FULL = Held(1, 2 * GIB, 4)


def test_there_is_room_in_an_empty_lab() -> None:
    assert may_start(START)


@pytest.mark.parametrize(
    ("facts", "code", "says"),
    [
        (replace(START, image_name="other"), Code.UNKNOWN_IMAGE, "one of: python-geo"),
        (replace(START, image=None), Code.NO_IMAGE_BUILT, "python-geo"),
        (
            replace(START, image=Image("python-geo", "", Text(), "")),
            Code.NO_IMAGE_BUILT,
            "Ask the lab administrator",
        ),
        (replace(START, size_name="xl"), Code.UNKNOWN_SIZE, "one of: small, medium"),
        (replace(START, size=None), Code.UNKNOWN_SIZE, "small"),
        (replace(START, mine=RUNNING), Code.SESSION_EXISTS, "Open it, or stop it first"),
        (
            replace(START, rooms=(room(IN_PROJECT, Allocation(sessions=4), FULL),)),
            Code.NO_ROOM_IN_PROJECT,
            "All 4 places",
        ),
        (
            replace(START, rooms=(room(IN_PROJECT, Allocation(cpus=1.5), FULL),)),
            Code.NO_ROOM_FOR_SIZE,
            "processors, 0.5 free, 1 asked",
        ),
        (
            replace(START, rooms=(room(FOR_PERSON, Allocation(memory_bytes=3 * GIB), FULL),)),
            Code.NO_ROOM_FOR_PERSON,
            "memory, 1 GiB free, 2 GiB asked",
        ),
        (
            replace(START, rooms=rooms(Held(3.5, 0, 1))),
            Code.NO_ROOM_IN_ORGANISATION,
            "processors, 0.5 free, 1 asked",
        ),
        (
            replace(START, rooms=rooms(Held(0, 7 * GIB, 1))),
            Code.NO_ROOM_IN_ORGANISATION,
            "memory, 1 GiB free, 2 GiB asked",
        ),
        (
            replace(START, rooms=rooms(Held(0, 0, 4))),
            Code.NO_ROOM_IN_ORGANISATION,
            "sessions, 0 free, 1 asked",
        ),
    ],
)
def test_a_refusal_says_what_is_wrong(facts: Start, code: Code, says: str) -> None:
    decision = may_start(facts)
    assert decision.code is code
    assert says in decision.message


def test_a_start_left_behind_does_not_stand_in_the_way() -> None:
    left = replace(RUNNING, state=SessionState.STARTING)
    assert may_start(replace(START, mine=left))


@given(st.lists(st.sampled_from([0.1, 0.25, 0.5, 1, 2, 3]), max_size=30))
def test_whatever_is_asked_in_whatever_order_nothing_is_overbooked(asked: list[float]) -> None:
    held: list[Session] = []
    for number, cpus in enumerate(asked):
        size = replace(SMALL, cpus=cpus, memory_bytes=int(cpus * 2 * GIB))
        facts = replace(START, size=size, rooms=rooms(Held.of(held)))
        if may_start(facts):
            held.append(replace(RUNNING, id=str(number), cpus=cpus, memory_bytes=size.memory_bytes))
    used = Held.of(held)
    assert used.cpus <= 4 + 1e-6
    assert used.memory_bytes <= 8 * GIB
    assert used.sessions <= 4


def test_a_closed_session_holds_nothing() -> None:
    assert Held.of([replace(RUNNING, state=SessionState.CLOSED)]) == Held()


@pytest.mark.parametrize(
    ("username", "may"),
    [
        ("rivierstad-analyst", True),
        ("waterdienst-admin", True),
        ("rivierstad-lead", False),
        ("kustregio-steward", False),
    ],
)
def test_people_stop_their_own_sessions_and_administrators_any(username: str, may: bool) -> None:
    assert may_stop(Actor.for_person(PEOPLE[username]), RUNNING).allowed is may


def test_the_operator_stops_any_session() -> None:
    assert may_stop(Actor.operator("root"), RUNNING)
