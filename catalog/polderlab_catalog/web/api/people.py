"""People: their roles, their vetting, their accounts."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import APIRouter, Response

from polderlab_catalog.web.api.partner_shapes import NewRoles, PersonShape
from polderlab_catalog.web.visitors import ThePortal, Visiting

router = APIRouter(prefix="/persons/{username}", tags=["people"])


@router.get("")
def show_person(portal: ThePortal, visitor: Visiting, username: str) -> PersonShape:
    """Show somebody to those who look after them."""
    return PersonShape.of(portal.lab.people.page(visitor.actor, username).person)


@router.put("/roles")
def give_roles(portal: ThePortal, visitor: Visiting, username: str, body: NewRoles) -> PersonShape:
    """Give somebody exactly these roles in their organisation. Holds at once."""
    return PersonShape.of(portal.lab.people.give_roles(visitor.actor, username, body.roles))


@router.put("/vetting")
def vet_person(portal: ThePortal, visitor: Visiting, username: str) -> PersonShape:
    """Say that the lead agency has checked who somebody is."""
    return PersonShape.of(portal.lab.people.vet(visitor.actor, username))


@router.delete("/account", status_code=HTTPStatus.NO_CONTENT)
def close_account(portal: ThePortal, visitor: Visiting, username: str) -> Response:
    """Close an account and stop what it has running; nothing is deleted."""
    portal.lab.people.close_account(visitor.actor, username)
    return Response(status_code=HTTPStatus.NO_CONTENT)


@router.put("/account")
def reopen_account(portal: ThePortal, visitor: Visiting, username: str) -> PersonShape:
    """Open a closed account again."""
    portal.lab.people.reopen_account(visitor.actor, username)
    return PersonShape.of(portal.lab.people.page(visitor.actor, username).person)
