"""``python -m polderlab_catalog.worker``: work on files that come in, and on what is due."""

from __future__ import annotations

import logging
import signal
import sys
import threading
import time

from polderlab_catalog.application.errors import Unavailable
from polderlab_catalog.bootstrap import Lab, build
from polderlab_catalog.worker.ingesting import work
from polderlab_catalog.worker.tasks import TASKS, Task

log = logging.getLogger("polderlab.worker")
_IDLE_SECONDS = 1.0
_AFTER_TROUBLE_SECONDS = 5.0


def main() -> None:
    """Work until told to stop."""
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stdout)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    lab = build()
    for task in TASKS:
        # Each in a thread of its own: a portal that answers slowly delays no copy and no check.
        threading.Thread(target=_repeat, args=(lab, task), name=task.name, daemon=True).start()
    log.info("The worker waits for files.")
    while True:
        time.sleep(_once(lab))


def _once(lab: Lab) -> float:
    """Work on one file; return how long to wait before the next."""
    try:
        return 0.0 if work(lab) else _IDLE_SECONDS
    except Unavailable as error:
        log.warning("%s", error)
    except Exception:
        # One file's trouble is not the others'; its heartbeat stops, and it is tried again.
        log.exception("An ingest broke off.")
    return _AFTER_TROUBLE_SECONDS


def _repeat(lab: Lab, task: Task) -> None:
    while True:
        begun = time.monotonic()
        try:
            task.run(lab)
        except Exception:
            log.exception("Task %s broke off.", task.name)
        took = time.monotonic() - begun
        time.sleep(max(_IDLE_SECONDS, task.every.total_seconds() - took))


if __name__ == "__main__":
    main()
