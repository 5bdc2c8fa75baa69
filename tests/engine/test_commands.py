"""The operator's command line, on the running lab: what it does holds in running sessions."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.support.kernel import Kernel
from tests.support.lab import Lab, eventually

ANALYST, PROJECT = "rivierstad-analyst", "river-access"
NEXT_MONTH = (datetime.now(UTC) + timedelta(days=30)).date().isoformat()
READ = 'import intake; print(len(intake.cat["growth_study"].read()))'


@pytest.fixture(scope="module")
def kernel(lab: Lab) -> Iterator[Kernel]:
    lab.start(ANALYST, PROJECT)
    yield lab.kernel(ANALYST, PROJECT)
    lab.polderlab("revoke", "growth_study", PROJECT, check=False)


def answer_of(lab: Lab, *arguments: str) -> Any:
    return json.loads(lab.polderlab(*arguments, "--json").stdout)


def test_every_dataset_is_listed(lab: Lab) -> None:
    listed = {line["name"]: line for line in answer_of(lab, "dataset", "list")}

    assert set(listed) == {"elevation_tiles", "growth_study", "places", "water_bodies"}
    assert listed["growth_study"]["classification"] == "confidential"
    assert "growth_study" in lab.polderlab("dataset", "list").stdout


def test_a_grant_is_readable_at_once_and_a_revoked_one_no_longer(lab: Lab, kernel: Kernel) -> None:
    before = kernel.run(READ)
    given = answer_of(lab, "grant", "growth_study", PROJECT, "--until", NEXT_MONTH)
    while_granted = kernel.run(READ)
    revoked = answer_of(lab, "revoke", "growth_study", PROJECT)
    after = kernel.run(READ)

    assert before.error.startswith("PermissionError")
    assert given["until"] == NEXT_MONTH
    assert while_granted.stdout.strip() == "10030", while_granted.error
    assert revoked["revoked_by"] == "operator:root"
    assert after.error.startswith("PermissionError")
    assert "revoked on" in after.error


def test_every_read_and_refusal_is_in_the_log(lab: Lab, kernel: Kernel) -> None:
    def reads() -> list[Any]:
        said = answer_of(lab, "audit", "show", "--action", "dataset:read", "--limit", "100")
        return [line for line in said if line["object"].startswith("places")]

    before = len(reads())
    kernel.out('import intake; intake.cat["places"].read()')
    kernel.run(READ)
    eventually(lambda: len(reads()) > before, 30, "a read that is over is in the log")

    read = reads()[0]
    refused = answer_of(lab, "audit", "show", "--action", "dataset:read-refused", "--limit", "1")[0]

    assert (read["actor"], read["project"]) == (f"person:{ANALYST}", PROJECT)
    assert read["object"].startswith("places")
    assert read["purpose"]
    assert refused["outcome"] == "refused"
    assert refused["object"].startswith("growth_study")


def test_the_log_is_whole(lab: Lab) -> None:
    verified = answer_of(lab, "audit", "verify")

    assert verified["ok"]
    assert verified["count"] > 10
    assert "whole" in lab.polderlab("audit", "verify").stdout


def test_a_grant_in_the_past_is_refused_in_one_sentence(lab: Lab) -> None:
    done = lab.polderlab("grant", "growth_study", PROJECT, "--until", "2026-01-01", check=False)

    assert done.returncode == 1
    assert done.stderr == (
        "polderlab: Choose an end date after today: access is always for a period.\n"
    )


def test_a_dataset_that_is_not_there_is_named(lab: Lab) -> None:
    done = lab.polderlab("revoke", "moon_dust", PROJECT, check=False)

    assert done.returncode == 1
    assert "moon_dust" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_session_is_listed_and_can_be_stopped(lab: Lab, kernel: Kernel) -> None:
    listed = answer_of(lab, "session", "list")
    lab.polderlab("session", "stop", ANALYST, PROJECT)

    assert [(line["user"], line["project"], line["state"]) for line in listed] == [
        (ANALYST, PROJECT, "running")
    ]
    assert answer_of(lab, "session", "list") == []
    eventually(lambda: not lab.containers(), 60, "the stopped session's container is gone")
    eventually(lambda: PROJECT not in lab.servers(ANALYST), 60, "the hub knows it is gone")
