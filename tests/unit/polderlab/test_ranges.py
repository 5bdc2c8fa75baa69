"""Ranges on connections that are kept, closed, cut, and inherited."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from http.client import IncompleteRead

import pytest

from polderlab.ranges import Ranges

Answer = Callable[[socket.socket, int], bool]
"""Answers a request, the so-manieth of its connection; tells whether to go on listening."""


class Server:
    """Counts connections and answers each request on them by ``answer``."""

    def __init__(self, answer: Answer) -> None:
        self.connections, self._answer = 0, answer
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}/v1/datasets/x/x.parquet"

    def run(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listening.accept()
                self.connections += 1
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def stop(self) -> None:
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()

    def _serve(self, connection: socket.socket) -> None:
        with connection, connection.makefile("rb") as asked:
            count = 0
            while any(line == b"\r\n" for line in iter(asked.readline, b"")):
                count += 1
                if not self._answer(connection, count):
                    return


@contextmanager
def server(answer: Answer) -> Iterator[Server]:
    running = Server(answer)
    thread = threading.Thread(target=running.run)
    thread.start()
    try:
        yield running
    finally:
        running.stop()
        thread.join()


def well(connection: socket.socket, _count: int) -> bool:
    connection.sendall(b"HTTP/1.1 206 Partial Content\r\nContent-Length: 5\r\n\r\nwater")
    return True


def test_one_connection_serves_one_range_after_the_other() -> None:
    with server(well) as there:
        ranges = Ranges()
        assert [ranges.ask(there.url, {}) for _ in range(20)] == [(206, b"water")] * 20
        assert there.connections == 1


def test_threads_never_share_one() -> None:
    barrier = threading.Barrier(4, timeout=20)

    def together(connection: socket.socket, count: int) -> bool:
        barrier.wait()
        return well(connection, count)

    with server(together) as there, ThreadPoolExecutor(4) as pool:
        ranges = Ranges()
        answers = list(pool.map(lambda _: ranges.ask(there.url, {}), range(40)))
    assert answers == [(206, b"water")] * 40
    assert there.connections == 4


def test_one_that_was_closed_meanwhile_is_replaced() -> None:
    def once(connection: socket.socket, count: int) -> bool:
        well(connection, count)
        return False

    with server(once) as there:
        ranges = Ranges()
        assert [ranges.ask(there.url, {}) for _ in range(3)] == [(206, b"water")] * 3
        assert there.connections == 3


def test_half_an_answer_is_none_and_its_connection_is_not_used_again() -> None:
    def half(connection: socket.socket, count: int) -> bool:
        if there.connections > 1:
            return well(connection, count)
        connection.sendall(b"HTTP/1.1 206 Partial Content\r\nContent-Length: 9\r\n\r\nwat")
        return False

    with server(half) as there:
        ranges = Ranges()
        with pytest.raises(IncompleteRead):
            ranges.ask(there.url, {})
        assert ranges.ask(there.url, {}) == (206, b"water")


def test_a_process_that_was_forked_opens_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    with server(well) as there:
        ranges = Ranges()
        ranges.ask(there.url, {})
        real = os.getpid()
        monkeypatch.setattr(os, "getpid", lambda: real + 1)
        assert ranges.ask(there.url, {}) == (206, b"water")
        assert there.connections == 2
