"""Brings the lab up, from nothing or from anything in between; doing it twice does no harm."""

from __future__ import annotations

import pwd

from polderlab_host import (
    content,
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

    progress.step("Images")
    images = content.build_images(progress)

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
    for name in ("homes", "projects", "catalog"):
        folder(settings.state / name, mode=0o755)
    user.give_passage(settings)


def _put_hub_cookie_secret(settings: HostSettings, secrets: Secrets) -> None:
    path = settings.run / "hub-cookie-secret"
    if not path.exists():
        write_private(path, secrets.hub_cookie_secret)
