"""How the lab is told to be."""

from __future__ import annotations

import json
from dataclasses import replace

from polderlab_host.status import Status, as_json, as_text

RUNS = Status(
    instance="lab",
    url="http://127.0.0.1:8000",
    state="/srv/lab",
    running=True,
    engine="28.0",
    homes="with limits, in /srv/lab/volumes: 3.1 of 200.0 GiB in use",
)
WARNING = "Homes and project folders are plain folders, so no limit holds."


def test_where_homes_are_is_said() -> None:
    assert "homes    with limits, in /srv/lab/volumes: 3.1 of 200.0 GiB in use" in as_text(RUNS)


def test_a_warning_stands_out_and_the_lab_is_healthy_all_the_same() -> None:
    warned = replace(RUNS, warnings=[WARNING])
    assert as_text(warned).endswith(f"\n\nWARNING\n  - {WARNING}")
    assert warned.healthy
    assert json.loads(as_json(warned))["warnings"] == [WARNING]
    assert "WARNING" not in as_text(RUNS)


def test_what_is_wrong_is_no_warning() -> None:
    wrong = replace(RUNS, problems=["/srv/lab/volumes, with all homes, is not mounted."])
    assert not wrong.healthy
    assert "What is wrong:" in as_text(wrong)
