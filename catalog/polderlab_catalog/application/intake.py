"""What the worker does with files that were handed in, one write transaction per step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from polderlab_catalog.application.changes import Change
from polderlab_catalog.application.ingests import log_ingest
from polderlab_catalog.application.lookups import the_dataset
from polderlab_catalog.application.ports import Clock, Register, Transaction
from polderlab_catalog.application.publishing import next_version
from polderlab_catalog.domain.actors import Actor
from polderlab_catalog.domain.audit import AuditAction, Outcome
from polderlab_catalog.domain.datasets import Distribution
from polderlab_catalog.domain.ingests import Finding, Ingest, IngestState, Severity
from polderlab_catalog.domain.quality import CheckResult, OnFailure, QualityRun
from polderlab_catalog.policy.ingests import Trouble, finding

DEAD_AFTER = timedelta(seconds=15)
"""A worker that has not said for so long that it is alive is gone."""
MOST_ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class Checked:
    """What the checks of a dataset found in a file that is about to be published."""

    rows: int
    results: tuple[CheckResult, ...] = ()

    @property
    def failed(self) -> tuple[CheckResult, ...]:
        """Those that did not pass."""
        return tuple(result for result in self.results if not result.passed)


class Intake:
    """Takes one ingest at a time from the queue, and writes what became of it."""

    def __init__(self, register: Register, clock: Clock) -> None:
        self._register, self._clock = register, clock

    def begin(self) -> Ingest | None:
        """Return the next file to work on, now this worker's; None when there is none.

        What a worker died of three times is given up.
        """
        with self._register.write() as t:
            now = self._clock()
            while (ingest := t.ingests.next(now - DEAD_AFTER)) is not None:
                if ingest.attempts < MOST_ATTEMPTS:
                    begun = replace(
                        ingest,
                        state=IngestState.RUNNING,
                        attempts=ingest.attempts + 1,
                        started=ingest.started or now,
                        heartbeat=now,
                        step="start",
                        progress=0.0,
                    )
                    t.ingests.put(begun)
                    return begun
                self._fail(t, ingest, (finding(Trouble.GAVE_UP, attempts=ingest.attempts),))
            return None

    def beat(self, begun: Ingest, step: str, progress: float) -> bool:
        """Say that the work on ``begun`` goes on; False when it is not wanted any more."""
        with self._register.write() as t:
            ingest = self._running(t, begun)
            if ingest is None:
                return False
            t.ingests.put(
                replace(ingest, heartbeat=self._clock(), step=step, progress=min(progress, 1.0))
            )
            return True

    def detected(
        self,
        begun: Ingest,
        options: Mapping[str, str],
        choices: Mapping[str, Sequence[str]],
        preview: Sequence[Sequence[str]],
        findings: Sequence[Finding],
    ) -> None:
        """Lay before a person how the file would be read."""
        with self._register.write() as t:
            ingest = self._running(t, begun)
            if ingest is not None:
                t.ingests.put(
                    replace(
                        ingest,
                        state=IngestState.DETECTED,
                        options={**options, **begun.options},
                        choices={name: tuple(values) for name, values in choices.items()},
                        preview=tuple(tuple(row) for row in preview),
                        findings=tuple(findings),
                        step="",
                    )
                )

    def again(self, begun: Ingest, why: Finding) -> None:
        """Put ``begun`` back in the queue; fail it with ``why`` if that was the last attempt."""
        with self._register.write() as t:
            ingest = self._running(t, begun)
            if ingest is None:
                return
            if ingest.attempts >= MOST_ATTEMPTS:
                self._fail(t, ingest, (why,))
            else:
                waiting = IngestState.RECEIVED if ingest.confirm else IngestState.QUEUED
                t.ingests.put(replace(ingest, state=waiting, step="", progress=0.0))

    def put_back(self, begun: Ingest) -> None:
        """Leave ``begun`` for the next worker: this one is told to stop."""
        with self._register.write() as t:
            ingest = self._running(t, begun)
            if ingest is not None:
                waiting = IngestState.RECEIVED if ingest.confirm else IngestState.QUEUED
                t.ingests.put(replace(ingest, state=waiting, attempts=ingest.attempts - 1, step=""))

    def failed(self, begun: Ingest, findings: Sequence[Finding]) -> None:
        """Give up, and say why."""
        with self._register.write() as t:
            ingest = self._running(t, begun)
            if ingest is not None:
                self._fail(t, ingest, tuple(findings))

    def done(
        self,
        begun: Ingest,
        distributions: tuple[Distribution, ...],
        findings: Sequence[Finding],
        checked: Checked,
    ) -> Ingest | None:
        """Publish the files as the next version; return the ingest, None if not wanted any more.

        Version, quality run and log line are written together with the end of the ingest, so
        that a worker which dies here either did all of it or nothing.
        """
        actor = Actor(begun.actor)
        with self._register.write() as t:
            ingest = self._running(t, begun)
            if ingest is None:
                return None
            dataset = the_dataset(t, ingest.dataset)
            if checked.failed and dataset.on_failure is OnFailure.BLOCK:
                return self._fail(t, ingest, (*findings, *_failures(checked)))
            before = t.datasets.version(dataset.name)
            version = next_version(
                Change(t, actor, self._clock),
                dataset.name,
                distributions,
                note=ingest.note,
                project=ingest.project,
                derived_from=ingest.derived_from,
                marked=bool(checked.failed),
            )
            told = (*findings, *_failures(checked, Severity.WARNING))
            if version == before:
                told = (*told, finding(Trouble.SAME_AS_BEFORE, version=version.number))
            elif checked.results:
                t.quality.add(
                    QualityRun(
                        dataset.name, version.number, self._clock(), checked.rows, checked.results
                    )
                )
            finished = replace(
                ingest,
                state=IngestState.DONE,
                preview=(),
                findings=told,
                version=version.number,
                finished=self._clock(),
                step="",
                progress=1.0,
            )
            t.ingests.put(finished)
            return finished

    def waiting_files(self) -> set[str]:
        """Return the paths beneath the uploads folder that are still needed."""
        with self._register.read() as t:
            return {each.path for each in t.ingests.find(open_only=True, limit=100_000)}

    def _running(self, t: Transaction, begun: Ingest) -> Ingest | None:
        """Return the ingest as it stands if it is still this attempt's, else None."""
        ingest = t.ingests.get(begun.id)
        if ingest is None or ingest.attempts != begun.attempts:
            return None
        return ingest if ingest.state is IngestState.RUNNING else None

    def _fail(self, t: Transaction, ingest: Ingest, findings: tuple[Finding, ...]) -> Ingest:
        failed = replace(
            ingest,
            state=IngestState.FAILED,
            preview=(),
            findings=findings,
            finished=self._clock(),
            step="",
        )
        t.ingests.put(failed)
        why = next((f.code for f in findings if f.severity is Severity.ERROR), "")
        log_ingest(
            t, self._clock(), AuditAction.INGEST_FAILED, ingest, actor=Actor(ingest.actor),
            outcome=Outcome.ERROR, code=why,
        )  # fmt: skip
        return failed


def _failures(checked: Checked, severity: Severity = Severity.ERROR) -> list[Finding]:
    trouble = Trouble.CHECK_FAILED if severity is Severity.ERROR else Trouble.CHECK_MARKED
    return [
        finding(
            trouble,
            check=result.check.kind.value,
            columns=", ".join(result.check.columns) or "–",
            failing=result.failing,
        )
        for result in checked.failed
    ]
