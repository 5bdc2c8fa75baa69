"""Access requests: asked for on the dataset's page, talked about and decided at a desk."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from http import HTTPStatus
from types import MappingProxyType
from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from polderlab_catalog.application.catalogue import DatasetCard
from polderlab_catalog.application.errors import Invalid, Refused
from polderlab_catalog.application.request_cards import RequestCard
from polderlab_catalog.domain.projects import LegalBasis, Project
from polderlab_catalog.domain.requests import AccessRequest, ApprovalRole
from polderlab_catalog.domain.scopes import WHOLE
from polderlab_catalog.policy.decisions import Code
from polderlab_catalog.policy.scopes import columns_of
from polderlab_catalog.web.pages.dataset import dataset_page
from polderlab_catalog.web.pages.refusals import Link, refusal_page
from polderlab_catalog.web.portal import Portal
from polderlab_catalog.web.problems import explain
from polderlab_catalog.web.rendering import render
from polderlab_catalog.web.scopes import FITS, ScopeForm, TheScope
from polderlab_catalog.web.visitors import ThePortal, Visiting, Visitor

router = APIRouter()

DECIDED_SHOWN = 20
FIELDS: Mapping[Code, str] = MappingProxyType(
    {
        Code.GRANT_NEEDS_FUTURE_END: "until",
        Code.GRANT_OUTLIVES_PROJECT: "until",
        Code.MORE_THAN_ASKED: "until",
        Code.PROJECT_ENDED: "project",
        Code.PROJECT_NOT_STARTED: "project",
        Code.NOT_A_MEMBER: "project",
        Code.VIEWER_ASKS_NOTHING: "project",
        Code.REQUEST_OPEN_ALREADY: "project",
        Code.UNFIT_CONDITION: "rows",
        **dict.fromkeys(FITS, "columns"),
    }
)
"""Which field of a form mends which refusal."""

Line = Annotated[str, Form(max_length=100)]
Story = Annotated[str, Form(max_length=20_000)]


def requests_part(portal: Portal, visitor: Visitor, card: DatasetCard) -> dict[str, object]:
    """Return what ``dataset_ask.html`` shows: my projects' requests, and the form to ask."""
    lab, name = portal.lab, card.dataset.name
    cards = [each for each in lab.requests.of_dataset(visitor.actor, name) if each.mine]
    served = {each.project.slug for each in card.access if each.lasting}
    projects = [
        each for each in lab.requests.askable(visitor.actor, name) if each.slug not in served
    ]
    return {
        "ask_projects": projects,
        "ask_columns": columns_of(card.version),
        "ask_form": _first_form(visitor, projects),
        "ask_errors": {},
        "my_requests": [each for each in cards if each.request.open] or cards[:3],
        "legal_bases": list(LegalBasis),
    }


def _first_form(visitor: Visitor, projects: list[Project]) -> dict[str, object]:
    first = projects[0] if projects else None
    return {
        "project": first.slug if first else "",
        "purpose": visitor.speech.text(first.purpose) if first else "",
        "legal_basis": "",
        "until": first.ends.isoformat() if first else "",
        "scope": ScopeForm(),
    }


@router.post("/datasets/{name}/requests")
def ask(
    request: Request,
    portal: ThePortal,
    visitor: Visiting,
    name: str,
    scope: TheScope,
    *,
    project: Line = "",
    purpose: Story = "",
    legal_basis: Line = "",
    until: Line = "",
) -> Response:
    """Ask for access for one of my projects."""
    card = portal.lab.catalogue.card(visitor.person, name)
    mine = {each.slug: each for each in portal.lab.requests.askable(visitor.actor, name)}
    form = {
        "project": project,
        "purpose": _own_purpose(visitor, purpose, project, mine),
        "legal_basis": legal_basis,
        "until": until,
        "scope": scope,
    }
    chosen, errors = scope.read(columns_of(card.version), visitor.speech)
    errors |= _mistakes(visitor, form, purpose)
    if not errors:
        try:
            made = portal.lab.requests.ask(
                visitor.actor,
                name,
                project,
                purpose,
                legal_basis=LegalBasis(legal_basis) if legal_basis else None,
                until=date.fromisoformat(until),
                columns=chosen.columns,
            )
            return _to(portal, made)
        except Refused as refusal:
            if refusal.decision.code not in FIELDS:
                return _refused(request, portal, visitor, refusal, f"/datasets/{name}")
            errors[FIELDS[refusal.decision.code]] = explain(refusal.decision, visitor.speech)
        except Invalid as invalid:
            errors |= _sentences(visitor, invalid)
    told = {f"ask-{field}": sentence for field, sentence in errors.items()}
    return dataset_page(
        request,
        portal,
        visitor,
        name,
        status=HTTPStatus.UNPROCESSABLE_ENTITY,
        facts={"ask_form": form, "ask_errors": told, "errors": told},
    )


