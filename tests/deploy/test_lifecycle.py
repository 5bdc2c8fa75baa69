"""Bringing a lab up, looking at it, taking it off: by the commands people type."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.lab import Lab
from tests.support.leftovers import leftovers

from polderlab_host import content, down, engine, firewall, network, purge, supervision
from polderlab_host.progress import Progress
from polderlab_host.settings import REPOSITORY, HostSettings

AGAIN_SECONDS = 20


def test_a_second_run_is_quick_and_harms_nothing(lab: Lab) -> None:
    before = json.loads(lab.host("status", "--json"))
    accounts = lab.settings.accounts.read_text()
    began = time.monotonic()
    lab.up()
    assert time.monotonic() - began < AGAIN_SECONDS
    after = json.loads(lab.host("status", "--json"))
    pids = [{p["name"]: p["pid"] for p in found["processes"]} for found in (before, after)]
    assert pids[0] == pids[1], "a process was restarted for nothing"
    assert lab.settings.accounts.read_text() == accounts


def test_status_says_that_all_is_well(lab: Lab) -> None:
    found = json.loads(lab.host("status", "--json"))
    assert found["healthy"], found["problems"]
    assert {p["name"]: p["state"] for p in found["processes"]} == dict.fromkeys(
        ("proxy", "lab", "worker", "hub", "culler"), "running"
    )
    assert found["url"] == lab.url


def test_rules_that_somebody_flushed_are_missed_and_put_back(lab: Lab) -> None:
    firewall.remove(lab.settings)
    try:
        assert not firewall.in_place(lab.settings)
        status = subprocess.run(
            [REPOSITORY / ".venv/bin/polderlab-host", "status"],
            env=_environment(lab.settings),
            capture_output=True,
            text=True,
            check=False,
        )
        assert status.returncode == 1
        assert "firewall rules around sessions are not in place" in status.stdout
    finally:
        firewall.apply(lab.settings)
    assert firewall.in_place(lab.settings)


def test_a_lab_whose_supervisor_was_killed_comes_up_again(lab: Lab) -> None:
    pid = supervision.pid_of(lab.settings)
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    lab.up()
    assert json.loads(lab.host("status", "--json"))["healthy"]
    assert supervision.pid_of(lab.settings) not in {None, pid}


def test_secrets_are_readable_by_root_alone(lab: Lab) -> None:
    state = lab.settings.state
    assert state.joinpath("run").stat().st_mode & 0o777 == 0o700
    secret = [*state.joinpath("run").iterdir(), lab.settings.accounts]
    loose = [f.name for f in secret if f.is_file() and f.suffix != ".pid" and _mode(f) != 0o600]
    assert loose == []


def test_no_secret_is_in_a_log_or_a_process_list(lab: Lab) -> None:
    secrets = json.loads((lab.settings.run / "secrets.json").read_text()).values()
    passwords = [account["password"] for account in content.accounts(lab.settings)]
    places = [file.read_text(errors="replace") for file in lab.settings.log.iterdir()]
    for process in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            places.append(process.read_bytes().decode(errors="replace"))
        except (FileNotFoundError, ProcessLookupError):
            continue
    found = [s for s in (*secrets, *passwords) for place in places if str(s) in place]
    assert found == []


@pytest.fixture
def small(tmp_path: Path) -> Iterator[HostSettings]:
    """A second lab's settings, beside the one that runs; what it makes is removed."""
    settings = HostSettings(
        instance="pltestb",
        state=tmp_path / "state",
        public_bind="127.0.0.1:18460",
        proxy_api="127.0.0.1:18461",
        portal_bind="127.0.0.1:18462",
        subnet="10.218.0.0/16",
    )
    try:
        yield settings
    finally:
        purge.purge(settings, Progress(total=1), images=False)


def test_two_labs_share_an_engine_and_purging_one_leaves_the_other_alone(
    lab: Lab, small: HostSettings
) -> None:
    client = engine.client()
    network.ensure(client, small)
    firewall.apply(small)
    purge.purge(small, Progress(total=1))
    assert leftovers(small) == []
    assert json.loads(lab.host("status", "--json"))["healthy"]
    assert client.images.list(filters={"label": "polderlab.image"}), "the other lab needs these"


def test_networks_move_when_the_subnet_changes(small: HostSettings) -> None:
    client = engine.client()
    network.ensure(client, small)
    firewall.apply(small)
    moved = small.model_copy(update={"subnet": HostSettings(subnet="10.219.0.0/16").subnet})
    network.ensure(client, moved)
    firewall.apply(moved)
    found = client.networks.get(small.closed_network).attrs["IPAM"]["Config"][0]["Subnet"]
    assert found == "10.219.0.0/20"
    assert not [rule for _, rule in firewall.present(moved) if "10.218." in rule]


def test_stopping_a_lab_that_does_not_run_is_no_error(small: HostSettings) -> None:
    down.down(small, Progress(total=1))


def test_a_port_that_is_taken_stops_it_early_with_the_remedy(lab: Lab, small: HostSettings) -> None:
    taken = small.model_copy(update={"public_bind": lab.settings.public_bind})
    done = subprocess.run(
        [REPOSITORY / "hub/bootstrap.sh", "up"],
        env=_environment(taken),
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    assert done.returncode == 1
    assert f"Another program listens on {lab.settings.public_bind}" in done.stderr
    assert "POLDERLAB_PUBLIC_BIND=127.0.0.1:18080 make up" in done.stderr
    assert not taken.state.exists()


def test_without_root_it_stops_early_with_the_remedy(small: HostSettings) -> None:
    # A copy: the checkout may lie in root's own home, where nobody else gets to.
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        (Path(folder) / "hub").mkdir()
        copy = shutil.copy(REPOSITORY / "hub/bootstrap.sh", Path(folder) / "hub")
        done = subprocess.run(
            [copy, "up"],
            env={**_environment(small), "PATH": "/usr/bin:/bin"},
            user="nobody",
            group="nogroup",
            extra_groups=[],
            capture_output=True,
            text=True,
            check=False,
            timeout=30,
        )
    assert done.returncode == 1
    assert "needs root" in done.stderr
    assert "sudo make up" in done.stderr


def _mode(file: Path) -> int:
    return file.stat().st_mode & 0o777


def _environment(settings: HostSettings) -> dict[str, str]:
    names = ("instance", "state", "public_bind", "proxy_api", "portal_bind", "subnet")
    told = {f"POLDERLAB_{name.upper()}": str(getattr(settings, name)) for name in names}
    return {**os.environ, **told}
