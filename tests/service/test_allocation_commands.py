"""``polderlab allocation`` and ``polderlab usage`` against a real register on disk."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from tests.service.test_command_line import Command, polderlab, state

from polderlab.wire import SessionRequest
from polderlab_catalog.application.errors import Refused
from polderlab_catalog.bootstrap import build
from polderlab_catalog.domain.actors import Actor
from polderlab_catalog.domain.allocations import Resource
from polderlab_catalog.domain.people import Person
from polderlab_catalog.policy.decisions import Code
from polderlab_catalog.settings import LabSettings

__all__ = ["polderlab", "state"]


def test_a_limit_set_here_holds_at_the_next_start(polderlab: Command, state: Path) -> None:
    lab = build(LabSettings(state=state, database=""))
    lab.sessions.plan(SessionRequest("rivierstad-lead", "river-access"))
    said = polderlab("allocation", "set", "--project", "river-access", "--sessions", "1")
    assert (said.returncode, said.stdout) == (0, "Set.\n")
    with pytest.raises(Refused) as refusal:
        lab.sessions.plan(SessionRequest("rivierstad-analyst", "river-access"))
    assert refusal.value.decision.code is Code.NO_ROOM_IN_PROJECT
    polderlab("allocation", "set", "--project", "river-access", "--sessions", "none")
    assert lab.sessions.plan(SessionRequest("rivierstad-analyst", "river-access"))


def test_every_limit_can_be_set_and_shown_and_lifted(polderlab: Command) -> None:
    level = ("--project", "river-access", "--person", "rivierstad-analyst")
    numbers = {
        "cpus": "2", "memory-gb": "4", "sessions": "1", "cpu-hours": "10.5",
        "memory-hours": "20", "home-gb": "5", "project-gb": "6",
    }  # fmt: skip
    options = [part for name, value in numbers.items() for part in (f"--{name}", value)]
    polderlab("allocation", "set", *level, *options, "--image", "python-geo", "--size", "small")
    (told,) = json.loads(polderlab("allocation", "show", *level, "--json").stdout)
    assert told["own"] == {
        "cpus": 2, "memory_bytes": 4 * 2**30, "sessions": 1, "cpu_hours": 10.5,
        "memory_gib_hours": 20, "home_bytes": 5 * 2**30, "project_bytes": 6 * 2**30,
        "images": ["python-geo"], "sizes": ["small"],
    }  # fmt: skip
    none = [part for name in (*numbers, "image", "size") for part in (f"--{name}", "none")]
    polderlab("allocation", "set", *level, *none)
    (told,) = json.loads(polderlab("allocation", "show", *level, "--json").stdout)
    assert told["own"] == {}
    assert told["holds"]["cpus"] == 4


def test_an_organisation_is_shown_with_its_projects(polderlab: Command) -> None:
    shown = polderlab("allocation", "show", "--organisation", "rivierstad").stdout.splitlines()
    assert shown[0].split()[:4] == ["LEVEL", "CPUS", "MEMORY", "SESSIONS"]
    assert shown[1].split()[:2] == ["organisation:rivierstad", "0/4"]
    assert shown[2].split()[0] == "project:river-access"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("set", "--project", "river-access", "--cpus", "9"), "9 asked, while Rivierstad has 4"),
        (("set", "--project", "river-access", "--cpus", "many"), "cpus: give a number, or none"),
        (("set", "--project", "no-such", "--cpus", "1"), "No such project"),
        (("set", "--project", "river-access", "--person", "kustregio-analyst"), "No such person"),
        (("set", "--project", "river-access", "--size", "huge"), "there is: medium, small"),
        (("extend", "nothing"), "No such request for more"),
    ],
)
def test_what_cannot_be_is_said_in_one_sentence(
    polderlab: Command, arguments: tuple[str, ...], says: str
) -> None:
    done = polderlab("allocation", *arguments)
    assert done.returncode == 1
    assert says in done.stderr


def test_a_level_has_to_be_named(polderlab: Command) -> None:
    for arguments in ((), ("--organisation", "rivierstad", "--project", "river-access")):
        assert polderlab("allocation", "show", *arguments).returncode == 2


def test_requests_for_more_are_listed_and_answered(polderlab: Command, state: Path) -> None:
    lab = build(LabSettings(state=state, database=""))
    ravi = lab.people.get("rivierstad-analyst")
    assert isinstance(ravi, Person)
    asked = [
        lab.extensions.ask(Actor.for_person(ravi), "river-access", resource, 1, why="A deadline").id
        for resource in (Resource.CPUS, Resource.MEMORY_BYTES)
    ]
    listed = json.loads(polderlab("allocation", "requests", "--json").stdout)
    assert [each["id"] for each in listed] == asked
    given = polderlab("allocation", "extend", asked[0], "--until", "2099-12-31")
    assert given.stdout == "Given until 2099-12-31.\n"
    said = polderlab("allocation", "extend", asked[1], "--refuse", "Not this month")
    assert said.stdout == "Refused: Not this month\n"
    assert polderlab("allocation", "requests").stdout == "Nobody waits for more.\n"
    shown = polderlab("allocation", "show", "--organisation", "rivierstad").stdout
    assert "0/5" in shown


def test_usage_is_printed_for_a_spreadsheet(polderlab: Command) -> None:
    said = polderlab("usage", "rivierstad", "--csv")
    rows = list(csv.DictReader(io.StringIO(said.stdout)))
    assert [row["what"] for row in rows] == [
        "cpu-hours", "memory-gib-hours", "disk-gib-days", "gib-read",
    ]  # fmt: skip
    assert {(row["project"], row["cost"], row["currency"]) for row in rows} == {
        ("river-access", "0.00", "EUR")
    }
    assert "write the month as" in polderlab("usage", "rivierstad", "--month", "november").stderr


def test_what_is_no_number_is_said_and_changes_nothing(polderlab: Command) -> None:
    def shown() -> str:
        return polderlab("allocation", "show", "--organisation", "rivierstad", "--json").stdout

    before = shown()
    for number in ("inf", "nan", "much"):
        said = polderlab("allocation", "set", "--organisation", "rivierstad", "--memory-gb", number)
        assert said.returncode != 0
        assert "give a number" in said.stderr
    assert shown() == before
    polderlab("allocation", "set", "--organisation", "rivierstad", "--memory-gb", "12")
    assert shown() != before
