"""``python -m polderlab_catalog.ingest``: do one job, given as a line on standard input.

A process of its own, so that a file that is out to break its reader breaks only that: bounded
memory, time and file size, no secrets in its environment, and it dies with the worker.
"""

from __future__ import annotations

import ctypes
import errno
import json
import os
import resource
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from polderlab_catalog.ingest.jobs import Job, Outcome
from polderlab_catalog.ingest.process import HOURS
from polderlab_catalog.policy.ingests import Trouble, finding

MIB = 1024**2
_LARGEST_FILE = 500 * 1024**3
_SLACK = 512 * MIB
"""Of address space beyond the memory that is meant to be used: stacks of threads, libraries."""
_PR_SET_PDEATHSIG = 1
_UNWANTED = (
    "VRT,OGR_VRT,GDALG,HTTP,WFS,OAPIF,OGCAPI,CSW,PLSCENES,Elasticsearch,Carto,AmigoCloud,NGW,EEDA,"
    "EEDAI,STACTA,STACIT,ADBC,MVT,MBTiles,PMTiles,PDF,GTFS,LVBAG,GML,"
    "LIBKML,KML,OSM,S57,DGN,DXF,SQLite,ESRIJSON,TopoJSON,GeoJSONSeq,JSONFG,CSV,XLSX,ODS,GPSBabel"
)
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def main() -> None:
    """Read the job, do it, and print what came of it."""
    parent = int(os.environ.get("POLDERLAB_PARENT", "0"))
    _die_with(parent)
    job = Job.loads(sys.stdin.readline())
    _limit(job)
    # Only what the lab reads: other drivers follow references to other files and hosts.
    os.environ["GDAL_SKIP"] = _UNWANTED
    _say(_done(job).dumps())


def _done(job: Job) -> Outcome:
    from polderlab_catalog.ingest.convert import work

    try:
        return work(job, _tell)
    except MemoryError:
        return _outcome(Trouble.TOO_MUCH_MEMORY, limit=job.memory_mib)
    except OSError as error:
        if error.errno in _FULL:
            return _outcome(Trouble.DISK_FULL)
        if isinstance(error, FileNotFoundError) and not Path(job.file).exists():
            return _outcome(Trouble.FILE_GONE)
        raise
    except Exception as error:  # noqa: BLE001  (the libraries' own trees; told by their words)
        return _foreign(error, job)


def _foreign(error: Exception, job: Job) -> Outcome:
    """Return what an error of DuckDB, Arrow or GDAL comes to."""
    said, kind = str(error), type(error).__name__
    if kind in ("OutOfMemoryException", "ArrowMemoryError") or "bad alloc" in said:
        return _outcome(Trouble.TOO_MUCH_MEMORY, limit=job.memory_mib)
    if "No space left" in said or "Could not write" in said or "temp_directory_size" in said:
        return _outcome(Trouble.DISK_FULL)
    # Its words may hold values of the file: they go to the log of the machine only.
    sys.stderr.write(f"{kind}: {said[:2000]}\n")
    return _outcome(Trouble.UNREADABLE, format=Path(job.name).suffix.lstrip(".")[:20] or "?")


def _outcome(trouble: Trouble, **details: str | int) -> Outcome:
    return Outcome((finding(trouble, **details),))


_turn = threading.Lock()


def _say(line: str) -> None:
    with _turn:
        sys.stdout.write(line + "\n")
        sys.stdout.flush()


def _tell(step: str, progress: float) -> None:
    _say(json.dumps({"step": step, "progress": round(min(1.0, progress), 3)}))


def _die_with(parent: int) -> None:
    """See to it that this process does not outlive the one that started it."""
    prctl: Callable[..., int] = ctypes.CDLL(None, use_errno=True).prctl
    prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if parent and os.getppid() != parent:
        sys.exit(1)


def _limit(job: Job) -> None:
    memory = job.memory_mib * MIB + _SLACK
    resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))
    seconds = HOURS * 3600
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 60))
    resource.setrlimit(resource.RLIMIT_FSIZE, (_LARGEST_FILE, _LARGEST_FILE))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.nice(5)  # people who read data go first


if __name__ == "__main__":
    main()
