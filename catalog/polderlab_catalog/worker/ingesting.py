"""Work on one file: read it in its own process, check it, put it in its place, publish it."""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import re
import shutil
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from polderlab_catalog.application.intake import Checked
from polderlab_catalog.application.lookups import the_dataset
from polderlab_catalog.bootstrap import Lab
from polderlab_catalog.domain.datasets import Dataset
from polderlab_catalog.domain.ingests import Finding, Ingest, IngestState, Severity
from polderlab_catalog.ingest.checking import check
from polderlab_catalog.ingest.jobs import Job, Original, Written, distributions
from polderlab_catalog.ingest.process import Died, run
from polderlab_catalog.policy.handing_in import keeps_values
from polderlab_catalog.policy.ingests import Trouble, finding

log = logging.getLogger("polderlab.worker")
INCOMING = ".incoming"
"""The folder within the data folder where files are made; no dataset can be called this."""
_FULL = (errno.ENOSPC, errno.EDQUOT)
_ODD = re.compile(r"[^A-Za-z0-9_-]+")


def work(lab: Lab) -> bool:
    """Work on the next file that waits; False when there is none."""
    begun = lab.intake.begin()
    if begun is None:
        return False
    folder = lab.settings.data_folder / INCOMING / begun.id
    try:
        _make(folder)
        file = uploaded(lab, begun)
        if file is None:
            lab.intake.failed(begun, (finding(Trouble.FILE_GONE),))
        else:
            with lab.register.read() as t:
                dataset = the_dataset(t, begun.dataset)
            _Work(lab, begun, dataset, file, folder).do()
    except OSError as error:
        if error.errno not in _FULL:
            raise
        lab.intake.failed(begun, (finding(Trouble.DISK_FULL),))
    except (KeyboardInterrupt, SystemExit):
        lab.intake.put_back(begun)
        raise
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        _drop_upload(lab, begun)
    return True


def uploaded(lab: Lab, ingest: Ingest) -> Path | None:
    """Return the file as it was handed in; None when it is not there, or is no plain file."""
    path = PurePosixPath(ingest.path)
    file = lab.settings.uploads_folder / path
    tame = not path.is_absolute() and ".." not in path.parts
    return file if tame and file.is_file() and not file.is_symlink() else None


@dataclass(frozen=True, slots=True)
class _Work:
    """A file that is worked on: what it is to become a version of, where it lies, and the folder
    in which things are made of it."""

    lab: Lab
    begun: Ingest
    dataset: Dataset
    file: Path
    folder: Path

    def do(self) -> None:
        """Read the file, and do what its reading comes to."""
        try:
            outcome = run(self._job(), self._beat)
        except Died as died:
            log.warning("ingest %s: %s", self.begun.id, str(died).replace("\n", " | "))
            why = finding(Trouble.GAVE_UP, attempts=self.begun.attempts)
            self.lab.intake.again(self.begun, why)
            return
        if outcome is None:
            return  # somebody took it back
        if outcome.reading is not None:
            r = outcome.reading
            self.lab.intake.detected(self.begun, r.options, r.choices, r.preview, outcome.findings)
        elif outcome.written and outcome.original and not _stops(outcome.findings):
            self._publish(outcome.written, outcome.original, outcome.findings)
        elif self.begun.confirm and self.begun.choices:
            # Looked at before, and it could be read then: whoever chose this chooses again.
            b = self.begun
            self.lab.intake.detected(b, b.options, b.choices, (), outcome.findings)
        else:
            self.lab.intake.failed(self.begun, outcome.findings)

    def _job(self) -> Job:
        return Job(
            file=str(self.file.absolute()),
            name=self.begun.file,
            folder=str(self.folder.absolute()),
            dataset=self.dataset.name,
            convert=not self.begun.confirm,
            options=dict(self.begun.options),
            values=keeps_values(self.dataset),
            memory_mib=self.lab.settings.ingest_memory_mib,
        )

    def _beat(self, step: str, progress: float) -> bool:
        return self.lab.intake.beat(self.begun, step, progress)

    def _publish(self, written: Written, original: Original, findings: Sequence[Finding]) -> None:
        checked = self._check(written)
        base = PurePosixPath(self.dataset.name)
        data = base / written.sha256[:16] / f"{self.dataset.name}.parquet"
        name = _name(self.begun.file, original.ending, data.name)
        handed_in = base / original.sha256[:16] / name
        root = self.lab.settings.data_folder
        made: list[Path] = []
        done = None
        try:
            _place(self.folder / written.path, root / data, made)
            _place(self.file, root / handed_in, made)
            files = distributions(written, original, data=str(data), handed_in=str(handed_in))
            done = self.lab.intake.done(self.begun, files, findings, checked)
        finally:
            if done is None or done.state is not IngestState.DONE:
                for place in made:
                    place.unlink(missing_ok=True)
                    with contextlib.suppress(OSError):
                        place.parent.rmdir()

    def _check(self, written: Written) -> Checked:
        checks = self.dataset.checks
        if not checks:
            return Checked(written.rows)
        self._beat("check", 0.0)
        today = self.lab.clock().date()
        draft = self.folder / written.path
        return Checked(*check(draft, checks, today=today, published=today))


def _stops(findings: Sequence[Finding]) -> bool:
    return any(finding.severity is Severity.ERROR for finding in findings)


def _name(given: str, ending: str, taken: str) -> str:
    """Return a file name of our own grammar that still reads like the one it was given."""
    stem = PurePosixPath(given.replace("\\", "/")).stem
    plain = unicodedata.normalize("NFKD", stem).encode("ascii", "ignore").decode()
    tame = _ODD.sub("_", plain).strip("_-")[:60] or "original"
    name = f"{tame}.{ending}"
    return name if name != taken else f"{tame}-original.{ending}"


def _place(file: Path, target: Path, made: list[Path]) -> None:
    """Put ``file`` at ``target``, whole and on disk; note in ``made`` if it was not there yet.

    A place is named after its content, so what is there already is the same.
    """
    if target.exists():
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(f".{target.name}.part")
    draft.unlink(missing_ok=True)
    try:
        try:
            os.link(file, draft)
        except OSError:
            shutil.copyfile(file, draft)
        draft.chmod(0o640)
        with draft.open("rb") as stream:
            os.fsync(stream.fileno())
        draft.replace(target)
    except OSError:
        draft.unlink(missing_ok=True)
        raise
    made.append(target)


def _make(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)  # of a worker that died
    folder.mkdir(parents=True, mode=0o700)


def _drop_upload(lab: Lab, begun: Ingest) -> None:
    """Take away what was handed in, once nobody needs it any more."""
    file = uploaded(lab, begun)
    if file is not None and begun.path not in lab.intake.waiting_files():
        file.unlink(missing_ok=True)
