"""What levels may use, what is left, requests for more, and use per month."""

from __future__ import annotations

from datetime import date
from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from polderlab_catalog.domain.allocations import Level
from polderlab_catalog.domain.usage import Month
from polderlab_catalog.web.api.allocation_shapes import (
    AllocationShape,
    Approval,
    BillShape,
    ExtensionShape,
    GaugeShape,
    Limits,
    NewExtension,
    QuotaShape,
    Refusal,
)
from polderlab_catalog.web.portal import Portal
from polderlab_catalog.web.visitors import ThePortal, Visiting, Visitor

router = APIRouter(tags=["allocations"])

AMonth = Annotated[str | None, Query(pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])$", examples=["2026-11"])]


@router.get("/organisations/{slug}/allocation")
def show_organisation_allocation(
    portal: ThePortal, visitor: Visiting, slug: str
) -> AllocationShape:
    """Show what an organisation may use, and what of it is used now."""
    return _show(portal, visitor, Level.organisation(slug))


@router.put("/organisations/{slug}/allocation")
def put_organisation_allocation(
    portal: ThePortal, visitor: Visiting, slug: str, body: Limits
) -> AllocationShape:
    """Set what an organisation may use: for lab administrators."""
    return _set(portal, visitor, Level.organisation(slug), body)


@router.get("/projects/{slug}/allocation")
def show_project_allocation(portal: ThePortal, visitor: Visiting, slug: str) -> AllocationShape:
    """Show what a project may use, and what of it is used now."""
    return _show(portal, visitor, Level.project(slug))


@router.put("/projects/{slug}/allocation")
def put_project_allocation(
    portal: ThePortal, visitor: Visiting, slug: str, body: Limits
) -> AllocationShape:
    """Set what a project may use: for its organisation's administrators."""
    return _set(portal, visitor, Level.project(slug), body)


@router.get("/projects/{slug}/members/{username}/allocation")
def show_member_allocation(
    portal: ThePortal, visitor: Visiting, slug: str, username: str
) -> AllocationShape:
    """Show what a person in a project may use."""
    return _show(portal, visitor, Level.person(slug, username))


@router.put("/projects/{slug}/members/{username}/allocation")
def put_member_allocation(
    portal: ThePortal, visitor: Visiting, slug: str, username: str, body: Limits
) -> AllocationShape:
    """Set what a person in a project may use: for its leads."""
    return _set(portal, visitor, Level.person(slug, username), body)


@router.get("/projects/{slug}/quota")
def show_quota(portal: ThePortal, visitor: Visiting, slug: str) -> QuotaShape:
    """Show what is left to me in a project: of each resource the limit that leaves the least."""
    found = portal.lab.projects.card(visitor.person, slug).quota
    return QuotaShape(
        project=found.project,
        renews=found.renews,
        gauges=[GaugeShape.of(each) for each in found.gauges],
        stop_at=found.stop_at,
    )


@router.get("/extensions")
def list_extensions(portal: ThePortal, visitor: Visiting) -> list[ExtensionShape]:
    """List what I asked for, and the requests for more that wait for my answer."""
    mine = portal.lab.extensions.mine(visitor.actor)
    waiting = [each.extension for each in portal.lab.extensions.waiting(visitor.actor)]
    found = {each.id: each for each in (*mine, *waiting)}
    return [ExtensionShape.of(each) for each in found.values()]


@router.post("/projects/{slug}/extensions", status_code=HTTPStatus.CREATED)
def ask_extension(
    portal: ThePortal, visitor: Visiting, slug: str, body: NewExtension
) -> ExtensionShape:
    """Ask for more in a project; it goes to whoever can give it."""
    made = portal.lab.extensions.ask(
        visitor.actor, slug, body.resource, body.amount, why=body.why, until=body.until
    )
    return ExtensionShape.of(made)


@router.post("/extensions/{id}/approval")
def approve_extension(
    portal: ThePortal, visitor: Visiting, id: UUID, body: Approval
) -> ExtensionShape:
    """Give more. It holds at once, also in sessions that run."""
    given = portal.lab.extensions.approve(visitor.actor, str(id), body.amount, body.until)
    return ExtensionShape.of(given)


@router.post("/extensions/{id}/refusal")
def refuse_extension(
    portal: ThePortal, visitor: Visiting, id: UUID, body: Refusal
) -> ExtensionShape:
    """Say no, and why."""
    return ExtensionShape.of(portal.lab.extensions.refuse(visitor.actor, str(id), body.reason))


@router.delete("/extensions/{id}", status_code=HTTPStatus.NO_CONTENT)
def withdraw_extension(portal: ThePortal, visitor: Visiting, id: UUID) -> Response:
    """Take a request of one's own back."""
    portal.lab.extensions.withdraw(visitor.actor, str(id))
    return Response(status_code=HTTPStatus.NO_CONTENT)


@router.get("/organisations/{slug}/usage")
def show_usage(portal: ThePortal, visitor: Visiting, slug: str, month: AMonth = None) -> BillShape:
    """Show what an organisation's projects used in a month, and what that costs."""
    zone = portal.lab.settings.zone
    asked = Month.of(date.fromisoformat(f"{month}-01"), zone) if month else None
    return BillShape.of(portal.lab.usage.of_organisation(visitor.actor, slug, asked))


def _show(portal: Portal, visitor: Visitor, level: Level) -> AllocationShape:
    return AllocationShape.of(portal.lab.allocations.show(visitor.actor, level))


def _set(portal: Portal, visitor: Visitor, level: Level, body: Limits) -> AllocationShape:
    portal.lab.allocations.set(visitor.actor, level, body.allocation())
    return _show(portal, visitor, level)