def _own_purpose(visitor: Visitor, purpose: str, project: str, mine: Mapping[str, Project]) -> str:
    """Return ``purpose``, or the chosen project's where another's was left standing."""
    chosen = mine.get(project)
    if chosen is None:
        return purpose
    said = " ".join(purpose.split())
    others = {visitor.speech.text(each.purpose) for each in mine.values() if each is not chosen}
    return visitor.speech.text(chosen.purpose) if said in others else purpose


def _mistakes(visitor: Visitor, form: Mapping[str, object], purpose: str) -> dict[str, str]:
    _ = visitor.speech.gettext
    errors: dict[str, str] = {}
    if not form["project"]:
        errors["project"] = _("Choose one of your projects")
    if not purpose.strip():
        errors["purpose"] = _("Write what the project uses the data for")
    elif form["purpose"] != purpose:
        errors["purpose"] = _("This was the purpose of another project. Check the one below")
    if form["legal_basis"] and form["legal_basis"] not in set(LegalBasis):
        errors["legal_basis"] = _("Choose a legal basis from the list")
    if _day(str(form["until"])) is None:
        errors["until"] = _("Choose the last day of the access")
    return errors


@router.get("/requests")
def list_requests(request: Request, portal: ThePortal, visitor: Visiting) -> Response:
    """Show what waits for me, what is open, and what was decided."""
    return _desk(request, portal, visitor, None)


@router.get("/requests/{request_id}")
def show_request(
    request: Request, portal: ThePortal, visitor: Visiting, request_id: str
) -> Response:
    """Show one request, to those it concerns."""
    return _desk(request, portal, visitor, request_id)


@router.post("/requests/{request_id}/messages")
def say(
    request: Request, portal: ThePortal, visitor: Visiting, request_id: str, text: Story = ""
) -> Response:
    """Ask the project something, or answer the owner."""
    asks = portal.lab.requests
    card = asks.show(visitor.actor, request_id)
    deed = asks.answer if card.mine and not card.may_decide else asks.question
    return _done(
        request, portal, visitor, request_id, form={"text": text},
        deed=lambda: deed(visitor.actor, request_id, text),
    )  # fmt: skip


@router.post("/requests/{request_id}/approvals")
def approve(
    request: Request,
    portal: ThePortal,
    visitor: Visiting,
    request_id: str,
    scope: TheScope,
    *,
    role: Line = "",
    until: Line = "",
    conditions: Story = "",
    note: Story = "",
) -> Response:
    """Approve in a role, with what was ticked and filled in."""
    card = portal.lab.requests.show(visitor.actor, request_id)
    chosen, errors = scope.read(card.columns, visitor.speech)
    form = {"until": until, "conditions": conditions, "note": note, "role": role, "scope": scope}
    last = _day(until)
    if last is None:
        errors["until"] = visitor.speech.gettext("Choose the last day of the access")
    if role not in set(ApprovalRole):
        errors["role"] = visitor.speech.gettext("Choose in which role you decide")
    return _done(
        request,
        portal,
        visitor,
        request_id,
        form=form,
        deed=lambda: portal.lab.requests.approve(
            visitor.actor,
            request_id,
            ApprovalRole(role),
            until=last,
            scope=chosen,
            conditions=conditions,
            note=note,
        ),
        errors=errors,
    )


@router.post("/requests/{request_id}/refusal")
def refuse(
    request: Request, portal: ThePortal, visitor: Visiting, request_id: str, reason: Story = ""
) -> Response:
    """Refuse, with the reason."""
    return _done(
        request, portal, visitor, request_id, form={"reason": reason},
        deed=lambda: portal.lab.requests.refuse(visitor.actor, request_id, reason),
    )  # fmt: skip


