"""What of a leaving is shown to whom."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from polderlab_catalog.domain.actors import Actor
from polderlab_catalog.domain.endings import Folder, FolderKind, FolderState, Leaving, Offboarding
from polderlab_catalog.domain.people import LabRole, Person
from polderlab_catalog.policy.endings import seen_by

NOW = datetime(2026, 9, 1, tzinfo=UTC)
TELLING = Folder(
    FolderKind.HOME,
    "kim/shared-project",
    FolderState.ARCHIVED,
    frozen=NOW,
    archived=NOW,
    archive="1-home.tar.zst",
    bytes=9,
    sha256="ab" * 32,
    files=2,
    parts=("kim/shared-project",),
    error="no room: 4 TB needed",
    owner="kustregio",
    received_by="K. Bakker",
    signed_by="person:ada",
    signed=NOW,
    needed=4_000,
    free=3_000,
)
OWN = replace(TELLING, name="kim/own-project", owner="rivierstad")
RECORD = Offboarding(
    "1",
    Leaving.PERSON,
    "kim",
    "Kim",
    "rivierstad",
    "person:rivierstad-boss",
    NOW,
    "fell out",
    NOW,
    folders=(OWN, TELLING),
    ended={"memberships": ("kim · shared-project",)},
)


def boss(organisation: str) -> Actor:
    roles = frozenset({LabRole.ORGANISATION_ADMINISTRATOR})
    return Actor.for_person(Person(f"{organisation}-boss", "Bo", organisation, roles))


def test_of_anothers_archive_is_shown_whose_and_how_far_it_is_and_no_more() -> None:
    seen = seen_by(boss("rivierstad"), RECORD)
    assert seen is not None
    own, other = seen.folders
    assert own == OWN
    assert (seen.reason, seen.ended) == (RECORD.reason, RECORD.ended)
    assert other == Folder(
        FolderKind.HOME,
        "kim/shared-project",
        FolderState.ARCHIVED,
        frozen=NOW,
        archived=NOW,
        parts=("kim/shared-project",),
        owner="kustregio",
        signed=NOW,
    )


def test_whom_an_archive_is_for_sees_that_one_and_not_why_somebody_left() -> None:
    seen = seen_by(boss("kustregio"), RECORD)
    assert seen == replace(RECORD, folders=(TELLING,), reason="", ended={})
    assert seen_by(boss("waterdienst"), RECORD) is None


def test_a_lab_administrator_sees_all_of_it() -> None:
    ada = Person("ada", "Ada", "waterdienst", frozenset({LabRole.LAB_ADMINISTRATOR}))
    assert seen_by(Actor.for_person(ada), RECORD) == RECORD
