"""Records of who and what left, in the database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, Connection, ForeignKey, RowMapping, String, Table, select

from polderlab_catalog.application import ports
from polderlab_catalog.domain.endings import (
    Folder,
    FolderKind,
    FolderState,
    Leaving,
    Offboarding,
)
from polderlab_catalog.storage.rows import one, upsert
from polderlab_catalog.storage.types import Instant, metadata

offboardings = Table(
    "offboardings",
    metadata,
    Column("id", String, primary_key=True),
    Column("kind", String, nullable=False),
    Column("name", String, nullable=False),
    Column("title", String, nullable=False),
    Column("organisation", ForeignKey("organisations.slug"), nullable=False),
    Column("by", String, nullable=False),
    Column("asked", Instant, nullable=False),
    Column("reason", String, nullable=False),
    Column("keep_until", Instant, nullable=False),
    Column("folders", JSON, nullable=False),
    Column("ended", JSON, nullable=False),
    Column("done", Instant),
    Column("called_off", Instant),
    Column("called_off_by", String, nullable=False),
)
_MOMENTS = ("frozen", "archived", "deleted", "signed", "thawed")


class Offboardings(ports.Offboardings):
    """Records by id; none is ever removed."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, offboarding_id: str) -> Offboarding | None:
        row = one(self._connection, offboardings, offboardings.c.id == offboarding_id)
        return _offboarding(row) if row else None

    def find(self, *, open_only: bool = False) -> Sequence[Offboarding]:
        c = offboardings.c
        statement = select(offboardings).order_by(c.asked.desc(), c.id)
        if open_only:
            statement = statement.where(c.done.is_(None))
        return [_offboarding(row) for row in self._connection.execute(statement).mappings()]

    def put(self, offboarding: Offboarding) -> None:
        o = offboarding
        values = {
            "id": o.id,
            "kind": o.kind.value,
            "name": o.name,
            "title": o.title,
            "organisation": o.organisation,
            "by": o.by,
            "asked": o.asked,
            "reason": o.reason,
            "keep_until": o.keep_until,
            "folders": [_json(folder) for folder in o.folders],
            "ended": {kind: list(names) for kind, names in o.ended.items()},
            "done": o.done,
            "called_off": o.called_off,
            "called_off_by": o.called_off_by,
        }
        upsert(self._connection, offboardings, values)


def _json(folder: Folder) -> dict[str, object]:
    moments = {name: getattr(folder, name) for name in _MOMENTS}
    return {
        "kind": folder.kind.value,
        "name": folder.name,
        "state": folder.state.value,
        "archive": folder.archive,
        "bytes": folder.bytes,
        "sha256": folder.sha256,
        "files": folder.files,
        "parts": list(folder.parts),
        "error": folder.error,
        "owner": folder.owner,
        "received_by": folder.received_by,
        "signed_by": folder.signed_by,
        "needed": folder.needed,
        "free": folder.free,
        **{name: moment.isoformat() if moment else None for name, moment in moments.items()},
    }


def _folder(row: Mapping[str, Any]) -> Folder:
    told = {name: row.get(name) for name in _MOMENTS}
    moments = {name: datetime.fromisoformat(at) if at else None for name, at in told.items()}
    return Folder(
        **{
            **row,
            **moments,
            "kind": FolderKind(row["kind"]),
            "state": FolderState(row["state"]),
            "parts": tuple(row["parts"]),
        }
    )


def _offboarding(row: RowMapping) -> Offboarding:
    return Offboarding(
        **{
            **row,
            "kind": Leaving(row["kind"]),
            "folders": tuple(_folder(each) for each in row["folders"]),
            "ended": {kind: tuple(names) for kind, names in row["ended"].items()},
        }
    )