@router.post("/requests/{request_id}/withdrawal")
def withdraw(request: Request, portal: ThePortal, visitor: Visiting, request_id: str) -> Response:
    """Take my project's request back."""
    return _done(
        request, portal, visitor, request_id, form={},
        deed=lambda: portal.lab.requests.withdraw(visitor.actor, request_id),
    )  # fmt: skip


def _done(
    request: Request,
    portal: Portal,
    visitor: Visitor,
    request_id: str,
    *,
    form: Mapping[str, object],
    deed: Callable[[], AccessRequest],
    errors: Mapping[str, str] | None = None,
) -> Response:
    """Do ``deed`` and come back to the request, or show the form again with what to mend."""
    errors = dict(errors or {})
    if not errors:
        try:
            return _to(portal, deed())
        except Refused as refusal:
            if refusal.decision.code not in FIELDS:
                return _refused(request, portal, visitor, refusal, f"/requests/{request_id}")
            errors[FIELDS[refusal.decision.code]] = explain(refusal.decision, visitor.speech)
        except Invalid as invalid:
            errors |= _sentences(visitor, invalid)
    return _desk(
        request, portal, visitor, request_id,
        status=HTTPStatus.UNPROCESSABLE_ENTITY, form=form, errors=errors,
    )  # fmt: skip


def _desk(
    request: Request,
    portal: Portal,
    visitor: Visitor,
    request_id: str | None,
    *,
    status: int = HTTPStatus.OK,
    form: Mapping[str, object] | None = None,
    errors: Mapping[str, str] | None = None,
) -> Response:
    asks, actor = portal.lab.requests, visitor.actor
    case = asks.show(actor, request_id) if request_id is not None else None
    everything = asks.of(actor)
    decided = [card for card in everything if not card.request.open]
    return render(
        request,
        "requests.html",
        visitor,
        status=status,
        section="requests",
        case=case,
        mine=[card for card in everything if card.waits_for_me],
        others=[card for card in everything if card.request.open and not card.waits_for_me],
        decided=decided[:DECIDED_SHOWN],
        thread=_thread(case) if case else [],
        now=portal.lab.clock(),
        me=actor.name,
        form=_decision_form(case) | dict(form or {}) if case else {},
        errors=errors or {},
    )


def _decision_form(card: RequestCard) -> dict[str, object]:
    """Return the form as it is first shown: everything that may be granted."""
    return {
        "role": card.approve_as[0].value if len(card.approve_as) == 1 else "",
        "until": card.last_day.isoformat(),
        "conditions": "",
        "note": "",
        "reason": "",
        "text": "",
        "scope": ScopeForm.of(WHOLE, card.columns),
    }


def _thread(card: RequestCard) -> list[dict[str, object]]:
    """Return what was said and decided, oldest first."""
    asked = card.request
    lines: list[tuple[datetime, dict[str, object]]] = [
        (each.at, {"kind": "message", "by": each.by, "text": each.text}) for each in asked.messages
    ]
    for number, approval in enumerate(asked.approvals, 1):
        told: dict[str, object] = {"kind": "approval", "role": approval.role.value}
        told |= {"by": approval.by, "text": approval.note, "number": number}
        lines.append((approval.at, told))
    if asked.decided is not None:
        told = {"kind": asked.state.value, "by": asked.decided_by, "text": asked.reason}
        lines.append((asked.decided, told))
    return [{**told, "at": at} for at, told in sorted(lines, key=lambda line: line[0])]


def _sentences(visitor: Visitor, invalid: Invalid) -> dict[str, str]:
    """Return by field what to do; which words are wrong is plain from the field itself."""
    sentence = visitor.speech.gettext("Write something here, and keep it short")
    return dict.fromkeys(invalid.fields, sentence)


def _to(portal: Portal, made: AccessRequest) -> Response:
    return RedirectResponse(f"{portal.prefix}/requests/{made.id}", HTTPStatus.SEE_OTHER)


def _refused(
    request: Request, portal: Portal, visitor: Visitor, refusal: Refused, back: str
) -> Response:
    _ = visitor.speech.gettext
    return refusal_page(
        request,
        visitor,
        refusal.decision,
        title=_("The request was not changed"),
        lead=_("Everything is as it was."),
        links=[Link(f"{portal.prefix}{back}", _("Back"))],
        section="requests",
    )


def _day(value: str) -> date | None:
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None
