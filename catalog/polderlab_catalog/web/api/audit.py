"""The audit log: for lab administrators."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import AwareDatetime

from polderlab_catalog.application.audit import Sought
from polderlab_catalog.application.errors import Invalid
from polderlab_catalog.domain.audit import AuditAction
from polderlab_catalog.web.api.administration_shapes import (
    AuditPage,
    AuditShape,
    VerificationShape,
)
from polderlab_catalog.web.visitors import ThePortal, Visiting

router = APIRouter(tags=["audit"])

Word = Annotated[str | None, Query(max_length=100)]


@router.get("/audit-events")
def list_audit_events(
    portal: ThePortal,
    visitor: Visiting,
    *,
    action: AuditAction | None = None,
    actor: Word = None,
    object: Word = None,
    project: Word = None,
    since: AwareDatetime | None = None,
    until: AwareDatetime | None = None,
    before: Annotated[int | None, Query(ge=1, le=2**62)] = None,
    page_size: Annotated[int, Query(alias="pageSize", ge=1, le=1000)] = 50,
) -> AuditPage:
    """List lines of the log, newest first; each filter that is given must fit."""
    sought = Sought(action, actor, object, project, _utc("since", since), _utc("until", until))
    page = portal.lab.audit.page(visitor.actor, sought, before=before, size=page_size)
    return AuditPage(lines=[AuditShape.of(each) for each in page.lines], older=page.older)


@router.get("/audit-verification")
def verify_audit_log(portal: ThePortal, visitor: Visiting) -> VerificationShape:
    """Check every line's hash against the one before. Keep ``head`` elsewhere."""
    return VerificationShape.of(portal.lab.audit.verify(visitor.actor))


def _utc(name: str, moment: datetime | None) -> datetime | None:
    try:
        return moment.astimezone(UTC) if moment else None
    except (OverflowError, ValueError):
        raise Invalid({name: "choose a moment nearer to now"}) from None
