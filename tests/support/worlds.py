"""Worlds in a database of one's own choice, for measuring how a thing grows."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from polderlab_catalog.storage.migrate import upgrade
from polderlab_catalog.storage.register import SqlRegister
from tests.fakes.world import World
from tests.support.postgresql import Cluster


@contextlib.contextmanager
def filled(
    kind: str, count: int, folder: Path, fill: Callable[[World, int], None], what: str
) -> Iterator[World]:
    """Yield a world with ``count`` of ``what``, as ``fill`` makes them, in a ``kind`` database."""
    with contextlib.ExitStack() as opened:
        url = f"sqlite:///{folder}/register-{count}.sqlite"
        if kind == "postgresql":
            cluster = Cluster()
            opened.callback(cluster.stop)
            cluster.start()
            url = cluster.new_database(migrated=False)
        register = SqlRegister(url)
        opened.callback(register.close)
        upgrade(register.engine)
        began, world = time.perf_counter(), World(register)
        fill(world, count)
        took = time.perf_counter() - began
        print(f"\n{count:,} {what} in {kind}, filled in {took:.1f} s", flush=True)
        yield world
