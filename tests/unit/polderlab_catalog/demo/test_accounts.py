from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from polderlab_catalog.application.errors import Refused
from polderlab_catalog.bootstrap import Lab
from polderlab_catalog.demo.accounts import Entry, hand_out
from polderlab_catalog.demo.people import ACCOUNTS, ORGANISATIONS
from polderlab_catalog.domain.actors import Actor

URL = "http://127.0.0.1:8000"
FEW = [account for account in ACCOUNTS if account.person.organisation == "rivierstad"][:2]


@pytest.fixture
def file(tmp_path: Path, lab: Lab) -> Path:
    for organisation in ORGANISATIONS:
        lab.administration.register_organisation(Actor.lab(), organisation)
    for account in FEW:
        lab.administration.register_person(Actor.lab(), account.person)
    return tmp_path / "demo-accounts.json"


def given(lab: Lab, file: Path) -> list[Entry]:
    return hand_out(lab.passwords, Actor.lab(), FEW, file, URL)


def test_the_passwords_in_the_file_open_the_door(lab: Lab, file: Path) -> None:
    given(lab, file)
    written = json.loads(file.read_text())
    assert written["url"] == URL
    assert len(written["accounts"]) == len(FEW)
    for entry in written["accounts"]:
        person = lab.sign_ins.sign_in(entry["username"], entry["password"])
        assert person.organisation == entry["organisation"]


def test_only_the_owner_may_read_the_file(lab: Lab, file: Path) -> None:
    file.touch(0o644)
    given(lab, file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_each_account_has_a_password_of_its_own(lab: Lab, file: Path) -> None:
    passwords = {entry["password"] for entry in given(lab, file)}
    assert len(passwords) == len(FEW)


def test_handing_out_twice_changes_no_password(lab: Lab, file: Path) -> None:
    assert given(lab, file) == given(lab, file)


@pytest.mark.parametrize("content", [None, "", '{"accounts": [{"username": "rivier', "[]"])
def test_who_lost_the_file_gets_new_passwords(lab: Lab, file: Path, content: str | None) -> None:
    before = given(lab, file)
    file.unlink()
    if content is not None:
        file.write_text(content)
    after = given(lab, file)
    lab.sign_ins.sign_in(after[0]["username"], after[0]["password"])
    with pytest.raises(Refused):
        lab.sign_ins.sign_in(before[0]["username"], before[0]["password"])


def test_a_link_put_in_the_files_place_is_not_followed(
    lab: Lab, file: Path, tmp_path: Path
) -> None:
    (tmp_path / "elsewhere").touch()
    file.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError, match="symbolic links"):
        given(lab, file)
    assert (tmp_path / "elsewhere").read_text() == ""
