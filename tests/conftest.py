"""The one real lab that engine and browser tests share."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.support.alone import alone
from tests.support.lab import KEEP, Lab
from tests.support.leftovers import leftovers


@pytest.fixture(scope="session")
def lab() -> Iterator[Lab]:
    """Bring a lab up for the whole run, and see to it that nothing of it stays behind."""
    running = Lab()
    keep = bool(os.environ.get(KEEP))
    with alone(running.settings.instance):
        yield from _running(running, keep=keep)


def _running(running: Lab, *, keep: bool) -> Iterator[Lab]:
    if not keep:
        running.sweep()
    try:
        running.up()
        yield running
    finally:
        running.leave()
        if not keep:
            running.purge()
    if not keep:
        assert leftovers(running.settings) == []
