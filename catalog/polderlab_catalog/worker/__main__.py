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
from polderlab_catalog.worker.tasks import TASKS

log = logging.getLogger("polderlab.worker")
_IDLE_SECONDS = 1.0
_AFTER_TROUBLE_SECONDS = 5.0


def main() -> None:
    """Work until told to stop."""
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stdout)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    lab = build()
    threading.Thread(target=_do_tasks, args=(lab,), daemon=True).start()
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


def _do_tasks(lab: Lab) -> None:
    due = {task.name: 0.0 for task in TASKS}
    while True:
        for task in TASKS:
            if time.monotonic() >= due[task.name]:
                due[task.name] = time.monotonic() + task.every.total_seconds()
                try:
                    task.run(lab)
                except Exception:
                    log.exception("Task %s broke off.", task.name)
        time.sleep(_IDLE_SECONDS)


if __name__ == "__main__":
    main()
