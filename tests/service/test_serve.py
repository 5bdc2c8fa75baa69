"""The service as the process it is: two sockets, one stop, plain sentences."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    (tmp_path / "lab").mkdir()
    return {
        "PATH": os.environ["PATH"],
        "POLDERLAB_STATE": str(tmp_path),
        "POLDERLAB_PORTAL_BIND": f"127.0.0.1:{free_port()}",
        "POLDERLAB_GATEWAY_BIND": f"127.0.0.1:{free_port()}",
        "POLDERLAB_SERVICE_TOKEN": "service",
        "POLDERLAB_HUB_TOKEN": "hub",
        "POLDERLAB_COOKIE_SECRET": "cookie",
    }


def start(environment: dict[str, str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "polderlab_catalog.web"],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.fixture
def running(environment: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    process = start(environment)
    address = f"http://{environment['POLDERLAB_PORTAL_BIND']}/internal/health"
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        try:
            httpx.get(address, trust_env=False)
            break
        except httpx.TransportError:
            time.sleep(0.2)
    yield process
    process.kill()
    process.communicate()


def test_one_process_serves_both_sides_and_keeps_them_apart(
    running: subprocess.Popen[str], environment: dict[str, str]
) -> None:
    def status(bind: str, path: str) -> int:
        return httpx.get(f"http://{environment[bind]}{path}", trust_env=False).status_code

    assert status("POLDERLAB_PORTAL_BIND", "/internal/health") == 200
    assert status("POLDERLAB_PORTAL_BIND", "/v1/datasets") == 404
    assert status("POLDERLAB_GATEWAY_BIND", "/v1/datasets") == 401
    assert status("POLDERLAB_GATEWAY_BIND", "/internal/health") == 404
    assert status("POLDERLAB_GATEWAY_BIND", "/services/lab/help") == 404
    running.send_signal(signal.SIGTERM)
    assert running.wait(timeout=20) == 0


def test_a_taken_address_is_told_in_one_sentence(environment: dict[str, str]) -> None:
    host, _, port = environment["POLDERLAB_GATEWAY_BIND"].partition(":")
    with socket.create_server((host, int(port))):
        process = start(environment)
        _, said = process.communicate(timeout=60)
    assert process.returncode == 1
    assert said.startswith(f"Cannot listen on {host}:{port} (Address already in use). Check")
    assert "Traceback" not in said


def test_without_its_secrets_it_does_not_start(environment: dict[str, str]) -> None:
    process = start({**environment, "POLDERLAB_HUB_TOKEN": ""})
    _, said = process.communicate(timeout=60)
    assert process.returncode == 1
    assert said == "Set these secrets and start again: POLDERLAB_HUB_TOKEN.\n"


def test_a_setting_that_cannot_be_used_is_named(environment: dict[str, str]) -> None:
    process = start({**environment, "POLDERLAB_TIMEZONE": "Mars/Olympus"})
    _, said = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "POLDERLAB_TIMEZONE" in said
    assert "Traceback" not in said
