"""Stops the lab and its sessions; everything it keeps stays."""

from __future__ import annotations

from docker.errors import APIError, NotFound

from polderlab_host import disk, engine, supervision
from polderlab_host.progress import Progress
from polderlab_host.settings import HostSettings


def down(
    settings: HostSettings, progress: Progress, *, stop_engine: bool = True, anyhow: bool = False
) -> None:
    """Stop processes, sessions, and the engine if this lab started it and nobody else uses it."""
    stopped = supervision.stop(settings) or supervision.stop_orphans(settings) > 0
    progress.note("processes stopped" if stopped else "no processes were running")
    if engine.answers():
        count = stop_sessions(settings)
        progress.note(f"{count} session{'' if count == 1 else 's'} stopped")
    if disk.release(settings, anyhow=anyhow):
        progress.note(f"{settings.volumes} unmounted")
    if stop_engine and (said := engine.stop_own(settings)):
        progress.note(said)


def stop_sessions(settings: HostSettings) -> int:
    """Remove the containers of all sessions; return how many there were."""
    containers = engine.sessions(engine.client(), settings)
    for container in containers:
        try:
            container.stop(timeout=5)
            container.remove(force=True, v=True)
        except (NotFound, APIError) as error:
            # Gone, or going (409), by itself: that is what we want.
            if getattr(error, "status_code", 404) not in {404, 409}:
                raise
    return len(containers)
