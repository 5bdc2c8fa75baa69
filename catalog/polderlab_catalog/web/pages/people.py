"""Somebody as their administrators see them: roles, projects, vetting, the account itself."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from polderlab_catalog.domain.people import LabRole
from polderlab_catalog.web.forms import TheForm
from polderlab_catalog.web.portal import Portal
from polderlab_catalog.web.rendering import render
from polderlab_catalog.web.visitors import ThePortal, Visiting

router = APIRouter(prefix="/people/{username}")


@router.get("")
def show_person(request: Request, portal: ThePortal, visitor: Visiting, username: str) -> Response:
    """Show somebody to those who look after them."""
    page = portal.lab.people.page(visitor.actor, username)
    with portal.lab.register.read() as t:
        projects = t.projects.some([each.project for each in page.memberships])
    return render(
        request,
        "person.html",
        visitor,
        section="organisation",
        page=page,
        titles={slug: project.title for slug, project in projects.items()},
        local_accounts=portal.lab.settings.local_accounts,
    )


@router.post("/roles")
def give_roles(portal: ThePortal, visitor: Visiting, username: str, form: TheForm) -> Response:
    """Give and take the roles that are the visitor's to give; the others stay."""
    page = portal.lab.people.page(visitor.actor, username)
    ticked = {LabRole(each) for each in form.several("roles") if each in set(LabRole)}
    kept = page.person.roles - set(page.givable)
    portal.lab.people.give_roles(visitor.actor, username, ticked | kept)
    return _to(portal, username)


@router.post("/vetting")
def vet(portal: ThePortal, visitor: Visiting, username: str) -> Response:
    """Say that somebody has been looked at."""
    portal.lab.people.vet(visitor.actor, username)
    return _to(portal, username)


@router.post("/closing")
def close(portal: ThePortal, visitor: Visiting, username: str) -> Response:
    """Close the account."""
    portal.lab.people.close_account(visitor.actor, username)
    return _to(portal, username)


@router.post("/opening")
def reopen(portal: ThePortal, visitor: Visiting, username: str) -> Response:
    """Open the account again."""
    portal.lab.people.reopen_account(visitor.actor, username)
    return _to(portal, username)


def _to(portal: Portal, username: str) -> Response:
    return RedirectResponse(f"{portal.prefix}/people/{username}", HTTPStatus.SEE_OTHER)
