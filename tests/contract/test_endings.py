"""Announcements, notices, confirmations and records of leaving, in every register alike."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from alembic import command
from sqlalchemy import bindparam, text
from tests.contract.conftest import SQL_STORES, empty_url
from tests.fakes.world import World

from polderlab_catalog.domain.announcements import Announcement, Audience
from polderlab_catalog.domain.confirmations import Confirmation, Matter
from polderlab_catalog.domain.endings import (
    Folder,
    FolderKind,
    FolderState,
    Leaving,
    Offboarding,
)
from polderlab_catalog.domain.notices import MailState, Notice, NoticeKind
from polderlab_catalog.domain.texts import Text
from polderlab_catalog.storage.engine import for_writing, serialise
from polderlab_catalog.storage.migrate import config, upgrade
from polderlab_catalog.storage.register import SqlRegister
from polderlab_catalog.storage.types import Instant

NOW = datetime(2026, 3, 29, 0, 59, 59, 123456, tzinfo=UTC)
HOUR = timedelta(hours=1)


def announcement(id_: str, **changes: object) -> Announcement:
    made = Announcement(
        id_, Text("Één 🌊", "One"), Audience.EVERYONE, (), NOW, NOW + HOUR, "operator:root", NOW
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def notice(id_: str, **changes: object) -> Notice:
    made = Notice(id_, "rivierstad-lead", NoticeKind.GRANT_ENDS, NOW, {"dataset": "x"}, "/a")
    return replace(made, **changes)  # type: ignore[arg-type]


def offboarding(**changes: object) -> Offboarding:
    made = Offboarding(
        "o1",
        Leaving.PERSON,
        "ravi",
        "Ravi",
        "rivierstad",
        "operator:root",
        NOW,
        "gone",
        NOW + HOUR,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def test_announcements_come_back_newest_first_and_over_ones_are_left_out(world: World) -> None:
    old = announcement("a", ends=NOW + timedelta(minutes=1))
    new = announcement("b", made=NOW + HOUR, audience=Audience.PEOPLE, names=("ravi", "lea"))
    taken = announcement("c", withdrawn=NOW)
    with world.register.write() as t:
        for each in (old, new, taken):
            t.announcements.put(each)
    with world.register.read() as t:
        assert t.announcements.get("b") == new
        assert [each.id for each in t.announcements.find()] == ["b", "a", "c"]
        assert t.announcements.find(after=NOW + timedelta(minutes=1)) == [new]
        assert t.announcements.find(limit=1) == [new]


def test_a_notice_is_kept_once_however_often_it_is_added(world: World) -> None:
    with world.register.write() as t:
        assert t.notices.add(notice("n1"))
        assert not t.notices.add(notice("n1", details={"dataset": "other"}))
        assert t.notices.add(notice("n2", made=NOW + HOUR, read=NOW))
    with world.register.read() as t:
        assert t.notices.get("n1") == notice("n1")
        assert [each.id for each in t.notices.of("rivierstad-lead")] == ["n2", "n1"]
        assert t.notices.unread("rivierstad-lead") == 1
        assert t.notices.unread("rivierstad-analyst") == 0


def test_the_outbox_holds_what_waits_and_is_due(world: World) -> None:
    kinds = {
        "due": notice("due", made=NOW + HOUR),
        "claimed": notice("claimed", mail=MailState.SENDING),
        "later": notice("later", next_try=NOW + HOUR, error="away"),
        "sent": notice("sent", mail=MailState.SENT),
        "lost": notice("lost", mail=MailState.FAILED, error="no such box", made=NOW - HOUR),
    }
    with world.register.write() as t:
        for each in kinds.values():
            t.notices.add(each)
    with world.register.read() as t:
        assert [each.id for each in t.notices.outbox(NOW)] == ["claimed", "due"]
        assert [each.id for each in t.notices.outbox(NOW + HOUR)] == ["claimed", "later", "due"]
        assert [each.id for each in t.notices.failed()] == ["later", "lost"]


def test_confirmations_are_found_by_organisation_until_they_end(world: World) -> None:
    first = Confirmation(Matter.GRANT, "g1", "rivierstad", NOW)
    later = Confirmation(
        Matter.PERSON,
        "ravi",
        "rivierstad",
        NOW + HOUR,
        asked=NOW,
        deadline=NOW,
        confirmed=NOW,
        confirmed_by="person:x",
    )
    ended = Confirmation(Matter.PROJECT, "p", "kustregio", NOW, ended=NOW)
    with world.register.write() as t:
        for each in (first, later, ended):
            t.confirmations.put(each)
    with world.register.read() as t:
        assert t.confirmations.get(Matter.PERSON, "ravi") == later
        assert t.confirmations.get(Matter.GRANT, "ravi") is None
        assert t.confirmations.find(organisation="rivierstad") == [first, later]
        assert t.confirmations.find(asked_only=True) == [later]
        assert t.confirmations.find(organisation="kustregio") == []


@pytest.mark.parametrize(
    "given",
    [
        offboarding(),
        offboarding(
            folders=(
                Folder(FolderKind.PERSON_HOMES, "ravi"),
                Folder(
                    FolderKind.PROJECT_FOLDER,
                    "river-access",
                    FolderState.DELETED,
                    NOW,
                    NOW,
                    NOW,
                    "o1/x.tar.zst",
                    10**12,
                    "ab" * 32,
                    3,
                    ("ravi/one",),
                    "oops",
                    "kustregio",
                    "J. de Vries",
                    "person:ada",
                    NOW,
                    NOW,
                    2 * 10**12,
                    10**9,
                ),
            ),
            ended={"sessions": ("s1", "s2"), "grants": ()},
            done=NOW,
            called_off=NOW,
            called_off_by="person:ada",
        ),
    ],
    ids=["bare", "whole"],
)
def test_a_record_comes_back_as_it_went_in(world: World, given: Offboarding) -> None:
    with world.register.write() as t:
        t.offboardings.put(given)
    with world.register.read() as t:
        assert t.offboardings.get("o1") == given
        assert t.offboardings.find() == [given]
        assert t.offboardings.find(open_only=True) == ([] if given.done else [given])


def test_the_log_is_searched_by_time(world: World) -> None:
    world.clock.now = NOW + 24 * 365 * HOUR
    moment = world.clock.now
    world.organisations.suspend(world.operator, "kustregio")
    world.clock.now += HOUR
    world.organisations.suspend(world.operator, "kustregio", False)
    with world.register.read() as t:
        late = t.audit.search(since=moment)
        assert [each.event.action for each in late] == [
            "organisation:readmitted",
            "organisation:suspended",
        ]
        assert t.audit.search(since=moment, until=moment + HOUR) == [late[1]]
        assert late[1] not in t.audit.search(until=moment, limit=1000)


@pytest.mark.parametrize("store", SQL_STORES)
def test_a_signature_of_before_moves_to_each_archive(
    store: str, request: pytest.FixtureRequest
) -> None:
    register = SqlRegister(empty_url(store, request, migrated=False))
    with for_writing(register.engine).begin() as connection:
        serialise(connection)
        command.upgrade(config(connection), "0015")
    rest = {"archive": "", "bytes": 0, "sha256": "", "files": 0, "parts": ["x"], "error": ""}
    rest |= dict.fromkeys(("frozen", "archived", "deleted"))
    packed = {"kind": "project-folder", "name": "one", "state": "archived", **rest}
    homes = {"kind": "person-homes", "name": "ravi", "state": "frozen", **rest}
    # as the application writes: SQLite keeps no time zone
    moments = [bindparam(name, type_=Instant) for name in ("at", "signed")]
    insert = text(
        "INSERT INTO offboardings (id, kind, name, title, organisation, by, asked, reason,"
        " keep_until, folders, ended, received_by, signed_by, signed) VALUES (:id, 'person', 'n',"
        " 't', 'old', 'b', :at, 'r', :at, :folders, '{}', :to, :by, :signed)"
    ).bindparams(*moments)
    with register.engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO organisations (slug, name, kind, suspended)"
                ' VALUES (\'old\', \'{"nl": "", "en": ""}\', \'partner\', false)'
            )
        )
        at, folders = NOW, json.dumps([packed, homes])
        for told in (
            {"id": "signed", "to": "J. de Vries", "by": "person:ada", "signed": at},
            {"id": "open", "to": "", "by": "", "signed": None},
        ):
            connection.execute(insert, {**told, "at": at, "folders": folders})
    upgrade(register.engine)
    with register.read() as t:
        signed, waits = t.offboardings.get("signed"), t.offboardings.get("open")
    assert signed is not None
    assert waits is not None
    first, second = signed.folders
    assert (first.received_by, first.signed_by) == ("J. de Vries", "person:ada")
    assert first.signed == NOW
    assert first.signed.tzinfo is not None
    assert first.owner == "old"
    assert second.state is FolderState.OPEN  # its homes are packed one by one
    assert [each.signed for each in waits.folders] == [None, None]
    register.close()
