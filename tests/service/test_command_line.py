"""The polderlab command against a real register on disk."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from tests.fakes.world import PEOPLE, World

from polderlab.wire import SessionRequest
from polderlab_catalog.application.actors import Actor
from polderlab_catalog.application.errors import Refused
from polderlab_catalog.bootstrap import build
from polderlab_catalog.cli import main
from polderlab_catalog.cli.environment import read_env_file
from polderlab_catalog.domain.audit import AuditAction
from polderlab_catalog.settings import LabSettings

COMMAND = Path(sys.prefix) / "bin" / "polderlab"
UNTIL = "2027-06-30"
TWO_DAYS = timedelta(days=2)
Command = Callable[..., "Done"]
NOWHERE = "http://127.0.0.1:15439/hub/api"


@pytest.fixture
def state(tmp_path: Path) -> Path:
    settings = LabSettings(state=tmp_path, database="")
    register = build(settings).register
    World(register)
    register.close()  # type: ignore[attr-defined]
    env = tmp_path / "run" / "lab.env"
    env.parent.mkdir()
    env.write_text(
        f"POLDERLAB_STATE={tmp_path}\nPOLDERLAB_HUB_API={NOWHERE}\n"
        "POLDERLAB_SERVICE_TOKEN=abc=#'def\n"
    )
    env.chmod(0o600)
    return tmp_path


def as_program(state: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the installed command."""
    return subprocess.run(
        [COMMAND, *arguments],
        env={"PATH": os.environ["PATH"], "POLDERLAB_STATE": str(state), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )


@dataclass(frozen=True)
class Done:
    returncode: int
    stdout: str
    stderr: str


@pytest.fixture
def polderlab(
    state: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Command:
    """Run the command within this process: the same, and thirty times as fast."""
    assert (state / "lab").stat().st_uid == os.geteuid(), "nothing to become here"
    monkeypatch.setenv("POLDERLAB_STATE", str(state))
    monkeypatch.setenv("COLUMNS", "200")

    def call(*arguments: str) -> Done:
        monkeypatch.setattr(sys, "argv", ["polderlab", *arguments])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        said, complained = capsys.readouterr()
        code = ended.value.code
        if isinstance(code, str):  # the interpreter prints it and exits with 1
            return Done(1, said, complained + code + "\n")
        return Done(int(code or 0), said, complained)

    return call


def test_datasets_are_listed_as_a_table_and_as_json(polderlab: Command, state: Path) -> None:
    shown = as_program(state, "dataset", "list").stdout.splitlines()
    assert shown[0].split() == [
        "NAME", "TITLE", "ORGANISATION", "CLASSIFICATION", "VERSION", "PROJECTS", "GRANTED",
    ]  # fmt: skip
    assert shown[1].split() == [
        "growth_study", "growth_study", "kustregio", "confidential", "1", "0",
    ]  # fmt: skip
    listed = json.loads(polderlab("dataset", "list", "--json").stdout)
    assert [row["name"] for row in listed] == ["growth_study", "soil_survey", "water_bodies"]


def test_an_operator_grants_and_revokes_and_the_log_names_him(polderlab: Command) -> None:
    given = polderlab("grant", "growth_study", "youth-health", "--until", "2027-06-30")
    assert given.stdout == "youth-health may read growth_study through 2027-06-30.\n"
    ended = polderlab("revoke", "growth_study", "youth-health", "--json")
    assert json.loads(ended.stdout)["revoked_by"].startswith("operator:")
    log = json.loads(polderlab("audit", "show", "--limit", "2", "--json").stdout)
    assert [line["action"] for line in log] == ["grant:revoked", "grant:given"]
    whole = polderlab("audit", "verify")
    assert (whole.returncode, whole.stdout[:24]) == (0, "The audit log is whole: ")


def test_an_operator_looks_at_requests(polderlab: Command, state: Path) -> None:
    assert polderlab("request", "list").stdout == "There are no such requests.\n"
    lab = build(LabSettings(state=state, database=""), migrate=False)
    asker = Actor.for_person(PEOPLE["rivierstad-analyst"])
    steward = Actor.for_person(PEOPLE["kustregio-steward"])
    asked = lab.requests.ask(
        asker, "growth_study", "river-access", "Eerste\nTweede", until=lab.clock().date() + TWO_DAYS
    )
    lab.requests.question(steward, asked.id, "Waarom?")
    (row,) = json.loads(polderlab("request", "list", "--json").stdout)
    assert (row["id"], row["state"], row["waits_for"]) == (asked.id, "questioned", "the project")
    shown = polderlab("request", "show", asked.id).stdout
    assert "Eerste / Tweede" in shown
    assert "person:kustregio-steward: Waarom?" in shown
    missing = polderlab("request", "show", "no-such-request")
    assert (missing.returncode, missing.stderr) == (
        1,
        "polderlab: No such request: no-such-request.\n",
    )


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            ("grant", "growth_study", "youth-health", "--until", "2020-01-01"),
            "polderlab: Choose an end date after today: access is always for a period.\n",
        ),
        (
            ("grant", "nothing_here", "youth-health", "--until", UNTIL),
            "polderlab: There is no dataset “nothing_here” in the catalogue. "
            "Look it up on the catalogue page.\n",
        ),
        (
            ("grant", "growth_study", "nothing", "--until", UNTIL),
            "polderlab: No such project: nothing.\n",
        ),
        (
            ("revoke", "growth_study", "youth-health"),
            "polderlab: No such grant: growth_study to youth-health.\n",
        ),
        (
            ("session", "stop", "ravi", "river-access"),
            "polderlab: No such open session: ravi in river-access.\n",
        ),
    ],
)
def test_what_cannot_be_done_is_one_sentence(
    polderlab: Command, arguments: tuple[str, ...], sentence: str
) -> None:
    done = polderlab(*arguments)
    assert (done.returncode, done.stdout, done.stderr) == (1, "", sentence)


