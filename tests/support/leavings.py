"""Records of leaving in each of their states, as nobody waits for: the register has them at once.

Nothing ended and nothing lies on a disk; they are there to be looked at.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from polderlab_catalog.application.ports import Register
from polderlab_catalog.domain.endings import (
    Folder,
    FolderKind,
    FolderState,
    Leaving,
    Offboarding,
)

WAITS, SIGNED, CALLED_OFF = (f"3f0c52a4-0b7e-4f0e-9a57-5f9d3f7f5a1{n}" for n in range(3))


def keep(register: Register, now: datetime) -> None:
    """Put them there: one whose archives wait for a signature, one whose were signed for and that
    finds no room for another, and one that was called off."""
    with register.write() as t:
        for record in _records(now):
            t.offboardings.put(record)


def _records(now: datetime) -> list[Offboarding]:
    asked, minute = now - timedelta(days=3), timedelta(minutes=1)
    packed = Folder(
        FolderKind.HOME,
        "rivierstad-gast/river-access",
        FolderState.ARCHIVED,
        asked + minute,
        asked + 4 * minute,
        archive=f"{WAITS}/0-home-rivierstad-gast-river-access.tar.zst",
        bytes=1_234_567_890,
        sha256="3b5d" * 16,
        files=4321,
        parts=("rivierstad-gast/river-access",),
        owner="rivierstad",
    )
    guest = replace(
        packed,
        name="rivierstad-gast/youth-health",
        archive=f"{WAITS}/1-home-rivierstad-gast-youth-health.tar.zst",
        parts=("rivierstad-gast/youth-health",),
        owner="kustregio",
    )
    waits = Offboarding(
        WAITS,
        Leaving.PERSON,
        "rivierstad-gast",
        "Gijs de Gast",
        "rivierstad",
        "person:waterdienst-admin",
        asked,
        "Ander werk",
        asked + timedelta(days=90),
        (packed, guest),
        {
            "sessions": ("rivierstad-gast · river-access",),
            "memberships": (
                "rivierstad-gast · river-access (analyst)",
                "rivierstad-gast · youth-health (analyst)",
            ),
            "people": ("rivierstad-gast",),
        },
    )
    told = {"received_by": "J. de Vries", "signed_by": "person:waterdienst-admin", "signed": now}
    full = Folder(
        FolderKind.PROJECT_FOLDER,
        "river-access",
        FolderState.FROZEN,
        asked,
        parts=("river-access",),
        owner="rivierstad",
        error="no room",
        needed=5_000_000_000,
        free=1_000_000_000,
    )
    signed = replace(
        waits,
        id=SIGNED,
        asked=asked - minute,
        folders=(replace(packed, **told), full),  # type: ignore[arg-type]
    )
    given = [replace(each, state=FolderState.THAWED, thawed=now) for each in waits.folders]
    off = replace(
        waits,
        id=CALLED_OFF,
        asked=asked - 2 * minute,
        folders=tuple(given),
        called_off=now,
        called_off_by="person:waterdienst-admin",
        done=now,
    )
    return [waits, signed, off]
