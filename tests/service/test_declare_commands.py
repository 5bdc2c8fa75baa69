"""``polderlab export`` and ``polderlab apply`` against a real register on disk."""

from __future__ import annotations

import io
import json
import re
import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest
from tests.service.test_command_line import Command, as_program, polderlab, state

from polderlab_catalog.bootstrap import build, utc_now
from polderlab_catalog.cli.lab_file import read_file
from polderlab_catalog.cli.yaml_lines import Unreadable
from polderlab_catalog.domain.actors import Actor
from polderlab_catalog.domain.organisations import Contact
from polderlab_catalog.domain.people import Credentials
from polderlab_catalog.domain.sign_ins import PasswordLink
from polderlab_catalog.settings import LabSettings

__all__ = ["polderlab", "state"]

PAGE = Path(__file__).parents[2] / "docs/how-to/declare-the-lab.md"
ROOT = Actor.operator("root")
LONGER = "version: 1\nprojects: {river-access: {internet: true}}\n"
FEWER = "version: 1\nprojects: {river-access: {members: {rivierstad-lead: {}}}}\n"
GOES = "river-access/rivierstad-analyst"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "lab.yml"


class Terminal(io.StringIO):
    """Somebody who types."""

    def isatty(self) -> bool:
        return True


def test_an_export_applied_changes_nothing_and_the_next_is_the_same(
    polderlab: Command, file: Path, state: Path
) -> None:
    assert polderlab("export", str(file)).stdout == f"Written to {file}.\n"
    first = file.read_text()
    assert first.startswith("# ")
    assert file.stat().st_mode & 0o777 == 0o600
    count = build(LabSettings(state=state, database="")).audit.verify().count
    same = polderlab("apply", str(file), "--yes")
    assert (same.returncode, same.stdout) == (0, "The lab is as the file tells it.\n")
    assert polderlab("apply", str(file), "--check").returncode == 0
    assert polderlab("export").stdout == first
    assert build(LabSettings(state=state, database="")).audit.verify().count == count
    # a longer file of before leaves nothing behind
    file.write_text(first + "# more\n" * 500)
    polderlab("export", str(file))
    assert file.read_text() == first


def test_what_is_no_file_is_left_as_it_is(polderlab: Command) -> None:
    before = Path("/dev/null").stat().st_mode
    refused = polderlab("export", "/dev/null")
    assert refused.returncode != 0
    assert "is no file" in refused.stderr
    assert Path("/dev/null").stat().st_mode == before


@pytest.mark.parametrize("odd", ['!!int ""', '!!float ""', "!!bool foo", "!!timestamp x"])
def test_a_value_that_is_not_what_it_says_is_named_with_its_line(odd: str) -> None:
    with pytest.raises(Unreadable) as refused:
        read_file(f"version: 1\nprojects: {{river-access: {{sizes: {odd}}}}}\n")
    assert refused.value.args


def test_no_secret_of_the_register_is_in_the_export(polderlab: Command, state: Path) -> None:
    lab = build(LabSettings(state=state, database=""))
    lab.invitations.invite_person(ROOT, "rivierstad", Contact("Sam", "sam@example.nl"))
    key, _ = lab.passwords.make_link(ROOT, "rivierstad-lead", 24)
    with lab.register.write() as t:
        t.people.put_credentials(Credentials("kustregio-analyst", "$argon2id$of-kim"))
        soon = utc_now() + timedelta(days=1)
        t.sign_ins.put_link(PasswordLink("kustregio-analyst", "hash-of-a-link", soon))
    from polderlab.wire import SessionRequest

    lab.sessions.plan(SessionRequest("rivierstad-lead", "river-access"))
    lab.register.close()  # type: ignore[attr-defined]
    secrets = {key, "$argon2id$of-kim", "hash-of-a-link"}
    (database,) = state.rglob("*.sqlite")
    with sqlite3.connect(database) as connection:
        tables = [
            name
            for (name,) in connection.execute("select name from sqlite_master where type='table'")
        ]
        for table in tables:
            rows = connection.execute(f"select * from {table}")
            columns = [each[0] for each in rows.description]
            secret = re.compile(r"hash|token|secret|key|login|sealed|password")
            named = [n for n, column in enumerate(columns) if secret.search(column)]
            secrets |= {str(row[n]) for row in rows for n in named if row[n]}
    connection.close()
    long = {secret for secret in secrets if len(secret) > 8 and not secret.startswith("sha256:a")}
    assert len(long) >= 5
    text = polderlab("export").stdout
    assert "kustregio-analyst" in text
    assert [secret for secret in long if secret in text] == []


def test_the_example_of_the_page_can_be_applied_as_it_stands(
    polderlab: Command, file: Path
) -> None:
    (example,) = re.findall(r"```yaml\n(.*?)```", PAGE.read_text(), re.DOTALL)
    file.write_text(example)
    shown = polderlab("apply", str(file), "--check")
    assert shown.returncode == 2
    lines = shown.stdout.splitlines()
    assert lines[0].startswith("+ organisation polderschap: new: name Waterschap De Polders / Wat")
    assert lines[-1] == "7 differences: 5 new, 2 changed."
    assert lines[-1] in PAGE.read_text()
    assert polderlab("apply", str(file), "--yes").returncode == 0
    assert polderlab("apply", str(file), "--check").stdout == "The lab is as the file tells it.\n"
    listed = json.loads(polderlab("organisation", "list", "--json").stdout)
    assert "polderschap" in {each["name"] for each in listed}


