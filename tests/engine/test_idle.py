"""Sessions nobody works in are stopped; a long computation nobody watches is work."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from subprocess import DEVNULL, Popen

from tests.support.kernel import Kernel
from tests.support.lab import Lab, eventually

from polderlab_host import environments

BUSY = ("rivierstad-analyst", "river-access")
IDLE = ("kustregio-analyst", "youth-health")


def test_a_silent_long_computation_counts_as_activity(lab: Lab) -> None:
    lab.start(*BUSY)
    kernel = lab.kernel(*BUSY)
    assert seconds_since_activity(lab, kernel) < 30
    with ThreadPoolExecutor(1) as pool:
        silent = pool.submit(kernel.run, "import time; time.sleep(50)")
        time.sleep(45)
        # The kernel has said nothing for 45 seconds, and is still known to work.
        assert seconds_since_activity(lab, kernel) < 30
        assert not silent.result().error
    lab.stop(*BUSY)


def test_a_session_that_has_been_idle_too_long_is_stopped_and_its_key_with_it(lab: Lab) -> None:
    lab.start(*IDLE)
    with lab.changed("allocation", f"project:{IDLE[1]}", sessions=1), culler(lab, idle_seconds=8):
        eventually(lambda: IDLE[1] not in lab.servers(IDLE[0]), 60, "the session is stopped")
    assert lab.container(*IDLE) is None
    lab.start(*IDLE)
    lab.stop(*IDLE)


def seconds_since_activity(lab: Lab, kernel: Kernel) -> float:
    # The question itself is not to count.
    status = kernel.api("GET", "status?no_track_activity=1").json()
    told = datetime.fromisoformat(status["last_activity"])
    return (datetime.now(UTC) - told).total_seconds()


@contextmanager
def culler(lab: Lab, *, idle_seconds: int) -> Iterator[None]:
    """Run a second, less patient culler beside the lab's own."""
    told = environments.culler(lab.settings, lab.secrets)
    impatient = {**os.environ, **told, "POLDERLAB_IDLE_SECONDS": str(idle_seconds)}
    command = [sys.executable, "-m", "polderlab_hub.culler"]
    with Popen(command, env=impatient, stdout=DEVNULL, stderr=DEVNULL) as process:
        try:
            yield
        finally:
            process.terminate()
