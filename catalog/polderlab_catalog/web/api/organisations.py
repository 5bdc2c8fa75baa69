"""Organisations: invited, let in, looked after."""

from __future__ import annotations

from http import HTTPStatus
from uuid import UUID

from fastapi import APIRouter, Response

from polderlab_catalog.domain.allocations import Allocation
from polderlab_catalog.domain.organisations import Contact
from polderlab_catalog.web.api.partner_shapes import (
    InvitationShape,
    NewInvitation,
    NewMembership,
    NewOrganisation,
    NewReason,
    OrganisationShape,
    PersonShape,
)
from polderlab_catalog.web.pages.organisations import link_of
from polderlab_catalog.web.visitors import ThePortal, Visiting

router = APIRouter(prefix="/organisations", tags=["organisations"])


@router.get("")
def list_organisations(portal: ThePortal, visitor: Visiting) -> list[OrganisationShape]:
    """List every organisation. For lab administrators."""
    return [OrganisationShape.of(each) for each in portal.lab.organisations.all(visitor.actor)]


@router.post("", status_code=HTTPStatus.CREATED)
def invite_organisation(
    portal: ThePortal, visitor: Visiting, body: NewOrganisation
) -> InvitationShape:
    """Invite an organisation to fill in its details. The link is in this answer only."""
    made = portal.lab.organisations.invite(
        visitor.actor, body.slug, body.name.text(), body.contact.contact()
    )
    return InvitationShape.of(made.invitation, link_of(portal, made))


@router.get("/{slug}")
def show_organisation(portal: ThePortal, visitor: Visiting, slug: str) -> OrganisationShape:
    """Show one. For its administrators and lab administrators."""
    return OrganisationShape.of(portal.lab.organisations.page(visitor.actor, slug).organisation)


@router.post("/{slug}/approval", status_code=HTTPStatus.CREATED)
def approve_organisation(
    portal: ThePortal, visitor: Visiting, slug: str, body: NewMembership
) -> InvitationShape:
    """Let an organisation in. The answer holds the link for its administrator."""
    made = portal.lab.organisations.approve(
        visitor.actor,
        slug,
        Allocation(
            cpus=body.cpus,
            memory_bytes=body.memory_bytes,
            sessions=body.sessions,
            cpu_hours=body.cpu_hours,
        ),
        vetting=body.vetting,
        agreed_until=body.agreed_until,
        username=body.username,
    )
    return InvitationShape.of(made.invitation, link_of(portal, made))


@router.post("/{slug}/changes", status_code=HTTPStatus.CREATED)
def return_organisation(
    portal: ThePortal, visitor: Visiting, slug: str, body: NewReason
) -> InvitationShape:
    """Ask an organisation for changes. The answer holds its new link."""
    made = portal.lab.organisations.send_back(visitor.actor, slug, body.reason)
    return InvitationShape.of(made.invitation, link_of(portal, made))


@router.post("/{slug}/refusal", status_code=HTTPStatus.CREATED)
def refuse_organisation(
    portal: ThePortal, visitor: Visiting, slug: str, body: NewReason
) -> OrganisationShape:
    """Do not let an organisation in."""
    return OrganisationShape.of(portal.lab.organisations.refuse(visitor.actor, slug, body.reason))


@router.put("/{slug}/suspension")
def suspend_organisation(portal: ThePortal, visitor: Visiting, slug: str) -> OrganisationShape:
    """Stop all access of an organisation, and what it has running, at once."""
    portal.lab.organisations.suspend(visitor.actor, slug)
    return OrganisationShape.of(portal.lab.organisations.page(visitor.actor, slug).organisation)


@router.delete("/{slug}/suspension", status_code=HTTPStatus.NO_CONTENT)
def readmit_organisation(portal: ThePortal, visitor: Visiting, slug: str) -> Response:
    """Give a suspended organisation its access back."""
    portal.lab.organisations.suspend(visitor.actor, slug, False)
    return Response(status_code=HTTPStatus.NO_CONTENT)


@router.get("/{slug}/people")
def list_people(portal: ThePortal, visitor: Visiting, slug: str) -> list[PersonShape]:
    """List an organisation's people."""
    page = portal.lab.organisations.page(visitor.actor, slug)
    return [PersonShape.of(each) for each in page.people]


@router.get("/{slug}/invitations")
def list_invitations(portal: ThePortal, visitor: Visiting, slug: str) -> list[InvitationShape]:
    """List the invitations that still work, without their links."""
    page = portal.lab.organisations.page(visitor.actor, slug)
    return [InvitationShape.of(each) for each in page.invitations]


@router.post("/{slug}/invitations", status_code=HTTPStatus.CREATED)
def invite_person(
    portal: ThePortal, visitor: Visiting, slug: str, body: NewInvitation
) -> InvitationShape:
    """Invite somebody into the organisation. The link is in this answer only."""
    made = portal.lab.invitations.invite_person(
        visitor.actor,
        slug,
        Contact(body.name, body.email),
        roles=body.roles,
        places=body.named_places(),
        username=body.username.strip(),
    )
    return InvitationShape.of(made.invitation, link_of(portal, made))


@router.delete("/{slug}/invitations/{id}", status_code=HTTPStatus.NO_CONTENT)
def withdraw_invitation(portal: ThePortal, visitor: Visiting, slug: str, id: UUID) -> Response:
    """Let a link stop working."""
    portal.lab.organisations.page(visitor.actor, slug)
    portal.lab.invitations.withdraw(visitor.actor, str(id))
    return Response(status_code=HTTPStatus.NO_CONTENT)
