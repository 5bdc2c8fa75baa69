"""What the lab does by itself from time to time."""

from __future__ import annotations

import logging
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from polderlab_catalog.application.actors import Actor
from polderlab_catalog.application.errors import LabError
from polderlab_catalog.bootstrap import Lab
from polderlab_catalog.worker.ingesting import INCOMING

log = logging.getLogger("polderlab.worker")
KEEP_UPLOADS = timedelta(hours=6)
"""How long a file that belongs to no ingest may be on its way in still."""


@dataclass(frozen=True, slots=True)
class Task:
    """Something done every so often; what it raises is logged, and it is done again in time."""

    name: str
    every: timedelta
    run: Callable[[Lab], None]


def check_quality(lab: Lab) -> None:
    """Run the checks of datasets that had none today."""
    for run in lab.quality.run_due(lab.clock().date()):
        log.info("checked %s@%s: %s", run.dataset, run.version, "ok" if run.passed else "failed")


def tidy(lab: Lab) -> None:
    """Take away what uploads and workers that broke off left behind."""
    needed = lab.intake.waiting_files()
    before = time.time() - KEEP_UPLOADS.total_seconds()
    uploads = lab.settings.uploads_folder
    for file in uploads.iterdir() if uploads.is_dir() else ():
        if file.is_file() and file.name not in needed and file.lstat().st_mtime < before:
            file.unlink(missing_ok=True)
    incoming = lab.settings.data_folder / INCOMING
    for folder in incoming.iterdir() if incoming.is_dir() else ():
        if folder.lstat().st_mtime < before:
            shutil.rmtree(folder, ignore_errors=True)


def harvest(lab: Lab) -> None:
    """Take over the catalogues elsewhere whose time has come."""
    lab.harvests.run_due()


def snapshot(lab: Lab) -> None:
    """Renew the copies of live sources whose time has come."""
    for name in lab.sources.due():
        try:
            version = lab.sources.snapshot(Actor.lab(), name)
        except LabError as error:
            log.warning("no copy of %s: %s", name, error)
        else:
            log.info("copied the source of %s as version %s", name, version.number)


def tell_ends(lab: Lab) -> None:
    """Tell people in time what ends, and ask once a year whether what stands should."""
    told = lab.notices.tell_ends()
    changed = lab.confirmations.run_due()
    if told or changed:
        log.info("told %s about what ends; %s confirmations moved on", told, changed)


def send_mail(lab: Lab) -> None:
    """Send the mail of notices that wait."""
    sent = lab.outbox.send_due()
    if sent:
        log.info("sent %s mails", sent)


def hold(lab: Lab) -> None:
    """Stop the sessions that may not go on."""
    for session in lab.holding.enforce():
        log.info("stopped session %s: it may not go on", session.id)


def sample_disks(lab: Lab) -> None:
    """Note what homes and project folders hold today."""
    lab.usage.sample_disks()


def keep_reports(lab: Lab) -> None:
    """Keep the reports of use and costs of months that are over."""
    made = lab.reports.keep_due()
    if made:
        log.info("kept %s monthly reports", made)


TASKS: tuple[Task, ...] = (
    Task("harvest", timedelta(seconds=15), harvest),
    Task("snapshots", timedelta(minutes=5), snapshot),
    Task("quality", timedelta(hours=1), check_quality),
    Task("ends", timedelta(hours=1), tell_ends),
    Task("mail", timedelta(seconds=30), send_mail),
    Task("tidy", timedelta(hours=1), tidy),
    Task("hold", timedelta(seconds=20), hold),
    Task("disks", timedelta(hours=1), sample_disks),
    Task("reports", timedelta(hours=1), keep_reports),
)
