"""Bounds of the gateway on a real socket: connections of one container, readers that stall."""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from urllib.parse import urlsplit

import pytest
from tests.fakes.world import FILE, token
from tests.service.conftest import Service
from tests.support.serving import served

from polderlab_catalog.domain.audit import AuditAction
from polderlab_catalog.web import apps
from polderlab_catalog.web.connections import Connections
from polderlab_catalog.web.gateway import transfers

HERE = "127.0.0.1"
LARGE = 64 * 1024**2
"""More than the buffers between two sockets hold."""


@contextmanager
def gateway(service: Service, connections: Connections) -> Iterator[int]:
    """Yield the port of the gateway, served with these bounds."""
    app = apps.gateway_app(service.lab, connections)
    with served(app, connections.protocol()) as address:
        yield urlsplit(address).port or 0


def asking(key: str, path: str) -> bytes:
    return f"GET /v1/{path} HTTP/1.1\r\nHost: lab\r\nAuthorization: Bearer {key}\r\n\r\n".encode()


def answered(port: int, request: bytes) -> bytes:
    """Return the begin of the answer on a connection of its own; nothing if it was cut."""
    try:
        # it may be cut before this side knows that it is connected
        with socket.create_connection((HERE, port), 20) as asked:
            asked.sendall(request)
            return asked.recv(100)
    except ConnectionError:
        return b""


def whole_answer(connection: socket.socket, request: bytes) -> bytes:
    """Return the whole answer to ``request``, so that nothing of it is left for the next."""
    connection.sendall(request)
    with connection.makefile("rb") as answer:
        head = b"".join(iter(answer.readline, b"\r\n"))
        length = re.search(rb"content-length: (\d+)", head)
        return head + answer.read(int(length[1]) if length else 0)


def eventually_answered(port: int, request: bytes) -> bool:
    until = time.monotonic() + 10
    while time.monotonic() < until:
        if answered(port, request):
            return True
        time.sleep(0.05)
    return False


def test_a_container_has_so_many_connections_and_no_more(service: Service) -> None:
    request = asking(token(service.world.run("rivierstad-analyst", "river-access", HERE)), "names")
    with gateway(service, Connections(most=3)) as port, ExitStack() as held:
        there = [held.enter_context(socket.create_connection((HERE, port), 20)) for _ in range(3)]
        for each in there:
            assert whole_answer(each, request).startswith(b"HTTP/1.1 200")
        assert answered(port, request) == b"", "one too many is cut"
        for each in there:
            assert whole_answer(each, request).startswith(b"HTTP/1.1 200"), "they work on"
        there[1].close()
        assert eventually_answered(port, request), "the place of one that is closed is free"


def test_a_reader_who_takes_nothing_is_cut_and_counted_for_what_left(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transfers, "DECIDE_SECONDS", 0.1)
    monkeypatch.setattr(transfers, "STALL_SECONDS", 0.5)
    with service.put("water_bodies/1/data.parquet", b"").open("wb") as large:
        large.truncate(LARGE)
    key = token(service.world.run("rivierstad-analyst", "river-access", HERE))
    with gateway(service, Connections()) as port:
        with socket.create_connection((HERE, port), 20) as stalled:
            stalled.sendall(asking(key, f"datasets/water_bodies/{FILE}"))
            assert stalled.recv(1000).startswith(b"HTTP/1.1 200")
            time.sleep(2)
            left = iter(lambda: stalled.recv(1024**2), b"")
            with pytest.raises(ConnectionResetError):  # reset, not ended as if it were whole
                sum(map(len, left))
        with socket.create_connection((HERE, port), 20) as slow:
            slow.sendall(asking(key, f"datasets/water_bodies/{FILE}"))
            received, until = 0, time.monotonic() + 2
            while time.monotonic() < until:  # slow is not stalled
                received += len(slow.recv(256 * 1024))
                time.sleep(0.05)
            while received < LARGE:
                piece = slow.recv(1024**2)
                assert piece, "it was cut"
                received += len(piece)
    service.lab.reads.seal(everything=True)
    (line,) = service.lab.audit.show(action=AuditAction.DATASET_READ)
    assert LARGE < int(line.event.details["bytes"]) < 2 * LARGE
