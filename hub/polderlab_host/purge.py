"""Removes everything the lab ever made on this machine."""

from __future__ import annotations

import shutil

from polderlab_host import disk, down, engine, firewall, network, user
from polderlab_host.commands import run
from polderlab_host.progress import Progress
from polderlab_host.settings import PROVIDERS, HostSettings, program

KEPT = "Debian packages that were installed (docker.io and the like) stay."


def purge(settings: HostSettings, progress: Progress, *, images: bool = True) -> None:
    """Stop the lab, then remove containers, networks, rules, images, user and state.

    Images are shared by all labs on one engine: they stay while another lab is there.
    """
    down.down(settings, progress, stop_engine=False, anyhow=True)
    disk.empty(settings)
    firewall.remove(settings)
    progress.note("firewall rules removed")
    if not engine.answers() and settings.run.exists():
        engine.ensure(settings)  # what it keeps can only be removed while it runs
    if engine.answers():
        client = engine.client()
        network.remove(client, settings)
        progress.note("networks removed")
        if images and not engine.others_here(client, settings):
            run([program("polderlab-images"), "remove"], timeout=600)
            progress.note("images removed")
    if settings.run.exists():
        if said := engine.stop_own(settings):
            progress.note(said)
        user.take_passage_back(settings)
        user.remove(settings)
    remove_state(settings)
    progress.note(f"{settings.state} removed. {KEPT}")


def remove_state(settings: HostSettings) -> None:
    """Remove the state folder's content, leaving what others may have put beside it."""
    for name in (
        "archives",
        "lab",
        "data",
        "hub",
        "homes",
        "projects",
        "catalog",
        "log",
        "demo",
        "run",
        "inbox",
        "uploads",
        "variants",
        "volumes",
        "disk",
        "moved",
    ):
        shutil.rmtree(settings.state / name, ignore_errors=True)
    for name in (
        settings.accounts.name,
        "settings.env",
        "lab.yml",
        PROVIDERS,
        "volumes.btrfs",
        "volumes.new",
    ):
        (settings.state / name).unlink(missing_ok=True)
    if settings.state.exists() and not any(settings.state.iterdir()):
        settings.state.rmdir()
