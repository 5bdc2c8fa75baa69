"""What stands in the way of a lab, and what is said about it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from polderlab_host import preflight
from polderlab_host.preflight import GIGABYTE, Facts, judge
from polderlab_host.settings import HostSettings

SETTINGS = HostSettings()
FINE = Facts(
    root=True,
    engine_answers=True,
    engine_installed=True,
    architecture="x86_64",
    free_bytes=20 * GIGABYTE,
    built=False,
)


def test_a_machine_that_has_everything_is_fine() -> None:
    assert judge(FINE, SETTINGS) == []


@pytest.mark.parametrize(
    ("change", "code", "words", "remedy"),
    [
        ({"root": False}, "not-root", "needs root", "sudo make up"),
        ({"architecture": "armv7l"}, "architecture", "armv7l", "Use a machine"),
        ({"free_bytes": 3 * GIGABYTE}, "disk", "Only 3.0 GB", "POLDERLAB_STATE"),
        (
            {"engine_answers": False, "engine_installed": False},
            "no-engine",
            "no Docker Engine",
            "docker.io",
        ),
        (
            {"providers": "x.toml is open to others."},
            "providers",
            "open to others",
            "Mend the file",
        ),
        (
            {"taken": ("public_bind",)},
            "port",
            "listens on 127.0.0.1:8000",
            "POLDERLAB_PUBLIC_BIND=127.0.0.1:18080 make up",
        ),
    ],
)
def test_each_obstacle_is_named_with_its_remedy(
    change: dict[str, object], code: str, words: str, remedy: str
) -> None:
    (finding,) = judge(replace(FINE, **change), SETTINGS)  # type: ignore[arg-type]
    assert finding.code == code
    assert words in finding.problem
    assert remedy in finding.remedy


def test_an_engine_that_is_installed_but_stopped_is_no_obstacle() -> None:
    assert judge(replace(FINE, engine_answers=False), SETTINGS) == []


def test_a_lab_whose_images_are_there_needs_little_disk() -> None:
    assert judge(replace(FINE, built=True, free_bytes=3 * GIGABYTE), SETTINGS) == []


def test_every_obstacle_is_told_at_once() -> None:
    bad = replace(FINE, root=False, architecture="riscv64", free_bytes=0)
    assert [finding.code for finding in judge(bad, SETTINGS)] == [
        "not-root",
        "architecture",
        "disk",
    ]


@pytest.mark.parametrize("local", [True, False])
def test_without_local_accounts_a_provider_is_asked_for(tmp_path: Path, local: bool) -> None:
    settings = SETTINGS.model_copy(update={"state": tmp_path, "local_accounts": local})
    wrong = preflight._wrong_with_providers(settings)
    assert ("Local accounts are off" in wrong) is not local
    (finding,) = judge(replace(FINE, providers="x"), settings)
    assert ("POLDERLAB_LOCAL_ACCOUNTS=true" in finding.remedy) is not local
