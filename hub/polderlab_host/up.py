"""Brings the lab up, from nothing or from anything in between; doing it twice does no harm."""

from __future__ import annotations

import pwd
import shutil

from polderlab_host import (
    confinement,
    content,
    disk,
    engine,
    firewall,
    network,
    nginx,
    preflight,
    readiness,
    supervision,
    user,
)
from polderlab_host.files import folder, write_private
from polderlab_host.progress import Progress
from polderlab_host.secrets import Secrets, load_or_make
from polderlab_host.settings import HostSettings

STEPS = 5


def up(settings: HostSettings, progress: Progress) -> None:
    """Do everything that is not done yet, and return when the lab answers."""
    progress.step("Checking this machine")
    if orphans := supervision.stop_orphans(settings):
        progress.note(f"stopped {orphans} processes that had lost their supervisor")
    preflight.check(settings)
    _prepare(settings)

    progress.step("Docker Engine")
    progress.note(engine.ensure(settings))
    client = engine.client()
    network.ensure(client, settings)
    firewall.apply(settings)
    progress.note(f"networks {settings.closed_subnet} (closed), {settings.open_subnet} (open)")

    in_use = supervision.pid_of(settings) is not None or bool(engine.sessions(client, settings))
    found = disk.ensure(settings, in_use=in_use, tell=progress.note)
    progress.note(disk.as_text(found, settings))

    progress.step("Images")
    images = content.build_images(progress)
    if found.limited and not confinement.ensure(client, settings):
        progress.note(f"Warning: {confinement.MISSING}")

    progress.step("Register and demo data")
    secrets = load_or_make(settings.run / "secrets.json")
    content.put_catalogue(settings)
    content.load_demo(settings, secrets, images, progress)

    progress.step("Starting")
    _put_hub_cookie_secret(settings, secrets)
    started = supervision.start(settings, secrets)
    progress.note(f"started {', '.join(started)}" if started else "everything runs already")
    readiness.wait(settings, secrets.hub_token)


def _prepare(settings: HostSettings) -> None:
    """Make folders, user and the user's way to the code."""
    folder(settings.state, mode=0o755)
    folder(settings.run, mode=0o700)
    folder(settings.log, mode=0o750)
    user.ensure(settings)
    for name in ("lab", "data", "demo", "inbox", "uploads", "variants"):
        folder(settings.state / name, mode=0o700, owner=settings.user)
    if settings.nginx:
        owner = pwd.getpwnam(settings.user)
        nginx.write(settings, owner.pw_uid, owner.pw_gid)
    folder(settings.state / "hub", mode=0o700)
    folder(settings.state / "catalog", mode=0o755)
    folder(settings.disk_report.parent, mode=0o750)
    # Root writes there and the lab's user reads: what is made in it gets the folder's group.
    shutil.chown(settings.disk_report.parent, group=settings.user)
    settings.disk_report.parent.chmod(0o2750)
    user.give_passage(settings)


def _put_hub_cookie_secret(settings: HostSettings, secrets: Secrets) -> None:
    path = settings.run / "hub-cookie-secret"
    if not path.exists():
        write_private(path, secrets.hub_cookie_secret)
