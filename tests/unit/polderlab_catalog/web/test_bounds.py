"""Turns come back with time, and nobody uses up those of another."""

from __future__ import annotations

from polderlab_catalog.web.bounds import Places, Turns


class Now:
    seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def test_turns_run_out_and_come_back_with_time() -> None:
    now = Now()
    turns = Turns(per_minute=60, burst=2, clock=now)
    assert [turns.take("a") for _ in range(3)] == [True, True, False]
    assert turns.take("b")
    now.seconds = 1.0
    assert [turns.take("a") for _ in range(2)] == [True, False]
    now.seconds = 1000.0
    assert [turns.take("a") for _ in range(3)] == [True, True, False]


def test_only_so_many_addresses_are_remembered() -> None:
    turns = Turns(per_minute=60, burst=1, clock=Now())
    assert turns.take("first")
    for number in range(10_000):
        turns.take(number)
    assert turns.take("first"), "who asked longest ago is forgotten first"
    assert not turns.take(9_999)


def test_places_are_for_everyone_and_come_back_when_they_are_given_back() -> None:
    places = Places(each=2, total=3)
    assert [places.take("a") for _ in range(3)] == [True, True, False]
    assert places.take("b")
    assert not places.take("c"), "all are taken"
    places.give_back("a")
    assert places.take("c")
    assert not places.take("a")
