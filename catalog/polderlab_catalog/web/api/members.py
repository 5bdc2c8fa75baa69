"""Who works on a project, and until when it runs."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import APIRouter, Response

from polderlab_catalog.web.api.partner_shapes import (
    MemberShape,
    NewEnd,
    NewMember,
    ProjectDates,
)
from polderlab_catalog.web.visitors import ThePortal, Visiting

router = APIRouter(prefix="/projects/{slug}", tags=["projects"])


@router.get("/members")
def list_members(portal: ThePortal, visitor: Visiting, slug: str) -> list[MemberShape]:
    """List a project's members, leads first."""
    return [MemberShape.of(each) for each in portal.lab.members.page(visitor.actor, slug).members]


@router.put("/members/{username}")
def put_member(
    portal: ThePortal, visitor: Visiting, slug: str, username: str, body: NewMember
) -> MemberShape:
    """Make somebody a member, or change their role or last day. Holds at once."""
    portal.lab.members.put(visitor.actor, slug, username, body.role, body.until)
    members = portal.lab.members.page(visitor.actor, slug).members
    return next(MemberShape.of(m) for m in members if m.person.username == username)


@router.delete("/members/{username}", status_code=HTTPStatus.NO_CONTENT)
def remove_member(portal: ThePortal, visitor: Visiting, slug: str, username: str) -> Response:
    """End a membership, and what runs under it."""
    portal.lab.members.remove(visitor.actor, slug, username)
    return Response(status_code=HTTPStatus.NO_CONTENT)


@router.put("/period")
def end_project(portal: ThePortal, visitor: Visiting, slug: str, body: NewEnd) -> ProjectDates:
    """Set a project's last day. Later than it was is for lab administrators."""
    after = portal.lab.members.end(visitor.actor, slug, body.ends)
    return ProjectDates(slug=after.slug, starts=after.starts, ends=after.ends)
