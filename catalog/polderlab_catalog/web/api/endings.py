"""Letting people, projects and organisations leave: for those who look after them."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from polderlab_catalog.application.leaving import Wish
from polderlab_catalog.domain.endings import Leaving
from polderlab_catalog.web.api.administration_shapes import (
    NewOffboarding,
    OffboardingShape,
    Signature,
)
from polderlab_catalog.web.visitors import ThePortal, Visiting

router = APIRouter(tags=["offboarding"])


@router.get("/offboardings")
def list_offboardings(portal: ThePortal, visitor: Visiting) -> list[OffboardingShape]:
    """List the records I may see, newest first."""
    return [OffboardingShape.of(each) for each in portal.lab.endings.records(visitor.actor)]


@router.get("/offboarding-preview")
def preview_offboarding(
    portal: ThePortal,
    visitor: Visiting,
    kind: Leaving,
    name: Annotated[str, Query(max_length=64)],
    heir: Annotated[str, Query(max_length=64)] = "",
) -> OffboardingShape:
    """Show exactly what would happen; nothing does, and the id is nobody's."""
    shown = portal.lab.endings.preview(visitor.actor, Wish(kind, name, heir=heir))
    return OffboardingShape.of(shown.record)


@router.post("/offboardings", status_code=HTTPStatus.CREATED)
def offboard(portal: ThePortal, visitor: Visiting, body: NewOffboarding) -> OffboardingShape:
    """Let it leave: access ends before this returns, folders go later."""
    wish = Wish(body.kind, body.name, body.reason, body.heir)
    return OffboardingShape.of(portal.lab.endings.offboard(visitor.actor, wish, body.typed))


@router.get("/offboardings/{record}")
def show_offboarding(portal: ThePortal, visitor: Visiting, record: UUID) -> OffboardingShape:
    """Show one record."""
    return OffboardingShape.of(portal.lab.endings.record(visitor.actor, str(record)))


@router.post("/offboardings/{record}/signature")
def sign_offboarding(
    portal: ThePortal, visitor: Visiting, record: UUID, body: Signature
) -> OffboardingShape:
    """Sign that an archive was handed over. For lab administrators."""
    endings = portal.lab.endings
    signed = endings.sign(visitor.actor, str(record), body.received_by, body.owner)
    return OffboardingShape.of(signed)


@router.post("/offboardings/{record}/calling-off")
def call_off_offboarding(portal: ThePortal, visitor: Visiting, record: UUID) -> OffboardingShape:
    """Call it off, as long as nothing was deleted: the folders are given back; accounts,
    memberships and access have to be given again."""
    return OffboardingShape.of(portal.lab.endings.call_off(visitor.actor, str(record)))