def test_differences_are_shown_in_words_and_as_json(polderlab: Command, file: Path) -> None:
    file.write_text(
        "version: 1\n"
        "organisations: {rivierstad: {suspended: true}}\n"
        "projects: {river-access: {ends: 2028-06-30, allocation: {cpus: 2, memory_gb: 4}}}\n"
    )
    shown = polderlab("apply", str(file), "--check")
    assert shown.stdout.splitlines() == [
        "~ organisation rivierstad: suspended no → yes",
        "~ project river-access: ends 2027-12-31 → 2028-06-30",
        "~ allocation of project river-access: cpus none → 2; memory_gb none → 4; "
        "sessions 4 → none",
        "3 differences: 3 changed.",
    ]
    told = json.loads(polderlab("apply", str(file), "--check", "--json").stdout)
    assert told["applied"] is False
    assert told["changes"][1] == {
        "kind": "projects",
        "name": "river-access",
        "becomes": "changed",
        "facts": {"ends": {"from": "2027-12-31", "to": "2028-06-30"}},
    }
    assert json.loads(polderlab("apply", str(file), "--yes", "--json").stdout)["applied"] is True


def test_nothing_is_done_without_an_answer(
    polderlab: Command, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.write_text(LONGER)
    asked = polderlab("apply", str(file))
    assert (asked.returncode, "Add --yes" in asked.stderr) == (1, True)
    monkeypatch.setattr("sys.stdin", Terminal("n\n"))
    assert polderlab("apply", str(file)).returncode == 1
    assert polderlab("apply", str(file), "--check").returncode == 2
    monkeypatch.setattr("sys.stdin", Terminal("y\n"))
    assert polderlab("apply", str(file)).stdout.endswith("Done.\n")
    assert polderlab("apply", str(file), "--check").returncode == 0


def test_what_ends_has_to_be_named(
    polderlab: Command, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.write_text(FEWER)
    call = ("apply", str(file), "--prune", "members")
    refused = polderlab(*call, "--yes")
    assert (refused.returncode, f"--ending {GOES}" in refused.stderr) == (1, True)
    assert polderlab(*call, "--yes", "--ending", "river-access/somebody").returncode == 1
    assert polderlab(*call, "--yes", "--ending", GOES, "--ending", "more").returncode == 1
    monkeypatch.setattr("sys.stdin", Terminal("yes\ny\n"))
    assert "not what would end" in polderlab(*call).stderr
    assert polderlab(*call, "--check").returncode == 2
    monkeypatch.setattr("sys.stdin", Terminal(f"{GOES}\ny\n"))
    assert polderlab(*call).returncode == 0
    assert polderlab(*call, "--check").returncode == 0
    assert polderlab("apply", str(file), "--prune", "sizes").returncode == 2
    empty = polderlab("apply", str(file), "--prune", "people", "--yes")
    assert (empty.returncode, "an empty list ends nothing" in empty.stderr) == (1, True)


def test_a_refusal_says_on_which_line_and_changes_nothing(
    polderlab: Command, file: Path, tmp_path: Path
) -> None:
    file.write_text(
        "version: 1\nprojects:\n  river-access:\n    internet: true\n    members:\n"
        "      nobody-known: {role: lead}\n"
    )
    said = polderlab("apply", str(file), "--yes")
    assert said.returncode == 1
    assert said.stderr == (
        "polderlab: line 6, members, river-access/nobody-known: No such person: nobody-known. "
        "Nothing was changed.\n"
    )
    assert "internet: true" not in polderlab("export").stdout
    assert polderlab("apply", str(tmp_path / "none.yml")).stderr.endswith(
        "none.yml cannot be read: No such file or directory.\n"
    )
    assert polderlab("export", str(tmp_path / "no" / "lab.yml")).returncode == 1


def test_the_installed_command_reads_what_is_typed_in(state: Path) -> None:
    shown = as_program(state, "apply", "/dev/null")
    assert (shown.returncode, "version is missing" in shown.stderr) == (1, True)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("version: 1\npeople: {abc: {rols: []}}", "there is no “rols” here; did you mean roles?"),
        ("version: 1\nproject: {}", "line 2: there is no “project” here; did you mean projects?"),
        ("version: 1\npeople:\n  abc: {active: 1}", "line 3: people.abc.active: write true"),
        ("version: 1\npeople:\n  abc: {name: null}", "line 3: people.abc.name: write a text"),
        ("version: 1\npeople:\n  abc: {password: x}", "there is no “password” here; there is"),
        ("version: 1\npeople: {'../etc': {}}", "line 2: people.../etc"),
        ("version: 1\nimages: {geo: &a {}, two: *a}", "references (& and *) are not read here"),
        ("version: 1\nversion: 1", "line 2: “version” comes twice"),
        ("version: 2", "line 1: version: write 1"),
        ("version: 1\nsizes: {big: {cpus: .inf}}", "line 2: sizes.big.cpus: "),
        ("version: 1\nsizes: {big: {cpus: '2'}}", "line 2: sizes.big.cpus: "),
        ("version: 1\nprojects: {abc: {starts: 2026-02-31}}", "“2026-02-31” cannot be read"),
        ("version: 1\nprojects: {abc: {starts: 2026-01-01 10:00:00}}", "write a day as 2027-06-30"),
        ("version: 1\nx: !!python/object:os.system {}", "line 2: "),
        ("version: 1\na: [", "this is no YAML"),
        ("- a", "write sections here"),
        ("[" * 3000, "this is no YAML"),
    ],
)  # fmt: skip
def test_a_file_is_read_strictly_and_told_where_it_is_wrong(text: str, told: str) -> None:
    with pytest.raises(Unreadable) as fault:
        read_file(text)
    assert told in str(fault.value)
    assert read_file("version: 1\npeople: {abc: {roles: [], active: true, name: X}}")
