"""Keeps two runs from sharing one lab: the second waits for the first."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# The machine's, not the checkout's: two checkouts share the engine and its names.
LOCKS = Path("/run/lock")


@contextmanager
def alone(name: str) -> Iterator[None]:
    """Hold the lab ``name`` for as long as this lasts."""
    LOCKS.mkdir(exist_ok=True)
    with (LOCKS / f"{name}.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print(f"Another run has the lab {name}; waiting. POLDERLAB_TEST_SLOT=1 takes another.")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield
