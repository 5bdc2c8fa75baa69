"""Every file of engine tests starts and ends in a lab without sessions."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.support.lab import Lab


@pytest.fixture(scope="module", autouse=True)
def _no_sessions(lab: Lab) -> Iterator[None]:
    lab.stop_all()
    yield
    lab.stop_all()
