"""Busy kernels count as activity (the extension inside the image)."""

from __future__ import annotations

import importlib.util
from datetime import UTC, datetime
from types import ModuleType, SimpleNamespace

import pytest

from polderlab_images.spec import IMAGES


@pytest.fixture(scope="module")
def extension() -> ModuleType:
    path = IMAGES / "python-geo" / "server" / "polderlab_activity.py"
    found = importlib.util.spec_from_file_location("polderlab_activity", path)
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


def kernels(*states: str) -> SimpleNamespace:
    running = {str(n): SimpleNamespace(execution_state=state) for n, state in enumerate(states)}
    return SimpleNamespace(list_kernel_ids=lambda: list(running), get_kernel=running.__getitem__)


def test_a_kernel_that_computes_in_silence_is_active(extension: ModuleType) -> None:
    activity: dict[str, datetime] = {}
    before = datetime.now(UTC)
    extension.note_busy_kernels(kernels("idle", "busy"), activity)
    assert before <= activity["polderlab_busy_kernels"] <= datetime.now(UTC)


def test_idle_kernels_are_not(extension: ModuleType) -> None:
    activity: dict[str, datetime] = {}
    extension.note_busy_kernels(kernels("idle", "starting"), activity)
    extension.note_busy_kernels(kernels(), activity)
    assert not activity
