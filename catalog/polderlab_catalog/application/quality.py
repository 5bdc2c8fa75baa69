"""Run the checks a steward declared, and keep what they found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from polderlab_catalog.application.errors import Invalid, NotFound, Unavailable
from polderlab_catalog.application.lookups import the_dataset
from polderlab_catalog.application.ports import Checker, Clock, Register
from polderlab_catalog.domain.audit import AuditAction, AuditEvent, Outcome
from polderlab_catalog.domain.datasets import DistributionRole
from polderlab_catalog.domain.quality import QualityRun


class Quality:
    """Checks of what is published: by the daily task, or because somebody asks."""

    def __init__(self, register: Register, clock: Clock, checker: Checker) -> None:
        self._register, self._clock, self._checker = register, clock, checker

    def run(self, dataset: str, version: int | None = None) -> QualityRun:
        """Run the checks on ``version`` (default: the newest); mark it if one fails."""
        with self._register.read() as t:
            described = the_dataset(t, dataset)
            found = t.datasets.version(dataset, version)
        if found is None:
            raise NotFound("version", f"{dataset}@{version or ''}")
        file = next((f for f in found.data if f.role is DistributionRole.DATA), None)
        if file is None or not described.checks:
            raise Invalid({"checks": "there is nothing to check: declare checks on a file first"})
        now = self._clock()
        checked = self._checker(
            file.path, described.checks, today=now.date(), published=found.created.date()
        )
        run = QualityRun(dataset, found.number, now, checked[0], checked[1])
        with self._register.write() as t:
            t.quality.add(run)
            current = t.datasets.version(dataset, found.number)
            if current is not None and current.marked is run.passed:
                t.datasets.put_version(replace(current, marked=not run.passed))
            t.audit.append(
                AuditEvent(
                    AuditAction.DATASET_CHECKED,
                    actor="lab",
                    outcome=Outcome.OK if run.passed else Outcome.ERROR,
                    object=dataset,
                    details={
                        "version": run.version,
                        "failed": sum(not result.passed for result in run.results),
                    },
                ),
                now,
            )
        return run

    def history(self, dataset: str, limit: int = 50) -> Sequence[QualityRun]:
        """Return the runs of ``dataset``, newest first."""
        with self._register.read() as t:
            the_dataset(t, dataset)
            return t.quality.of(dataset, limit)

    def run_due(self, today: date) -> list[QualityRun]:
        """Run the checks of every dataset whose last run was before ``today``."""
        with self._register.read() as t:
            newest = t.datasets.newest_versions()
            due = []
            for dataset in t.datasets.all():
                version = newest.get(dataset.name)
                last = t.quality.of(dataset.name, 1)
                number = version.number if version else None
                fresh = last and last[0].at.date() >= today and last[0].version == number
                files = version.data if version else ()
                on_disk = any(f.role is DistributionRole.DATA for f in files)
                if dataset.checks and on_disk and not fresh:
                    due.append(dataset.name)
        runs = []
        for name in due:
            try:
                runs.append(self.run(name))
            except (NotFound, Invalid, Unavailable):
                continue
        return runs
