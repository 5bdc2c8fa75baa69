"""The audit log for administrators: look, take lines along, check that nobody changed it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response, StreamingResponse

from polderlab_catalog.application.audit import Sought
from polderlab_catalog.application.errors import Refused
from polderlab_catalog.domain.audit import AuditAction
from polderlab_catalog.domain.chain import Verification
from polderlab_catalog.domain.names import printable
from polderlab_catalog.lines import as_csv, as_jsonl
from polderlab_catalog.web.forms import Sent, TheForm
from polderlab_catalog.web.pages.administration import not_yours
from polderlab_catalog.web.portal import Portal
from polderlab_catalog.web.rendering import render
from polderlab_catalog.web.visitors import ThePortal, Visiting, Visitor, portal_of

router = APIRouter(prefix="/administration/audit")

FIELDS = ("action", "actor", "object", "project", "since", "until")
_LONGEST = 100


@dataclass(frozen=True, slots=True)
class Asked:
    """What is looked for, as it was filled in and as it is sought; ``before`` pages on."""

    form: dict[str, str]
    sought: Sought
    before: int | None

    @property
    def query(self) -> str:
        """What narrows the page, for its links."""
        return urlencode({name: value for name, value in self.form.items() if value})


def _read(portal: Portal, form: dict[str, str]) -> Sought:
    """Return what to look for; what cannot be read is no filter."""
    zone = portal.lab.settings.zone

    def day(name: str, later: int) -> datetime | None:
        try:
            found = date.fromisoformat(form[name]) + timedelta(days=later)
        except (ValueError, OverflowError):
            return None
        known = 1970 < found.year < 9000  # beyond that there is no such moment in every zone
        return datetime.combine(found, time(), zone) if known else None

    known = form["action"] in {each.value for each in AuditAction}
    return Sought(
        action=AuditAction(form["action"]) if known else None,
        actor=form["actor"] or None,
        object=form["object"] or None,
        project=form["project"] or None,
        since=day("since", 0),
        until=day("until", 1),
    )


def asked(request: Request) -> Asked:
    """Read the filter from the address."""
    query = request.query_params
    form = {name: printable(query.get(name, "").strip(), _LONGEST) for name in FIELDS}
    before = query.get("before", "")
    number = int(before) if before.isdecimal() and before.isascii() and len(before) < 18 else None
    return Asked(form, _read(portal_of(request), form), number)


TheAsked = Annotated[Asked, Depends(asked)]


@router.get("")
def show_log(request: Request, portal: ThePortal, visitor: Visiting, wanted: TheAsked) -> Response:
    """Show a page of the log, newest first."""
    return _page(request, portal, visitor, wanted)


@router.post("/verification")
def verify_log(
    request: Request, portal: ThePortal, visitor: Visiting, wanted: TheAsked
) -> Response:
    """Walk the whole chain, and say in plain words what came of it."""
    try:
        found = portal.lab.audit.verify(visitor.actor)
    except Refused as refusal:
        return not_yours(request, portal, visitor, refusal)
    return _page(request, portal, visitor, wanted, found)


@router.post("/export")
def export_log(request: Request, portal: ThePortal, visitor: Visiting, form: TheForm) -> Response:
    """Take the lines along as JSON lines or CSV; that somebody did is a line itself."""
    sought = _read(portal, _filter(form))
    try:
        lines = portal.lab.audit.export(visitor.actor, sought)
    except Refused as refusal:
        return not_yours(request, portal, visitor, refusal)
    csv = form.line("format") == "csv"
    body: Iterator[str] = as_csv(lines) if csv else as_jsonl(lines)
    name = f"audit-{portal.lab.clock():%Y%m%d-%H%M%S}.{'csv' if csv else 'jsonl'}"
    return StreamingResponse(
        body,
        media_type="text/csv; charset=utf-8" if csv else "application/jsonl",
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "no-store",
        },
    )


def _filter(form: Sent) -> dict[str, str]:
    return {name: form.line(name, _LONGEST) for name in FIELDS}


def _page(
    request: Request,
    portal: Portal,
    visitor: Visitor,
    wanted: Asked,
    found: Verification | None = None,
) -> Response:
    try:
        page = portal.lab.audit.page(visitor.actor, wanted.sought, before=wanted.before)
    except Refused as refusal:
        return not_yours(request, portal, visitor, refusal)
    return render(
        request,
        "administration_audit.html",
        visitor,
        section="administration",
        here_in="audit",
        everything=True,
        page=page,
        form=wanted.form,
        errors={},
        query=wanted.query,
        first=wanted.before is None,
        actions=[(each.value, each.value) for each in sorted(AuditAction)],
        found=found,
        now=portal.lab.clock(),
    )
