"""Use cases over the in-memory register."""

from __future__ import annotations

import pytest
from tests.fakes.register import MemoryRegister
from tests.fakes.world import World


@pytest.fixture
def world() -> World:
    return World(MemoryRegister())
