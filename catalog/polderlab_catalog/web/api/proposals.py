"""Project proposals: made, endorsed, approved."""

from __future__ import annotations

from http import HTTPStatus
from uuid import UUID

from fastapi import APIRouter

from polderlab_catalog.domain.proposals import Proposal
from polderlab_catalog.web.api.partner_shapes import (
    NewReason,
    NewRemark,
    PlanShape,
    ProposalShape,
)
from polderlab_catalog.web.portal import Portal
from polderlab_catalog.web.visitors import ThePortal, Visiting

router = APIRouter(prefix="/proposals", tags=["proposals"])


def _shape(proposal: Proposal, portal: Portal) -> ProposalShape:
    return ProposalShape.of(proposal, portal.lab.settings.portal_url)


@router.get("")
def list_proposals(portal: ThePortal, visitor: Visiting) -> list[ProposalShape]:
    """List the proposals that concern me, newest first."""
    return [_shape(each.proposal, portal) for each in portal.lab.proposals.of(visitor.actor)]


@router.post("", status_code=HTTPStatus.CREATED)
def propose(portal: ThePortal, visitor: Visiting, body: PlanShape) -> ProposalShape:
    """Propose a project of my organisation."""
    return _shape(portal.lab.proposals.propose(visitor.actor, body.plan()), portal)


@router.get("/{id}")
def show_proposal(portal: ThePortal, visitor: Visiting, id: UUID) -> ProposalShape:
    """Show one. Those that do not concern me look as if they did not exist."""
    return _shape(portal.lab.proposals.show(visitor.actor, str(id)).proposal, portal)


@router.put("/{id}")
def change_proposal(
    portal: ThePortal, visitor: Visiting, id: UUID, body: PlanShape
) -> ProposalShape:
    """Change a proposal that came back to me, and send it in again."""
    return _shape(portal.lab.proposals.change(visitor.actor, str(id), body.plan()), portal)


@router.post("/{id}/endorsement", status_code=HTTPStatus.CREATED)
def endorse_proposal(
    portal: ThePortal, visitor: Visiting, id: UUID, body: NewRemark
) -> ProposalShape:
    """Say yes for the organisation. For its administrators."""
    return _shape(portal.lab.proposals.endorse(visitor.actor, str(id), body.reason), portal)


@router.post("/{id}/approval", status_code=HTTPStatus.CREATED)
def approve_proposal(
    portal: ThePortal, visitor: Visiting, id: UUID, body: NewRemark
) -> ProposalShape:
    """Say yes for the lab: the project exists. For lab administrators."""
    return _shape(portal.lab.proposals.approve(visitor.actor, str(id), body.reason), portal)


@router.post("/{id}/changes", status_code=HTTPStatus.CREATED)
def return_proposal(
    portal: ThePortal, visitor: Visiting, id: UUID, body: NewReason
) -> ProposalShape:
    """Ask the proposer for changes: whoever's turn it is."""
    return _shape(portal.lab.proposals.send_back(visitor.actor, str(id), body.reason), portal)


@router.post("/{id}/refusal", status_code=HTTPStatus.CREATED)
def refuse_proposal(
    portal: ThePortal, visitor: Visiting, id: UUID, body: NewReason
) -> ProposalShape:
    """Refuse, with the reason: whoever's turn it is."""
    return _shape(portal.lab.proposals.refuse(visitor.actor, str(id), body.reason), portal)


@router.post("/{id}/withdrawal", status_code=HTTPStatus.CREATED)
def withdraw_proposal(portal: ThePortal, visitor: Visiting, id: UUID) -> ProposalShape:
    """Take my proposal back."""
    return _shape(portal.lab.proposals.withdraw(visitor.actor, str(id)), portal)
