"""``polderlab dataset``: described, published, withdrawn and checked from the command line."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.service.test_command_line import Command, polderlab, state

from polderlab_catalog.application.actors import Actor
from polderlab_catalog.bootstrap import Lab, build
from polderlab_catalog.cli import ingests
from polderlab_catalog.domain.quality import Check, CheckKind
from polderlab_catalog.settings import LabSettings
from polderlab_catalog.worker.ingesting import work

__all__ = ["polderlab", "state"]  # fixtures
REGISTER = (
    "--name", "bathing_water", "--organisation", "rivierstad", "--title", "Zwemwater",
    "--classification", "internal", "--licence", "https://creativecommons.org/licenses/by/4.0/",
)  # fmt: skip


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "bathing.csv"
    path.write_text("plek;waarde\nstrand;1,5\nplas;2,25\n", "utf-8")
    return path


@pytest.fixture
def lab(state: Path) -> Iterator[Lab]:
    built = build(LabSettings(state=state, database=""))
    yield built
    built.register.close()  # type: ignore[attr-defined]


@pytest.fixture
def worker(lab: Lab) -> Iterator[None]:
    """The real worker, beside the command."""
    over = threading.Event()

    def run() -> None:
        while not over.wait(0.05):
            work(lab)

    thread = threading.Thread(target=run)
    thread.start()
    yield
    over.set()
    thread.join()


@pytest.mark.usefixtures("worker")
def test_a_file_is_registered_published_again_withdrawn_and_checked(
    polderlab: Command, lab: Lab, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ingests, "EVERY", 0.05)
    done = polderlab("dataset", "register", str(file), *REGISTER, "--yes")
    assert (done.returncode, done.stdout) == (0, "Version 1 of bathing_water is published.\n")
    (version,) = lab.catalogue.versions("bathing_water")
    assert version.data[0].rows == 2
    assert [column.type for column in version.data[0].columns][1] == "double"

    file.write_text("plek;waarde\nstrand;1,5\n", "utf-8")
    published = polderlab(
        "dataset", "publish", "bathing_water", str(file), "--note", "Less", "--yes", "--json"
    )
    assert json.loads(published.stdout)["version"] == 2
    withdrawn = polderlab("dataset", "withdraw", "bathing_water", "1", "--reason", "Too much")
    assert withdrawn.stdout == "Version 1 of bathing_water can no longer be read.\n"

    described = polderlab("dataset", "describe", "bathing_water", "--contact", "a@b.nl", "--json")
    facts = json.loads(described.stdout)
    assert (facts["contact"], facts["title"]) == ("a@b.nl", "Zwemwater")
    assert [each["withdrawn"] for each in facts["versions"]] == [False, True]

    check = Check(CheckKind.RANGE, ("waarde",), {"maximum": "1"})
    lab.publishing.describe(
        Actor.operator("tester"), "bathing_water", lambda now: replace(now, checks=(check,))
    )
    failed = polderlab("dataset", "check", "bathing_water", "--json")
    assert failed.returncode == 1
    assert json.loads(failed.stdout)[0]["failing"] == 1


@pytest.mark.usefixtures("worker")
def test_another_way_of_reading_is_shown_before_it_is_published(
    polderlab: Command, lab: Lab, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ingests, "EVERY", 0.05)
    monkeypatch.setattr("polderlab_catalog.cli.datasets.must_say_yes", lambda yes: None)
    file.write_text("plek;waarde\nstrand;1.500\nplas;2.250\n", "utf-8")

    def answering(*answers: str) -> None:
        waiting = iter(answers)
        monkeypatch.setattr("typer.prompt", lambda *_, **__: next(waiting))

    answering("maybe", "no_option=1", "delimiter=|", "delimiter = ;", "decimal=,", "yes")
    done = polderlab("dataset", "register", str(file), *REGISTER)
    assert (done.returncode, done.stdout) == (0, "Version 1 of bathing_water is published.\n")
    assert "! Say yes, no, or an option with = and its value." in done.stderr
    assert "! no_option: is no option" in done.stderr
    assert done.stderr.count("delimiter: '|'") == 1
    answering("decimal=.", "no")
    refused = polderlab("dataset", "publish", "bathing_water", str(file))
    assert refused.returncode == 1
    assert "The file was taken back." in refused.stderr
    assert [each.number for each in lab.catalogue.versions("bathing_water")] == [1]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (lambda f: (str(f), *REGISTER), "Nobody is there to confirm"),
        (lambda f: (str(f.parent), *REGISTER, "--yes"), "Is a directory"),
        (lambda f: (str(f) + "x", *REGISTER, "--yes"), "cannot be read"),
        (lambda f: (str(f), *REGISTER, "--theme", "milieu", "--yes"), "theme: Choose from"),
        (
            lambda f: (str(f), *REGISTER, "--name", "growth_study", "--yes"),
            "There is a dataset of this name already",
        ),
    ],
)
def test_what_cannot_be_registered_is_one_sentence_and_leaves_nothing(
    polderlab: Command,
    lab: Lab,
    file: Path,
    arguments: Callable[[Path], tuple[str, ...]],
    sentence: str,
) -> None:
    done = polderlab("dataset", "register", *arguments(file))
    assert done.returncode == 1
    assert sentence in done.stderr
    assert len(lab.catalogue.cards(None)) == 3
    uploads = lab.settings.uploads_folder
    assert not uploads.exists() or list(uploads.iterdir()) == []


def test_without_a_worker_it_says_so(
    polderlab: Command, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ingests, "PATIENCE", 0.0)
    monkeypatch.setattr(ingests, "EVERY", 0.05)
    done = polderlab("dataset", "register", str(file), *REGISTER, "--yes")
    assert done.returncode == 1
    assert "No worker takes the file up: is the lab running?" in done.stderr


@pytest.mark.usefixtures("worker")
def test_a_file_nobody_can_read_says_why(
    polderlab: Command, lab: Lab, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ingests, "EVERY", 0.05)
    file.write_bytes(b"")
    done = polderlab("dataset", "register", str(file), *REGISTER, "--yes")
    assert done.returncode == 1
    assert "Nothing was published. The file is empty." in done.stderr
    assert lab.catalogue.versions("bathing_water") == []
