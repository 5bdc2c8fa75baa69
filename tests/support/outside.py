"""A host that stands for the internet: in a network namespace, at an address nobody else has."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ADDRESS, HERE = "198.51.100.10", "198.51.100.9"  # TEST-NET-2 (RFC 5737)
PORT = 443
NAMESPACES = Path("/run/netns")
LISTEN = f"""
import socket
with socket.create_server(("{ADDRESS}", {PORT})) as server:
    print("listening", flush=True)
    while True:
        server.accept()[0].close()
"""


@contextmanager
def outside(instance: str) -> Iterator[tuple[str, int]]:
    """Yield address and port of a listening host beyond this machine's own network stack."""
    name, near, far = _names(instance)
    _ip("netns", "add", name)
    try:
        _ip("link", "add", near, "type", "veth", "peer", "name", far, "netns", name)
        _ip("address", "add", f"{HERE}/30", "dev", near)
        _ip("link", "set", near, "up")
        _ip("-n", name, "address", "add", f"{ADDRESS}/30", "dev", far)
        _ip("-n", name, "link", "set", far, "up")
        _ip("-n", name, "route", "add", "default", "via", HERE)
        command = ["ip", "netns", "exec", name, sys.executable, "-c", LISTEN]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
            try:
                assert server.stdout is not None
                assert server.stdout.readline() == "listening\n"
                yield ADDRESS, PORT
            finally:
                server.terminate()
    finally:
        _ip("netns", "delete", name)  # and with it both ends of the cable


def sweep(instance: str) -> None:
    """Take away the host that a run which was killed has left; without one nothing happens."""
    name, near, _ = _names(instance)
    if (NAMESPACES / name).exists():
        _ip("netns", "delete", name)
    if Path(f"/sys/class/net/{near}").exists():  # a cable outlives its namespace for a moment
        subprocess.run(["ip", "link", "delete", near], capture_output=True, timeout=30)


def _names(instance: str) -> tuple[str, str, str]:
    """Return the names of the namespace and of the near and far ends of the cable."""
    return f"{instance}-out", f"{instance}-n", f"{instance}-f"


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True, timeout=30)
