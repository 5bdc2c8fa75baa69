"""Finding out whether an engine runs."""

from __future__ import annotations

import gc
from pathlib import Path

import pytest

from polderlab_host import engine
from polderlab_host.errors import HostError


def test_an_engine_that_is_away_is_told_plainly_and_leaves_nothing_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/nobody.sock")
    assert not engine.answers()
    with pytest.raises(HostError, match="does not answer"):
        engine.client()
    gc.collect()  # a socket left open is a warning here, and warnings are errors
