"""``polderlab source``: from a description without a file to a source, by command line alone."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pytest
from tests.service.test_command_line import Command, polderlab, state
from tests.service.test_source_pages import SECRET, address

__all__ = ["address", "polderlab", "state"]  # fixtures
DESCRIBE = (
    "dataset", "register", "--name", "river_depths", "--organisation", "rivierstad",
    "--title", "Rivierdiepten", "--classification", "internal",
    "--licence", "https://creativecommons.org/licenses/by/4.0/",
)  # fmt: skip


@pytest.fixture
def password(state: Path) -> Path:
    """Let the lab go to this machine; return the file with what opens the source there."""
    with (state / "run" / "lab.env").open("a") as env:
        env.write("POLDERLAB_SOURCE_HOSTS=localhost\nPOLDERLAB_SOURCE_KEY=a-key\n")
    file = state / "password"
    file.touch(mode=0o600)
    file.write_text(f"{SECRET}\n", "utf-8")
    return file


def test_a_source_is_described_connected_tested_copied_and_removed(
    polderlab: Command, state: Path, password: Path, address: str
) -> None:
    described = polderlab(*DESCRIBE)
    assert (described.returncode, described.stderr) == (0, "")
    assert described.stdout == "river_depths is described; nothing can be read of it yet.\n"
    assert polderlab("source", "list").stdout == "There are no live sources.\n"

    place = ("--kind", "url", "--address", address, "--password-file", str(password))
    made = polderlab(
        "source", "register", "river_depths", *place, "--columns", "name, depth",
        "--where", "id <= 2", "--row-limit", "100",
    )  # fmt: skip
    assert made.stderr == ""
    assert made.stdout == "river_depths is consulted at its source, as version 1.\n"
    (listed,) = json.loads(polderlab("source", "list", "--json").stdout)
    assert (listed["dataset"], listed["kind"], listed["address"]) == (
        "river_depths", "url", address,
    )  # fmt: skip
    tried = json.loads(polderlab("source", "test", "river_depths", "--json").stdout)
    assert tried["rows"] == [{"name": "Lek", "depth": "1.5"}, {"name": "Waal", "depth": "2.5"}]
    assert tried["columns"] == {"id": "int64", "name": "string", "depth": "double"}
    assert "Lek" in polderlab("source", "test", "river_depths").stdout

    copied = polderlab("source", "snapshot", "river_depths")
    assert copied.stdout == "Version 2 of river_depths has a copy of 2 rows.\n"
    removed = polderlab("source", "remove", "river_depths")
    assert removed.stdout == "river_depths is no longer consulted at a source.\n"
    again = json.loads(polderlab("source", "remove", "river_depths", "--json").stdout)
    assert again == {"dataset": "river_depths", "removed": False}
    assert polderlab("source", "test", "river_depths").returncode == 1

    # The write-ahead log too: what was written last may be there alone.
    files = sorted((state / "lab").glob("register.sqlite*"))
    register = b"".join(file.read_bytes() for file in files)
    assert SECRET.encode() not in register
    assert b"river_depths" in register


def test_the_password_comes_from_standard_input_too(
    polderlab: Command, password: Path, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    polderlab(*DESCRIBE)
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{SECRET}\n"))
    made = polderlab(
        "source", "register", "river_depths", "--kind", "url", "--address", address,
        "--password-file", "-", "--json",
    )  # fmt: skip
    assert json.loads(made.stdout) == {"dataset": "river_depths", "version": 1}


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--password-file", "{open}"), "others may read it; run: chmod 600"),
        (("--password-file", "{none}"), "cannot be read"),
        (("--where", "id near 2"), "Write a condition as"),
        ((), "does not let the lab in"),
        (("--kind", "sql"), "Name a table or view"),
        (("--address", "http://169.254.169.254/x.csv"), "does not consult 169.254.169.254"),
        (("--address", "http://me:word@localhost/x.csv"), "fields of their own"),
    ],
)
def test_what_cannot_be_consulted_is_one_sentence_and_leaves_nothing(
    polderlab: Command, password: Path, address: str, arguments: tuple[str, ...], sentence: str
) -> None:
    polderlab(*DESCRIBE)
    open_ = password.with_name("open")
    open_.write_text(SECRET, "utf-8")
    open_.chmod(0o644)
    files = {"{open}": str(open_), "{none}": str(password.with_name("none"))}
    asked = [files.get(each, each) for each in arguments]
    done = polderlab(
        "source", "register", "river_depths", "--kind", "url", "--address", address, *asked
    )
    assert done.returncode == 1
    assert sentence in done.stderr
    assert SECRET not in done.stderr
    assert json.loads(polderlab("source", "list", "--json").stdout) == []


def test_a_description_without_a_file_takes_no_words_about_files(polderlab: Command) -> None:
    done = polderlab(*DESCRIBE, "--delimiter", ";")
    assert done.returncode == 1
    assert "delimiter: says how a file is read; name the file too" in done.stderr
    assert json.loads(polderlab(*DESCRIBE, "--json").stdout)["version"] is None
    assert "There is a dataset of this name already" in polderlab(*DESCRIBE).stderr
    unknown = polderlab("source", "register", "nowhere", "--address", "https://a.example/x.csv")
    assert unknown.returncode == 1
