"""``polderlab organisation|person|project|member|proposal`` against a real register."""

from __future__ import annotations

import json

import pytest
from tests.fakes.partners import PLAN as WANTED
from tests.fakes.partners import WHO, actor, bring
from tests.fakes.world import World
from tests.service import test_command_line
from tests.service.test_command_line import Command

from polderlab_catalog.bootstrap import build
from polderlab_catalog.policy.roles import Who
from polderlab_catalog.settings import LabSettings

polderlab, state = test_command_line.polderlab, test_command_line.state


def test_an_organisation_is_invited_looked_at_and_suspended(polderlab: Command) -> None:
    invite = (
        "organisation", "invite", "duinrand", "--title", "Gemeente Duinrand",
        "--contact", "Dora", "--email", "dora@duinrand.example",
    )  # fmt: skip
    made = json.loads(polderlab(*invite, "--json").stdout)
    assert "/join#" in made["link"]
    assert len(made["link"].partition("#")[2]) >= 43
    again = polderlab(*invite)
    assert again.returncode == 0, "a lost link is made anew"
    assert made["link"] not in again.stdout
    shown = json.loads(polderlab("organisation", "show", "duinrand", "--json").stdout)
    assert shown["state"] == "invited"
    assert shown["open_invitations"] == 1
    early = polderlab("organisation", "approve", "duinrand")
    assert (early.returncode, "does not wait for that" in early.stderr) == (1, True)
    polderlab("organisation", "suspend", "rivierstad")
    shown = polderlab("organisation", "show", "rivierstad").stdout
    assert "suspended" in shown
    polderlab("organisation", "readmit", "rivierstad")
    shown = json.loads(polderlab("organisation", "show", "rivierstad", "--json").stdout)
    assert shown["state"] == "active"


def test_a_person_is_invited_given_roles_and_closed(polderlab: Command) -> None:
    invite = ("person", "invite", "rivierstad", "--name", "Nina", "--email", "n@rivierstad.example")
    made = polderlab(*invite, "--project", "river-access:lead", "--role", "steward")
    assert made.returncode == 0
    assert "It works once" in made.stdout
    wrong = polderlab(*invite, "--project", "river-access:boss")
    assert (wrong.returncode, "choose a role" in wrong.stderr) == (1, True)
    elsewhere = polderlab(*invite, "--project", "youth-health")
    assert (elsewhere.returncode, "No such project" in elsewhere.stderr) == (1, True)
    name = "rivierstad-analyst"
    done = json.loads(polderlab("person", "role", name, "--give", "steward", "--json").stdout)
    assert done["roles"] == ["steward"]
    done = json.loads(polderlab("person", "role", name, "--take", "steward", "--json").stdout)
    assert done["roles"] == []
    for command, open_ in (("close", "no"), ("reopen", "yes")):
        polderlab("person", command, name)
        assert json.loads(polderlab("person", "show", name, "--json").stdout)["open"] == open_
    assert polderlab("person", "vet", name).returncode == 1, "nobody waits for that"


def test_members_come_go_and_may_be_guests(polderlab: Command) -> None:
    added = polderlab(
        "member", "add", "river-access", "kustregio-analyst", "--role", "viewer",
        "--until", "2027-06-30", "--json",
    )  # fmt: skip
    assert {"name": "kustregio-analyst", "organisation": "kustregio", "role": "viewer",
            "until": "2027-06-30"} in json.loads(added.stdout)  # fmt: skip
    gone = polderlab("member", "remove", "river-access", "kustregio-analyst", "--json")
    assert json.loads(gone.stdout) == {"removed": True}
    last = polderlab("member", "remove", "river-access", "rivierstad-lead")
    assert (last.returncode, "no lead left" in last.stderr) == (1, True)


def test_a_project_is_shown_and_ended(polderlab: Command) -> None:
    found = json.loads(
        polderlab("project", "list", "--organisation", "rivierstad", "--json").stdout
    )
    assert [each["name"] for each in found] == ["river-access"]
    done = polderlab("project", "end", "river-access", "--on", "2027-06-30", "--json")
    assert json.loads(done.stdout)["ends"] == "2027-06-30"


@pytest.mark.parametrize(
    ("steps", "state_"),
    [(("endorse", "approve"), "approved"), (("return",), "returned"), (("refuse",), "refused")],
)
def test_a_proposal_is_decided(
    polderlab: Command, state: object, steps: tuple[str, ...], state_: str
) -> None:
    lab = build(LabSettings(state=state, database=""))  # type: ignore[arg-type]
    world = World.__new__(World)
    world.register = lab.register
    bring(world)
    made = lab.proposals.propose(actor(WHO[Who.PROPOSER]), WANTED).id
    lab.register.close()  # type: ignore[attr-defined]
    listed = json.loads(polderlab("proposal", "list", "--json").stdout)
    assert [each["id"] for each in listed] == [made]
    for step in steps:
        assert polderlab("proposal", step, made, "--reason", "Daarom").returncode == 0
    shown = json.loads(polderlab("proposal", "show", made, "--json").stdout)
    assert shown["state"] == state_
    assert shown["project"] == ("groen-in-de-buurt" if state_ == "approved" else None)
