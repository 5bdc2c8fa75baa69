"""The role table, and its description for people."""

from __future__ import annotations

from pathlib import Path

from polderlab_catalog.policy.roles import GIVES, SHOWS, TABLE, Action, Who

PAGE = Path(__file__).resolve().parents[4] / "docs" / "reference" / "roles.md"


def test_the_table_is_documented_as_it_is() -> None:
    rows = [
        [cell.strip(" `") for cell in line.strip("|\n").split("|")]
        for line in PAGE.read_text().splitlines()
        if line.startswith("| `") and ":" in line.split("|")[1]
    ]
    (heads,) = (
        [cell.strip(" `") for cell in line.strip("|\n").split("|")][1:]
        for line in PAGE.read_text().splitlines()
        if line.startswith("| action |")
    )
    documented = {
        Action(row[0]): {
            Who(head) for head, cell in zip(heads, row[1:], strict=True) if cell == "yes"
        }
        for row in rows
    }
    assert documented == {action: set(who) for action, who in TABLE.items()}


def test_whoever_may_do_something_to_a_thing_may_see_it() -> None:
    for action, who in TABLE.items():
        if action in (Action.ORGANISATION_LIST, Action.ORGANISATION_INVITE, Action.PROPOSAL_MAKE):
            continue
        assert who <= TABLE[SHOWS[action.partition(":")[0]]], action


def test_no_role_gives_one_that_it_could_not_be_given_itself() -> None:
    lab, own = GIVES[Who.LAB_ADMINISTRATOR], GIVES[Who.ORGANISATION_ADMINISTRATOR]
    assert {role.value for role in lab} == {"lab-administrator", "organisation-administrator"}
    assert "lab-administrator" not in {role.value for role in own}
