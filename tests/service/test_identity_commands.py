"""``polderlab person link`` and ``release`` against a real register."""

from __future__ import annotations

import json

from tests.service import test_command_line
from tests.service.test_command_line import Command

polderlab, state = test_command_line.polderlab, test_command_line.state
RAVI, LEA = "rivierstad-analyst", "rivierstad-lead"
WHO = ("--issuer", "https://id.example", "--subject", "0b1c")


def test_accounts_are_linked_and_belong_to_whom_the_operator_says(polderlab: Command) -> None:
    before = json.loads(polderlab("person", "show", RAVI, "--json").stdout)
    assert (before["issuer"], before["subject"], before["linked"]) == (None, None, "no")
    done = json.loads(polderlab("person", "link", RAVI, LEA, "--json").stdout)
    assert [(each["name"], each["linked"]) for each in done] == [(RAVI, "yes"), (LEA, "yes")]
    assert "0b1c" in polderlab("person", "link", RAVI, *WHO).stdout
    shown = json.loads(polderlab("person", "show", RAVI, "--json").stdout)
    assert (shown["issuer"], shown["subject"]) == ("https://id.example", "0b1c")
    taken = polderlab("person", "link", LEA, *WHO)
    assert (taken.returncode, f"it belongs to {RAVI}" in taken.stderr) == (1, True)
    several = polderlab("person", "link", RAVI, LEA, *WHO)
    assert (several.returncode, "name one account" in several.stderr) == (1, True)
    half = polderlab("person", "link", LEA, "--subject", "1")
    assert (half.returncode, "--issuer and --subject" in half.stderr) == (1, True)
    assert polderlab("person", "link", "nobody-here").returncode == 1


def test_an_account_is_not_released_while_the_hub_cannot_end_its_sign_ins(
    polderlab: Command,
) -> None:
    polderlab("person", "link", RAVI, *WHO)
    assert polderlab("person", "release", RAVI).returncode == 1
    shown = json.loads(polderlab("person", "show", RAVI, "--json").stdout)
    assert shown["subject"] == "0b1c"
