"""A project's own page: what it is for, who works on it, on which data."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from polderlab_catalog.application.errors import Invalid
from polderlab_catalog.domain.datasets import Classification
from polderlab_catalog.domain.projects import MemberRole
from polderlab_catalog.policy.decisions import N_
from polderlab_catalog.web.forms import TheForm, sentences
from polderlab_catalog.web.portal import Portal
from polderlab_catalog.web.rendering import render
from polderlab_catalog.web.visitors import ThePortal, Visiting, Visitor

router = APIRouter(prefix="/projects/{slug}")

_MEMBER = ("username", "role", "until")


@router.get("")
def show_project(request: Request, portal: ThePortal, visitor: Visiting, slug: str) -> Response:
    """Show a project to its members and to those who look after it."""
    return _page(request, portal, visitor, slug)


@router.post("/members")
def put_member(
    request: Request, portal: ThePortal, visitor: Visiting, slug: str, form: TheForm
) -> Response:
    """Make somebody a member, or change their role or last day."""
    _ = visitor.speech.gettext
    role, errors = form.line("role"), {}
    if not form.line("username"):
        errors["username"] = _(N_("Choose from the list"))
    if role not in set(MemberRole):
        errors["role"] = _(N_("Choose from the list"))
    if not errors:
        try:
            portal.lab.members.put(
                visitor.actor,
                slug,
                form.line("username"),
                MemberRole(role),
                form.day_if_any("until"),
            )
            return _to(portal, slug, "#members")
        except Invalid as invalid:
            errors = sentences(invalid, visitor.speech)
    told = form.shown(*_MEMBER)
    return _page(request, portal, visitor, slug, form=told, errors=errors)


@router.post("/members/{username}/removal")
def remove_member(portal: ThePortal, visitor: Visiting, slug: str, username: str) -> Response:
    """End somebody's membership, and what they have running."""
    portal.lab.members.remove(visitor.actor, slug, username)
    if visitor.person.username == username:
        return RedirectResponse(f"{portal.prefix}/", HTTPStatus.SEE_OTHER)
    return _to(portal, slug, "#members")


@router.post("/end")
def end_project(
    request: Request, portal: ThePortal, visitor: Visiting, slug: str, form: TheForm
) -> Response:
    """Set the last day of the project."""
    last = form.day("ends")
    errors = {}
    if last is None:
        errors["ends"] = visitor.speech.gettext(N_("Choose the last day"))
    else:
        try:
            portal.lab.members.end(visitor.actor, slug, last)
            return _to(portal, slug)
        except Invalid as invalid:
            errors = sentences(invalid, visitor.speech)
    return _page(request, portal, visitor, slug, form=form.shown("ends"), errors=errors)


def _page(
    request: Request,
    portal: Portal,
    visitor: Visitor,
    slug: str,
    *,
    form: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
) -> Response:
    page = portal.lab.members.page(visitor.actor, slug)
    blank = {"username": "", "role": "analyst", "until": "", "ends": page.project.ends.isoformat()}
    wanted = page.proposal.plan.datasets if page.proposal else ()
    with portal.lab.register.read() as t:
        found = t.datasets.some({*page.datasets, *wanted})
    readable = {
        name: each.title
        for name, each in found.items()
        if name in page.datasets or each.classification is Classification.PUBLIC
    }
    mine = {each.person.username: each.membership.role for each in page.members}
    return render(
        request,
        "project.html",
        visitor,
        status=HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK,
        section="projects" if visitor.person.username in mine else "organisation",
        page=page,
        titles=readable,
        wanted={name: each.title for name, each in found.items() if name not in readable},
        my_role=mine.get(visitor.person.username),
        form={**blank, **(form or {})},
        errors=errors or {},
        member_roles=list(MemberRole),
    )


def _to(portal: Portal, slug: str, part: str = "") -> Response:
    return RedirectResponse(f"{portal.prefix}/projects/{slug}{part}", HTTPStatus.SEE_OTHER)
