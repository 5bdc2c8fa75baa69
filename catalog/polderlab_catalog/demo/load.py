"""Put the demo into a lab's register and data folder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from polderlab_catalog.application.errors import NotFound
from polderlab_catalog.bootstrap import Lab
from polderlab_catalog.demo.fetch import Progress, fetch
from polderlab_catalog.demo.people import ACCOUNTS, ALLOCATIONS, ORGANISATIONS, SIZES, projects
from polderlab_catalog.domain.actors import Actor
from polderlab_catalog.domain.sessions import Image

GRANTED = "growth_study"
GRANTED_TO = "youth-health"
_A_YEAR = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Loaded:
    """What loading came to: ``False`` where the demo was there already."""

    new: bool


def load(lab: Lab, sources: Path, images: Sequence[Image], progress: Progress) -> Loaded:
    """Register images, and the demo where it is not there yet, its packages from ``sources``.

    Once it is there it belongs to its users: what they changed since (a member removed, a grant
    revoked, an organisation suspended) is never undone. A load that broke off is completed.
    """
    actor = Actor.lab()
    for image in images:
        if lab.administration.put_image(actor, image):
            progress(f"Offering image {image.name} {image.version}")
    if is_loaded(lab):
        _newcomers(lab, actor)
        return Loaded(new=False)
    today = lab.clock().astimezone(lab.settings.zone).date()
    _people(lab, actor, today, progress)
    # Geopandas takes a second to import, which a lab that has its demo need not spend.
    from polderlab_catalog.demo.publish import publish

    publish(lab, actor, fetch(sources, progress), progress)
    lab.grants.grant(actor, GRANTED, GRANTED_TO, today + _A_YEAR, "Demo")
    return Loaded(new=True)


def is_loaded(lab: Lab) -> bool:
    """Tell whether the demo was once loaded to its end, which is the one grant it gives."""
    try:
        return bool(lab.grants.of_dataset(GRANTED))
    except NotFound:
        return False


def _newcomers(lab: Lab, actor: Actor) -> None:
    """Register accounts that came with a newer demo; an account is never deleted, so one that is
    not known is new."""
    for account in ACCOUNTS:
        if lab.people.get(account.person.username) is None:
            lab.administration.register_person(actor, account.person)


def _people(lab: Lab, actor: Actor, today: date, progress: Progress) -> None:
    progress("Registering organisations, people and projects")
    for size in SIZES:
        lab.administration.put_size(actor, size)
    for organisation in ORGANISATIONS:
        lab.administration.register_organisation(actor, organisation)
    for account in ACCOUNTS:
        lab.administration.register_person(actor, account.person)
    for project in projects(today):
        lab.administration.register_project(actor, project)
    for account in ACCOUNTS:
        for membership in account.memberships:
            lab.administration.register_member(actor, membership)
    for level, allocation in ALLOCATIONS.items():
        lab.allocations.set(actor, level, allocation)
