"""nginx before the gateway, switched on and off in a running lab."""

from __future__ import annotations

import json
import os
import pwd
import signal
import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.support.lab import Lab, eventually

from polderlab_host import nginx, supervision

ANALYST, PROJECT = "rivierstad-analyst", "river-access"
NEXT_MONTH = (datetime.now(UTC) + timedelta(days=30)).date().isoformat()
READ = 'import intake; print(len(intake.cat["growth_study"].read()))'
WITH = {"POLDERLAB_NGINX": "true"}


@pytest.fixture(scope="module")
def before(lab: Lab) -> dict[str, int]:
    """Return the process ids from before nginx came."""
    lab.up()  # what the checkout has become since restarts now, and not together with nginx
    return pids(lab)


@pytest.fixture(scope="module")
def with_nginx(lab: Lab, before: dict[str, int]) -> Iterator[Lab]:
    assert "nginx" not in before
    lab.start(ANALYST, PROJECT)
    lab.up(**WITH)
    yield lab
    lab.polderlab("revoke", "growth_study", PROJECT, check=False)
    lab.up()


def pids(lab: Lab) -> dict[str, int]:
    return {each["name"]: each["pid"] for each in supervision.states(lab.settings)}


def logged(lab: Lab) -> list[dict[str, Any]]:
    path = lab.settings.gateway_folder / "access.log"
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_it_comes_while_people_work_and_only_the_lab_service_starts_anew(
    with_nginx: Lab, before: dict[str, int]
) -> None:
    now = pids(with_nginx)
    changed = {name for name, pid in now.items() if before.get(name) != pid}
    assert changed == {"nginx", "lab"}
    status = json.loads(with_nginx.host("status", "--json", **WITH))
    assert status["healthy"], status["problems"]
    assert "nginx" in {each["name"] for each in status["processes"]}


def test_it_runs_as_the_labs_own_user_and_keeps_its_files_to_itself(with_nginx: Lab) -> None:
    settings = with_nginx.settings
    owner = pwd.getpwnam(settings.user).pw_uid
    (master,) = nginx.masters(settings)
    listed = Path(f"/proc/{master}/task/{master}/children").read_text().split()
    assert listed, "it has workers"
    assert {Path(f"/proc/{pid}").stat().st_uid for pid in [master, *map(int, listed)]} == {owner}
    assert settings.gateway_folder.stat().st_mode & 0o077 == 0
    assert (settings.gateway_folder / "access.log").stat().st_mode & 0o077 == 0


def test_a_session_reads_through_it_until_its_grant_is_revoked(with_nginx: Lab) -> None:
    seen = len(logged(with_nginx))
    with with_nginx.kernel(ANALYST, PROJECT) as kernel:
        assert kernel.run(READ).error.startswith("PermissionError")
        with_nginx.polderlab("grant", "growth_study", PROJECT, "--until", NEXT_MONTH)
        read = kernel.run(READ)
        with_nginx.polderlab("revoke", "growth_study", PROJECT)
        after = kernel.run(READ)
    assert read.stdout.strip() == "10030", read.error
    assert after.error.startswith("PermissionError")
    assert "revoked on" in after.error

    def lines() -> list[dict[str, Any]]:
        said = with_nginx.polderlab(
            "audit", "show", "--action", "dataset:read", "--limit", "5", "--json"
        )
        found = [line for line in json.loads(said.stdout) if line["object"] == "growth_study"]
        return [dict(line["details"]) for line in found]

    eventually(lines, 30, "the read is in the log")
    passed = logged(with_nginx)[seen:]
    by_read = [each for each in passed if each["read"] == lines()[0]["read"]]
    assert by_read, "nginx's log is joined to the audit log"
    assert sum(each["bytes"] for each in by_read) == lines()[0]["bytes"]
    (container,) = with_nginx.containers()
    networks = container.attrs["NetworkSettings"]["Networks"].values()
    assert {each["client"] for each in passed} == {one["IPAddress"] for one in networks}
    token = next(
        line for line in container.attrs["Config"]["Env"] if line.startswith("POLDERLAB_TOKEN=")
    ).partition("=")[2]
    assert token
    assert token not in (with_nginx.settings.gateway_folder / "access.log").read_text()


def test_it_ends_with_the_lab_though_the_supervisor_was_killed(with_nginx: Lab) -> None:
    settings = with_nginx.settings
    (master,) = nginx.masters(settings)
    supervisor = supervision.pid_of(settings)
    assert supervisor is not None
    os.kill(supervisor, signal.SIGKILL)
    eventually(lambda: supervision.pid_of(settings) is None, 10, "the supervisor is gone")
    assert nginx.masters(settings) == [master], "the probe works"
    with_nginx.host("down", **WITH)
    assert nginx.masters(settings) == []
    with socket.create_server((str(settings.gateway), settings.gateway_port)):
        pass  # nobody listens there any more


def test_without_the_setting_it_is_gone(with_nginx: Lab) -> None:
    with_nginx.up(**WITH)
    assert "nginx" in pids(with_nginx)
    with_nginx.up()
    assert "nginx" not in pids(with_nginx)
    assert nginx.masters(with_nginx.settings) == []
    assert json.loads(with_nginx.host("status", "--json"))["healthy"]
