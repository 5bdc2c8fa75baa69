"""Lines of the audit log on the wire: JSON lines and CSV."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator
from datetime import UTC

from polderlab_catalog.domain.audit import AuditRecord

_COLUMNS = (
    "number",
    "at",
    "action",
    "outcome",
    "actor",
    "object",
    "project",
    "purpose",
    "session",
    "origin",
    "details",
    "previous",
    "hash",
)
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def plain(record: AuditRecord) -> dict[str, object]:
    """Return a line with all that its hash covers; its moment in UTC."""
    event = record.event
    return {
        "number": record.number,
        "at": record.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "action": event.action.value,
        "outcome": event.outcome.value,
        "actor": event.actor,
        "object": event.object,
        "project": event.project,
        "purpose": event.purpose,
        "session": event.session,
        "origin": event.origin,
        "details": dict(event.details),
        "previous": record.previous,
        "hash": record.hash,
    }


def as_jsonl(records: Iterable[AuditRecord]) -> Iterator[str]:
    """Yield a line of JSON each."""
    for record in records:
        yield json.dumps(plain(record), ensure_ascii=False) + "\n"


def as_csv(records: Iterable[AuditRecord]) -> Iterator[str]:
    """Yield rows of CSV (RFC 4180), the names first, each cell safe in a spreadsheet."""
    yield _row(list(_COLUMNS))
    for record in records:
        values = plain(record)
        details = json.dumps(values["details"], ensure_ascii=False, sort_keys=True)
        yield _row([safe(str({**values, "details": details}[name])) for name in _COLUMNS])


def safe(cell: str) -> str:
    """Return ``cell`` so that no spreadsheet takes it for a formula (OWASP, "CSV injection")."""
    return f"'{cell}" if cell.lstrip(" \u00a0").startswith(_FORMULA) else cell


def _row(cells: list[str]) -> str:
    out = io.StringIO()
    csv.writer(out, quoting=csv.QUOTE_ALL).writerow(cells)
    return out.getvalue()
