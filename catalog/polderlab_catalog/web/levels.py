"""Levels of the allocation in words and addresses, and requests for more as pages show them."""

from __future__ import annotations

from dataclasses import dataclass

from polderlab_catalog.application.errors import NotFound
from polderlab_catalog.application.extensions import ExtensionCard
from polderlab_catalog.domain.allocations import (
    Extension,
    Level,
    LevelKind,
    Resource,
)
from polderlab_catalog.domain.names import printable
from polderlab_catalog.domain.usage import GIB
from polderlab_catalog.policy.allocations import DISK
from polderlab_catalog.policy.decisions import N_
from polderlab_catalog.web.languages import Speech

NAMES = {
    Resource.SESSIONS: N_("Sessions at once"),
    Resource.CPUS: N_("Cpu at once"),
    Resource.MEMORY_BYTES: N_("Memory at once (GB)"),
    Resource.CPU_HOURS: N_("Cpu hours per month"),
    Resource.MEMORY_GIB_HOURS: N_("Memory hours per month (GB × hour)"),
    Resource.HOME_BYTES: N_("Disk per home (GB)"),
    Resource.PROJECT_BYTES: N_("Disk per project folder (GB)"),
}
IN_GIB = (Resource.MEMORY_BYTES, *DISK)


@dataclass(frozen=True, slots=True)
class Asked:
    """A request for more as it is shown: what, whose level, and who asks."""

    extension: Extension
    what: str
    whose: str = ""
    by: str = ""


def path_of(level: Level) -> str:
    """Return the path of the page of ``level``."""
    person = f"/{level.username}" if level.username else ""
    return f"/allocations/{level.kind}/{level.name}{person}"


def level_of(kind: str, name: str) -> Level:
    """Return the level a path names; raise :class:`NotFound` for none."""
    if kind not in (LevelKind.ORGANISATION, LevelKind.PROJECT):
        raise NotFound("page", printable(kind, 40))
    return Level(LevelKind(kind), name)


def asked(card: ExtensionCard, speech: Speech) -> Asked:
    whose = ", ".join(filter(None, (speech.text(card.title), card.person)))
    return Asked(card.extension, what_of(card.extension, speech), whose, card.asker)


def what_of(extension: Extension, speech: Speech) -> str:
    amount = extension.amount / GIB if extension.resource in IN_GIB else extension.amount
    return f"{speech.gettext(NAMES[extension.resource])}: +{speech.number(amount)}"
