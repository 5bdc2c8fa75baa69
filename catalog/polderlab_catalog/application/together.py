"""Several use cases in one transaction: all of them hold, or none."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from polderlab_catalog.application.errors import Refused, Unavailable
from polderlab_catalog.application.ports import Hub, Register, Transaction

log = logging.getLogger("polderlab.sessions")


class Together(Register):
    """A register whose transactions are all the one that is under way.

    What a use case undoes by raising is undone only with the whole: let nothing it raises pass.
    """

    def __init__(self, t: Transaction) -> None:
        self._t = t

    @contextmanager
    def read(self) -> Iterator[Transaction]:
        """Yield the transaction."""
        yield self._t

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        """Yield the transaction."""
        yield self._t


class Later(Hub):
    """The hub, told what to stop once the transaction holds; nothing else is asked of it."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._stops: list[tuple[str, str]] = []

    def start(self, *_: object, **__: object) -> None:
        """Start nothing: that is not undone."""
        raise NotImplementedError

    def stop(self, username: str, project: str) -> None:
        """Stop it later."""
        self._stops.append((username, project))

    def sign_out(self, username: str) -> None:
        """Sign nobody out: no verb that makes a lab does."""
        raise NotImplementedError

    def now(self) -> None:
        """Do it. A hub that does not answer is no error: its reconciler does the rest."""
        for username, project in self._stops:
            try:
                self._hub.stop(username, project)
            except (Unavailable, Refused) as error:
                log.warning("A closed session's server is left to the reconciler: %s", error)
