"""The culler's command line."""

from __future__ import annotations

import pytest

from polderlab_hub.culler import CullerSettings, command


@pytest.mark.parametrize(("idle", "every"), [(3600, 300), (60, 15), (8, 5)])
def test_it_looks_often_enough_and_not_more(idle: int, every: int) -> None:
    arguments = command(CullerSettings(idle_seconds=idle))
    assert f"--timeout={idle}" in arguments
    assert f"--cull-every={every}" in arguments
