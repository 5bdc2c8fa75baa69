"""How often somebody who is not signed in may ask: a bucket of turns per network address; and
how much may be open at once."""

from __future__ import annotations

import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from http import HTTPStatus
from threading import Lock

from fastapi import Request
from starlette.exceptions import HTTPException

_MOST = 10_000
"""Addresses remembered at once; who asked longest ago is forgotten first."""

AT_ONCE, AT_ONCE_IN_ALL = 8, 64
"""Downloads by one address, and by all of them, that may be open at once."""
RESULTS_AT_ONCE, RESULTS_IN_ALL = 4, 12
"""Files of project folders that one person, and all of them, take at once: the hub sends them."""


class Turns:
    """``burst`` turns at once, and ``per_minute`` more as time goes by, for each key."""

    def __init__(
        self, per_minute: float, burst: int, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._per_second, self._burst, self._clock = per_minute / 60, burst, clock
        self._left: OrderedDict[Hashable, tuple[float, float]] = OrderedDict()

    def take(self, key: Hashable) -> bool:
        """Take a turn, if one is left."""
        now = self._clock()
        left, at = self._left.pop(key, (float(self._burst), now))
        left = min(self._burst, left + (now - at) * self._per_second)
        allowed = left >= 1
        self._left[key] = (left - 1 if allowed else left, now)
        while len(self._left) > _MOST:
            self._left.popitem(last=False)
        return allowed

    @property
    def wait_seconds(self) -> int:
        """How long until there is a turn again, at most."""
        return max(1, round(1 / self._per_second))


class Places:
    """Room for what lasts: ``total`` at once, and at most ``each`` for one key. Safe for use by
    many threads: a place that got lost between two would be gone for good."""

    def __init__(self, each: int, total: int) -> None:
        self._each, self._total = each, total
        self._taken: Counter[Hashable] = Counter()
        self._one_by_one = Lock()

    def take(self, key: Hashable) -> bool:
        """Take a place, if there is one; give it back with :meth:`give_back`."""
        with self._one_by_one:
            if self._taken[key] >= self._each or self._taken.total() >= self._total:
                return False
            self._taken[key] += 1
            return True

    def give_back(self, key: Hashable) -> None:
        """Give a place back."""
        with self._one_by_one:
            self._taken[key] -= 1
            if not self._taken[key]:
                del self._taken[key]


@dataclass(frozen=True, slots=True)
class Bounds:
    """The turns of people who are not signed in, and places, for as long as the application runs.

    ``under_way`` bounds the downloads that are open at once, which a slow reader keeps open.
    ``lines`` bounds the log: a reader of columns asks a hundred ranges of one file, and nobody
    may fill the log by asking often.
    """

    descriptions: Turns = field(default_factory=lambda: Turns(per_minute=120, burst=60))
    downloads: Turns = field(default_factory=lambda: Turns(per_minute=120, burst=120))
    lines: Turns = field(default_factory=lambda: Turns(per_minute=1 / 60, burst=1))
    under_way: Places = field(default_factory=lambda: Places(AT_ONCE, AT_ONCE_IN_ALL))
    results: Places = field(default_factory=lambda: Places(RESULTS_AT_ONCE, RESULTS_IN_ALL))


def bounds_of(request: Request) -> Bounds:
    """Return the bounds of this application."""
    found = request.app.state.bounds
    assert isinstance(found, Bounds)  # noqa: S101  (made with the application)
    return found


def address_of(request: Request) -> str:
    """Return the network address that asks."""
    return request.client.host if request.client else ""


def take_turn(request: Request, turns: Turns) -> None:
    """Take a turn for the address that asks; raise 429 when none is left."""
    if not turns.take(address_of(request)):
        headers = {"Retry-After": str(turns.wait_seconds)}
        raise HTTPException(HTTPStatus.TOO_MANY_REQUESTS, headers=headers)