@pytest.mark.parametrize(
    "arguments",
    [
        ("grant", "growth_study"),
        ("grant", "growth_study", "youth-health", "--until", "tomorrow"),
        ("audit", "show", "--action", "no:such"),
        ("nonsense",),
    ],
)
def test_a_wrong_call_exits_with_two(polderlab: Command, arguments: tuple[str, ...]) -> None:
    done = polderlab(*arguments)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "command",
    ["dataset list", "grant", "revoke", "session list", "session stop", "audit verify",
     "audit show", "harvest add", "harvest list", "harvest run", "harvest remove"],
)  # fmt: skip
def test_every_command_has_help_with_an_example(polderlab: Command, command: str) -> None:
    shown = polderlab(*command.split(), "--help").stdout
    assert f"Example:\n    polderlab {command}" in shown
    assert "--json" in shown


def test_stopping_ends_the_session_at_once_even_while_the_hub_is_away(
    polderlab: Command, state: Path
) -> None:
    lab = build(LabSettings(state=state, database=""))
    lab.sessions.plan(SessionRequest("rivierstad-analyst", "river-access"))
    (row,) = json.loads(polderlab("session", "list", "--json").stdout)
    assert (row["user"], row["state"]) == ("rivierstad-analyst", "starting")
    done = polderlab("session", "stop", "rivierstad-analyst", "river-access")
    assert done.returncode == 1
    assert "can read nothing any more, but JupyterHub did not answer" in done.stderr
    assert polderlab("session", "list").stdout == "No sessions run now.\n"
    lab.register.close()  # type: ignore[attr-defined]


