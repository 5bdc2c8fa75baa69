from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from polderlab_catalog.demo import fetch as fetching
from polderlab_catalog.demo.errors import SourceUnavailableError
from polderlab_catalog.demo.fetch import MICE, NLMOD_WHEEL, fetch


def silent(_: str) -> None:
    pass


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that holds both packages, on a machine where nothing can be fetched."""
    monkeypatch.setenv("PATH", str(tmp_path / "nothing-here"))
    monkeypatch.setattr(fetching.sys, "executable", str(tmp_path / "no-python"))
    (tmp_path / NLMOD_WHEEL).write_bytes(b"a wheel")
    monkeypatch.setattr(fetching, "NLMOD_SHA256", hashlib.sha256(b"a wheel").hexdigest())
    (tmp_path / f"{MICE}_3.15.0-1_amd64.deb").write_bytes(b"a package")
    return tmp_path


def test_what_is_there_already_is_not_fetched_again(folder: Path) -> None:
    told: list[str] = []
    sources = fetch(folder, told.append)
    assert sources.nlmod.name == NLMOD_WHEEL
    assert sources.mice.name.startswith(MICE)
    assert told == []


def test_a_damaged_wheel_is_not_used(folder: Path) -> None:
    (folder / NLMOD_WHEEL).write_bytes(b"half a wh")
    with pytest.raises(SourceUnavailableError, match="Remove it and run this again"):
        fetch(folder, silent)


@pytest.mark.parametrize(
    ("missing", "remedy"), [(NLMOD_WHEEL, "pip download"), (f"{MICE}_*.deb", "apt-get update")]
)
def test_a_source_that_cannot_be_fetched_says_what_to_check(
    folder: Path, missing: str, remedy: str
) -> None:
    next(folder.glob(missing)).unlink()
    with pytest.raises(SourceUnavailableError, match=remedy):
        fetch(folder, silent)
