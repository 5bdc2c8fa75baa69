"""The script every session begins with."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from polderlab_images.spec import IMAGES

SCRIPT = (IMAGES / "python-geo" / "bin" / "session").read_text()


@pytest.fixture
def skeleton(tmp_path: Path) -> Path:
    folder = tmp_path / "skeleton"
    (folder / "tutorials").mkdir(parents=True)
    (folder / "tutorials" / "01.ipynb").write_text("lesson")
    return folder


def start(skeleton: Path, home: Path, command: str, language: str = "nl") -> str:
    script = SCRIPT.replace("/opt/polderlab/skeleton", str(skeleton))
    # Debian 12's cp knows --no-clobber only; in the image it is Debian 13's.
    script = script.replace("--update=none", "--no-clobber")
    done = subprocess.run(
        ["/bin/sh", "-c", script, "session", "/bin/sh", "-c", command],
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "TMPDIR": str(skeleton.parent),
            "POLDERLAB_LANGUAGE": language,
        },
        capture_output=True,
        text=True,
        check=True,
        timeout=20,
    )
    return done.stdout


def test_the_first_start_puts_the_tutorials_in_the_home(skeleton: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    start(skeleton, home, "true")
    assert (home / "tutorials" / "01.ipynb").read_text() == "lesson"


def test_what_was_changed_or_thrown_away_stays_so(skeleton: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    (home / "tutorials").mkdir(parents=True)
    (home / "tutorials" / "01.ipynb").write_text("mine")
    start(skeleton, home, "true")
    assert (home / "tutorials" / "01.ipynb").read_text() == "mine"
    (home / "tutorials" / "01.ipynb").unlink()
    start(skeleton, home, "true")
    assert not (home / "tutorials" / "01.ipynb").exists()


def test_a_home_that_takes_nothing_does_not_stop_the_start(skeleton: Path, tmp_path: Path) -> None:
    assert start(skeleton, tmp_path / "missing" / "home", "echo started") == "started\n"


@pytest.mark.parametrize(("language", "locale"), [("nl", "nl_NL.UTF-8"), ("en", "en_GB.UTF-8")])
def test_it_speaks_the_language_of_the_session(
    skeleton: Path, tmp_path: Path, language: str, locale: str
) -> None:
    said = start(skeleton, tmp_path, 'echo "$LANG $LC_NUMERIC $(umask)"', language)
    assert said == f"{locale} C.UTF-8 0002\n"


def test_keys_and_sockets_live_outside_the_home(skeleton: Path, tmp_path: Path) -> None:
    said = start(
        skeleton, tmp_path, 'stat -c %a "$JUPYTER_RUNTIME_DIR"; echo "$JUPYTER_RUNTIME_DIR"'
    )
    assert said.splitlines() == ["700", f"{skeleton.parent}/jupyter-runtime"]