def test_a_log_that_was_changed_fails_verification(polderlab: Command, state: Path) -> None:
    lab = build(LabSettings(state=state, database=""))
    with lab.register.engine.begin() as connection:  # type: ignore[attr-defined]
        connection.exec_driver_sql("DROP TRIGGER audit_log_no_update")
        connection.exec_driver_sql("UPDATE audit_log SET actor = 'lab' WHERE number = 2")
    lab.register.close()  # type: ignore[attr-defined]
    done = polderlab("audit", "verify")
    assert (done.returncode, "line 2 was changed" in done.stderr) == (1, True)
    assert polderlab("audit", "verify", "--json").returncode == 1


def test_where_no_lab_was_started_it_says_how_to(tmp_path: Path) -> None:
    done = as_program(tmp_path, "dataset", "list")
    assert done.returncode == 1
    assert done.stderr.startswith("polderlab: No lab was started here yet")
    assert done.stderr.endswith("Start it with: make up\n")


def test_values_in_the_env_file_stand_as_they_are(state: Path) -> None:
    read = read_env_file(state / "run" / "lab.env")
    assert read["POLDERLAB_SERVICE_TOKEN"] == "abc=#'def"


def test_root_leaves_no_files_of_its_own_beside_the_database(state: Path) -> None:
    assert os.geteuid() == 0, "run the tests as root: the lab is brought up by root, too"
    path = state
    while path.stat().st_uid == 0 and path.stat().st_mode & 0o777 == 0o700:  # up to the world's
        path.chmod(0o755)
        path = path.parent
    nobody = 65534
    for path in (state / "lab", *(state / "lab").iterdir()):
        shutil.chown(path, nobody, nobody)
    done = as_program(state, "grant", "growth_study", "youth-health", "--until", "2027-06-30")
    assert (done.returncode, done.stderr) == (0, "")
    assert {path.stat().st_uid for path in (state / "lab").iterdir()} == {nobody}


def test_an_operator_makes_a_link_that_works_once_and_ends(polderlab: Command, state: Path) -> None:
    made = json.loads(polderlab("person", "password-link", "rivierstad-analyst", "--json").stdout)
    address, _, key = made["link"].partition("#")
    assert address == "http://127.0.0.1:8000/services/lab/new-password"
    lab = build(LabSettings(state=state), migrate=False)
    assert lab.passwords.owner(key).username == "rivierstad-analyst"
    (line,) = lab.audit.show(action=AuditAction.PERSON_PASSWORD_LINK_MADE)
    assert line.event.actor.startswith("operator:")
    assert polderlab("person", "password-link", "nobody-here").returncode == 1
    assert polderlab("person", "password-link", "rivierstad-lead", "--hours", "999").returncode == 1


def test_an_operator_lifts_a_lock_by_name_or_by_address(polderlab: Command, state: Path) -> None:
    lab = build(LabSettings(state=state), migrate=False)
    for _ in range(31):
        with contextlib.suppress(Refused):
            lab.sign_ins.sign_in("rivierstad-analyst", "wrong", "2001:db8::5")
            lab.sign_ins.sign_in("somebody", "wrong", "2001:db8::5")
    assert polderlab("person", "unlock", "rivierstad-analyst").stdout == "Unlocked.\n"
    again = polderlab("person", "unlock", "rivierstad-analyst")
    assert again.stdout == "Nothing was held against it.\n"
    assert polderlab("person", "unlock", "--address", "2001:db8::9").stdout == "Unlocked.\n"
    for wrong in ((), ("x", "--address", "192.0.2.1"), ("--address", "127.0.0.1"), ("../x",)):
        assert polderlab("person", "unlock", *wrong).returncode == 1


def test_the_list_of_people_says_who_has_a_password(polderlab: Command, state: Path) -> None:
    build(LabSettings(state=state), migrate=False).passwords.set_password(
        "rivierstad-lead", "seven herons on a dike"
    )
    told = {row["name"]: row for row in json.loads(polderlab("person", "list", "--json").stdout)}
    assert set(told) == set(PEOPLE)
    assert told["rivierstad-lead"]["password"] == "yes"
    assert told["rivierstad-analyst"]["password"] == "no"
