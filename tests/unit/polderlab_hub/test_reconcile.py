"""What is compared when hub, engine and register are compared."""

from __future__ import annotations

from polderlab_hub.reconcile import Found, orphans, really_running

RUNS = Found("1", "alive", running=True)
DIED = Found("2", "died", running=False)
LOST = Found("3", "lost", running=True)


def test_a_container_no_server_stands_for_is_an_orphan() -> None:
    assert orphans([RUNS, DIED, LOST], {"alive", "died"}) == [LOST]


def test_a_container_that_died_is_not_reported_as_running() -> None:
    assert really_running([RUNS, DIED], []) == ["alive"]


def test_a_session_on_its_way_up_counts_as_running() -> None:
    assert really_running([RUNS], ["coming"]) == ["alive", "coming"]
