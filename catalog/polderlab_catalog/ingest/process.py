"""Start the process that reads a file, listen to it, and end it when it is not wanted."""

from __future__ import annotations

import json
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO, cast

from polderlab_catalog.ingest.jobs import Job, Outcome, outcome_of
from polderlab_catalog.policy.ingests import Trouble, finding

BEAT_SECONDS = 2.0
_GRACE_SECONDS = 10
HOURS = 4
"""Of processor time that reading one file may take."""
_KEPT = ("PATH", "LANG", "LC_ALL", "TMPDIR", "SSL_CERT_FILE", "PROJ_DATA", "GDAL_DATA")
"""What of the worker's environment the reading process gets: nothing of the lab's."""
Beat = Callable[[str, float], bool]


class Died(Exception):  # noqa: N818  (reads as what happened)
    """The process ended without saying what came of it; the message is for the log."""


def run(job: Job, beat: Beat) -> Outcome | None:
    """Do ``job`` in a process of its own; return what came of it.

    ``beat`` is called every few seconds with the step and how far it is; when it says False the
    process is ended and None returned. Raises :class:`Died`.
    """
    complaints = Path(job.folder) / "stderr"
    with complaints.open("wb") as stderr:
        process = subprocess.Popen(
            [sys.executable, "-m", "polderlab_catalog.ingest"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=stderr,
            cwd=job.folder,
            env=_environment(job),
        )
    stdin, stdout = cast("IO[bytes]", process.stdin), cast("IO[bytes]", process.stdout)
    try:
        stdin.write(job.dumps().encode() + b"\n")
        stdin.close()
        outcome = _listen(stdout, beat)
        if outcome is None:
            return None
        if isinstance(outcome, Outcome):
            return outcome
        process.wait(timeout=_GRACE_SECONDS)
    except (BrokenPipeError, subprocess.TimeoutExpired):
        pass
    finally:
        process.kill()
        process.wait()
        stdout.close()
    if process.returncode == -signal.SIGXCPU:
        return Outcome((finding(Trouble.TOO_SLOW, hours=HOURS),))
    said = complaints.read_text(errors="replace")[-2000:]
    raise Died(f"exit status {process.returncode}: {said}")


class _Ended:
    """The process closed its output without an outcome."""


def _listen(stdout: IO[bytes], beat: Beat) -> Outcome | _Ended | None:
    step, progress, last, rest = "start", 0.0, 0.0, b""
    os.set_blocking(stdout.fileno(), False)
    with selectors.DefaultSelector() as selector:
        selector.register(stdout, selectors.EVENT_READ)
        while True:
            if selector.select(timeout=BEAT_SECONDS / 2):
                piece = stdout.read()
                if piece == b"":
                    return _Ended()
                *lines, rest = (rest + (piece or b"")).split(b"\n")
                for line in lines:
                    said = json.loads(line)
                    if "outcome" in said:
                        return outcome_of(said["outcome"])
                    step, progress = str(said["step"]), float(said["progress"])
            if time.monotonic() - last >= BEAT_SECONDS:
                last = time.monotonic()
                if not beat(step, progress):
                    return None


def _environment(job: Job) -> dict[str, str]:
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    return {
        **kept,
        "HOME": job.folder,
        "PYTHONDONTWRITEBYTECODE": "1",
        "POLDERLAB_PARENT": str(os.getpid()),
    }
