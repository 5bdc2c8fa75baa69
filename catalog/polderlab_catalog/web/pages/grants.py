"""What a steward decides on the dataset's page: give access, take it away."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from http import HTTPStatus
from types import MappingProxyType
from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from polderlab_catalog.application.catalogue import DatasetCard
from polderlab_catalog.application.errors import Invalid, NotFound, Refused
from polderlab_catalog.application.grants import MAX_CONDITIONS, MAX_REASON
from polderlab_catalog.application.request_cards import RequestCard
from polderlab_catalog.domain.grants import Grant
from polderlab_catalog.domain.scopes import WHOLE
from polderlab_catalog.policy.decisions import N_, Code, Decision
from polderlab_catalog.policy.requests import may_see_uses
from polderlab_catalog.policy.scopes import columns_of
from polderlab_catalog.web.pages.dataset import dataset_page
from polderlab_catalog.web.pages.refusals import dataset_refused
from polderlab_catalog.web.portal import Portal
from polderlab_catalog.web.problems import explain
from polderlab_catalog.web.rendering import render
from polderlab_catalog.web.scopes import ScopeForm, TheScope
from polderlab_catalog.web.visitors import ThePortal, Visiting, Visitor

router = APIRouter(prefix="/datasets/{name}/grants")

_OPERATOR, _LAB = N_("An operator of the lab"), N_("The lab")

_FIELDS: Mapping[Code, str] = MappingProxyType(
    {
        Code.GRANT_NEEDS_FUTURE_END: "until",
        Code.GRANT_OUTLIVES_PROJECT: "until",
        Code.PROJECT_ENDED: "project",
        Code.OWN_PROJECT: "project",
        Code.UNKNOWN_COLUMN: "columns",
        Code.UNFIT_CONDITION: "rows",
    }
)
"""Which field of the form mends which refusal."""


@router.post("")
def give(
    request: Request,
    portal: ThePortal,
    visitor: Visiting,
    name: str,
    scope: TheScope,
    *,
    project: Annotated[str, Form(max_length=64)] = "",
    until: Annotated[str, Form(max_length=20)] = "",
    reason: Annotated[str, Form(max_length=4000)] = "",
    conditions: Annotated[str, Form(max_length=10_000)] = "",
) -> Response:
    """Give a project access until a date, to all of the dataset or to a part."""
    form = {"project": project, "until": until, "reason": reason, "conditions": conditions}
    card = portal.lab.catalogue.card(visitor.person, name)
    chosen, errors = scope.read(columns_of(card.version), visitor.speech)
    errors |= _mistakes(portal, visitor, form)
    if not errors:
        try:
            portal.lab.grants.grant(
                visitor.actor,
                name,
                project,
                date.fromisoformat(until),
                reason,
                scope=chosen,
                conditions=conditions,
            )
        except Refused as refusal:
            if refusal.decision.code not in _FIELDS:
                return _refused(request, portal, visitor, name, refusal.decision)
            errors[_FIELDS[refusal.decision.code]] = explain(refusal.decision, visitor.speech)
        except Invalid as invalid:
            errors.update(invalid.fields)
    if errors:
        told = {f"grant-{field}": sentence for field, sentence in errors.items()}
        return dataset_page(
            request,
            portal,
            visitor,
            name,
            status=HTTPStatus.UNPROCESSABLE_ENTITY,
            facts={"grant_form": {**form, "scope": scope}, "grant_errors": told, "errors": told},
        )
    return RedirectResponse(f"{portal.prefix}/datasets/{name}#access", HTTPStatus.SEE_OTHER)


@router.get("/{project}/revocation")
def ask_revocation(
    request: Request, portal: ThePortal, visitor: Visiting, name: str, project: str
) -> Response:
    """Ask whether access is really to be taken away, on a page of its own."""
    card = portal.lab.catalogue.card(visitor.person, name)
    if not card.may_grant:
        details = {
            "organisation": visitor.speech.text(card.organisation.name),
            "dataset": name,
        }
        decision = Decision(Code.NOT_STEWARD, details)
        return _refused(request, portal, visitor, name, decision)
    held = [grant for grant in card.grants if grant.project == project]
    if not held:
        raise NotFound("grant", project)
    titles = {each.slug: each.title for each in portal.lab.projects.all_for_grants()}
    return render(
        request,
        "revocation.html",
        visitor,
        section="datasets",
        card=card,
        project=project,
        project_title=titles.get(project),
    )


@router.post("/{project}/revocation")
def revoke(
    request: Request, portal: ThePortal, visitor: Visiting, name: str, project: str
) -> Response:
    """Take access away; the next read is refused."""
    try:
        portal.lab.grants.revoke(visitor.actor, name, project)
    except Refused as refusal:
        return _refused(request, portal, visitor, name, refusal.decision)
    return RedirectResponse(f"{portal.prefix}/datasets/{name}#access", HTTPStatus.SEE_OTHER)


def _named(portal: Portal, visitor: Visitor, actor: str) -> str:
    """Return how people call who acted: a person by name, the lab and its operators by role."""
    kind, _colon, name = actor.partition(":")
    if kind == "person":
        person = portal.lab.people.get(name)
        return person.display_name if person else name
    return visitor.speech.gettext(_OPERATOR if name else _LAB)


def _deciders(portal: Portal, visitor: Visitor, grant: Grant, card: RequestCard | None) -> str:
    """Return who decided: both who approved a request, or who gave the grant directly."""
    if card is None:
        return _named(portal, visitor, grant.granted_by)
    names = [each.by for each in card.request.approvals]
    return ", ".join(
        card.people[name].display_name if name in card.people else name for name in names
    )


def _mistakes(portal: Portal, visitor: Visitor, form: dict[str, str]) -> dict[str, str]:
    _ = visitor.speech.gettext
    errors: dict[str, str] = {}
    if form["project"] not in {each.slug for each in portal.lab.projects.all_for_grants()}:
        errors["project"] = _("Choose a project from the list")
    try:
        date.fromisoformat(form["until"])
    except ValueError:
        errors["until"] = _("Choose the last day of the access")
    if len(form["reason"]) > MAX_REASON:
        errors["reason"] = _("Keep the reason to {count} characters").format(count=MAX_REASON)
    if len(form["conditions"]) > MAX_CONDITIONS:
        errors["conditions"] = _("Keep the conditions to {count} characters").format(
            count=MAX_CONDITIONS
        )
    return errors


def _refused(
    request: Request, portal: Portal, visitor: Visitor, name: str, decision: Decision
) -> Response:
    _ = visitor.speech.gettext
    return dataset_refused(
        request,
        portal,
        visitor,
        name,
        decision,
        title=_("Access was not changed"),
        lead=_("Who may read this dataset is as it was."),
    )


def access_part(portal: Portal, visitor: Visitor, card: DatasetCard) -> dict[str, object]:
    """Return what ``dataset_access.html`` shows: the grants, and the form to give one."""
    now, speech = portal.lab.clock(), visitor.speech
    projects = portal.lab.projects.all_for_grants() if card.may_grant else []
    asked = portal.lab.requests.of_dataset(visitor.actor, card.dataset.name) if card.grants else []
    answered = {each.request.id: each for each in asked}
    columns = columns_of(card.version)
    rows = [(grant, _row(portal, visitor, grant, answered)) for grant in card.grants]
    return {
        "live": [each for grant, each in rows if grant.live(now)],
        "past": [each for grant, each in rows if not grant.live(now)],
        "projects": projects,
        "titles": {each.slug: speech.text(each.title) for each in projects},
        "earliest": (speech.local_day(now) + timedelta(days=1)).isoformat(),
        "grant_columns": columns,
        "grant_form": {
            "project": "",
            "until": "",
            "reason": "",
            "conditions": "",
            "scope": ScopeForm.of(WHOLE, columns),
        },
        "grant_errors": {},
        "sees_uses": bool(
            may_see_uses(visitor.actor, card.dataset, card.organisation, portal.lab.today())
        ),
    }


def _row(
    portal: Portal, visitor: Visitor, grant: Grant, answered: Mapping[str, RequestCard]
) -> dict[str, object]:
    """Return a grant as its table shows it: days, and who in a word."""
    now, day = portal.lab.clock(), visitor.speech.local_day
    last = visitor.speech.last_day(grant.ends)
    left = (last - day(now)).days
    return {
        "grant": grant,
        "since": day(grant.starts),
        "last": last,
        "days_left": left,
        "by": _deciders(portal, visitor, grant, answered.get(grant.request or "")),
        "ended": day(grant.revoked) if grant.revoked else last,
        "revoked_by": _named(portal, visitor, grant.revoked_by or ""),
    }
