"""What the lab service does beside answering: reads become lines of the log, parts are kept few.

It runs in the process that counts the reads, because no other knows what it has let go.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from threading import Event, Thread
from types import TracebackType

from polderlab_catalog.application.errors import LabError
from polderlab_catalog.bootstrap import Lab

log = logging.getLogger("polderlab.housekeeping")

SYNC_SECONDS = 1.0
SEAL_SECONDS = 5.0
SWEEP_SECONDS = 3600.0


class Housekeeping:
    """A thread for as long as the block lasts; what an earlier process left comes first."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        self._stop = Event()
        self._thread = Thread(target=self._work, name="housekeeping", daemon=True)

    def __enter__(self) -> Housekeeping:
        """Begin."""
        recovered = self._lab.reads.recover()
        if recovered:
            log.info("Logged %s reads that an earlier process left.", recovered)
        self._thread.start()
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _value: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        """Stop, with every read logged."""
        self._stop.set()
        self._thread.join()
        self._try(lambda: self._lab.reads.seal(everything=True))
        self._lab.variants.close()

    def _work(self) -> None:
        duties: list[tuple[float, Callable[[], object]]] = [
            (SYNC_SECONDS, self._lab.reads.sync),
            (min(SEAL_SECONDS, self._lab.reads.silence.total_seconds() / 2), self._seal),
            (SWEEP_SECONDS, self._lab.variants.sweep),
        ]
        due = [0.0] * len(duties)
        while not self._stop.wait(min(every for every, _ in duties) / 2):
            for at, (every, duty) in enumerate(duties):
                if time.monotonic() >= due[at]:
                    self._try(duty)
                    due[at] = time.monotonic() + every

    def _seal(self) -> None:
        self._lab.reads.seal()
        self._lab.reads.recover()

    def _try(self, duty: Callable[[], object]) -> None:
        try:
            duty()
        except LabError as error:
            log.warning("Housekeeping waits: %s", error)
        except Exception:  # the thread must outlive one bad moment
            log.exception("Housekeeping failed; it is tried again.")
