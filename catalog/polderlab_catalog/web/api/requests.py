"""Access requests: ask, talk, decide."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query

from polderlab_catalog.application.request_cards import RequestCard
from polderlab_catalog.domain.scopes import WHOLE
from polderlab_catalog.web.api.shapes import (
    ApprovalShape,
    MessageShape,
    NewApproval,
    NewMessage,
    NewRefusal,
    NewRequest,
    RequestShape,
    ScopeShape,
    Words,
)
from polderlab_catalog.web.portal import Portal
from polderlab_catalog.web.visitors import ThePortal, Visiting, Visitor

router = APIRouter(prefix="/access-requests", tags=["access requests"])


def _shape(card: RequestCard, portal: Portal) -> RequestShape:
    made = card.request
    return RequestShape(
        id=made.id,
        dataset=made.dataset,
        project=made.project,
        title=Words.of(card.dataset.title),
        asked_by=made.asked_by,
        asked=made.asked,
        purpose=made.purpose,
        legal_basis=made.legal_basis,
        until=made.until,
        columns=list(made.columns),
        state=made.state,
        waits_for=list(card.waits_for),
        approvals=[
            ApprovalShape(role=each.role, by=each.by, at=each.at, note=each.note)
            for each in made.approvals
        ],
        messages=[MessageShape(by=each.by, at=each.at, text=each.text) for each in made.messages],
        scope=ScopeShape.of(made.scope),
        granted_until=made.granted_until,
        conditions=made.conditions,
        decided=made.decided,
        decided_by=made.decided_by,
        reason=made.reason,
        page=f"{portal.lab.settings.portal_url}/requests/{made.id}",
    )


def _shown(portal: Portal, visitor: Visitor, request_id: str) -> RequestShape:
    return _shape(portal.lab.requests.show(visitor.actor, request_id), portal)


@router.get("")
def list_access_requests(
    portal: ThePortal,
    visitor: Visiting,
    dataset: Annotated[str, Query(max_length=64)] = "",
    project: Annotated[str, Query(max_length=64)] = "",
    open_only: Annotated[bool, Query(alias="openOnly")] = False,
) -> list[RequestShape]:
    """List the requests that concern me: to decide on, or of my projects. Newest first."""
    return [
        _shape(card, portal)
        for card in portal.lab.requests.of(visitor.actor)
        if dataset in ("", card.request.dataset)
        and project in ("", card.request.project)
        and (card.request.open or not open_only)
    ]


@router.post("", status_code=HTTPStatus.CREATED)
def ask(portal: ThePortal, visitor: Visiting, body: NewRequest) -> RequestShape:
    """Ask that one of my projects may read a dataset."""
    made = portal.lab.requests.ask(
        visitor.actor,
        body.dataset,
        body.project,
        body.purpose,
        legal_basis=body.legal_basis,
        until=body.until,
        columns=body.columns,
    )
    return _shown(portal, visitor, made.id)


@router.get("/{request}")
def show_access_request(portal: ThePortal, visitor: Visiting, request: str) -> RequestShape:
    """Show one request. Those that do not concern me look as if they did not exist."""
    return _shown(portal, visitor, request)


@router.post("/{request}/messages", status_code=HTTPStatus.CREATED)
def say(portal: ThePortal, visitor: Visiting, request: str, body: NewMessage) -> RequestShape:
    """Question the project, or answer the owner: whichever side I am on."""
    asks = portal.lab.requests
    card = asks.show(visitor.actor, request)
    deed = asks.answer if card.mine and not card.may_decide else asks.question
    deed(visitor.actor, request, body.text)
    return _shown(portal, visitor, request)


@router.post("/{request}/approvals", status_code=HTTPStatus.CREATED)
def approve(portal: ThePortal, visitor: Visiting, request: str, body: NewApproval) -> RequestShape:
    """Approve in a role. The last approval that is needed gives access at once.

    What is left out is as asked; an approval never gives more than was asked or approved before.
    """
    portal.lab.requests.approve(
        visitor.actor,
        request,
        body.role,
        until=body.until,
        scope=body.scope.scope() if body.scope else WHOLE,
        conditions=body.conditions,
        note=body.note,
    )
    return _shown(portal, visitor, request)


@router.post("/{request}/refusal", status_code=HTTPStatus.CREATED)
def refuse(portal: ThePortal, visitor: Visiting, request: str, body: NewRefusal) -> RequestShape:
    """Refuse, with the reason."""
    portal.lab.requests.refuse(visitor.actor, request, body.reason)
    return _shown(portal, visitor, request)


@router.post("/{request}/withdrawal", status_code=HTTPStatus.CREATED)
def withdraw(portal: ThePortal, visitor: Visiting, request: str) -> RequestShape:
    """Take my project's request back."""
    portal.lab.requests.withdraw(visitor.actor, request)
    return _shown(portal, visitor, request)
