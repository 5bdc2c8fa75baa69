"""Keeps two runs from sharing one lab: the second waits for the first."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager

from polderlab_host.settings import REPOSITORY


@contextmanager
def alone(name: str) -> Iterator[None]:
    """Hold the lab ``name`` for as long as this lasts."""
    lock = REPOSITORY / "var" / f"{name}.lock"
    lock.parent.mkdir(exist_ok=True)
    with lock.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print(f"Another run has the lab {name}; waiting. POLDERLAB_TEST_SLOT=1 takes another.")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield
