"""Live sources: say where data is consulted, try it, and see how it does."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from starlette.responses import RedirectResponse, Response

from polderlab_catalog.application.catalogue import DatasetCard
from polderlab_catalog.application.errors import Invalid, LabError, Refused, Unavailable
from polderlab_catalog.domain.datasets import DistributionRole
from polderlab_catalog.domain.scopes import WHOLE, Scope
from polderlab_catalog.domain.sources import Login, Probe, Source, SourceKind
from polderlab_catalog.policy.decisions import Code
from polderlab_catalog.policy.sources import (
    CONDITIONS,
    KIND,
    TOO_LONG,
    TOO_MANY,
    TOO_RARE,
    parameters_of,
    scope_of,
)
from polderlab_catalog.web.pages.refusals import dataset_refused
from polderlab_catalog.web.portal import Portal
from polderlab_catalog.web.problems import explain
from polderlab_catalog.web.rendering import render
from polderlab_catalog.web.sealing import Seal
from polderlab_catalog.web.visitors import ThePortal, Visiting, Visitor, form_of

router = APIRouter()

_EMPTY = {
    "kind": "sql",
    "location": "",
    "username": "",
    "table": "",
    "query": "",
    "parameters": "",
    "columns": "",
    "conditions": "",
    "timeout_seconds": "60",
    "row_limit": "10000000",
    "snapshot_hours": "",
}
_TRIED_SECONDS = 900
"""How long what was typed for a test still counts when it is saved."""
_MOST = 20_000


async def _filled_in(request: Request) -> dict[str, str]:
    """Return the fields of the form, each a text of bounded length."""
    form = await form_of(request)
    names = (*_EMPTY, "password", "tried", "act")
    return {
        name: value.replace("\r\n", "\n")[:_MOST]
        for name in names
        if isinstance(value := form.get(name, ""), str)
    }


FilledIn = Annotated[dict[str, str], Depends(_filled_in)]


@router.get("/datasets/{name}/source")
def ask_source(request: Request, portal: ThePortal, visitor: Visiting, name: str) -> Response:
    """Ask where the data is consulted."""
    decision = portal.lab.publishing.may_fetch(visitor.actor, name)
    if not decision:
        return dataset_refused(request, portal, visitor, name, decision)
    known = portal.lab.sources.show(visitor.actor, name)
    return _page(request, portal, visitor, name, _form(known) if known else dict(_EMPTY))


@router.post("/datasets/{name}/source")
def connect(
    request: Request, portal: ThePortal, visitor: Visiting, name: str, form: FilledIn
) -> Response:
    """Try the source, and with ``act=save`` consult it from now on."""
    lab = portal.lab
    decision = lab.publishing.may_fetch(visitor.actor, name)
    if not decision:
        return dataset_refused(request, portal, visitor, name, decision)
    source, errors = _source(name, form)
    errors = {field: visitor.speech.gettext(what) for field, what in errors.items()}
    login = _login(portal, visitor, name, form)
    probe: Probe | None = None
    if source is not None and not errors:
        try:
            if form.get("act") == "save":
                lab.sources.register(visitor.actor, source, login)
                path = f"{portal.prefix}/datasets/{name}#source"
                return RedirectResponse(path, HTTPStatus.SEE_OTHER)
            probe = lab.sources.test(visitor.actor, source, login)
        except LabError as error:
            errors = _mistakes(visitor, error)
    form["tried"] = _seal(portal).seal(_tried(visitor, name, login)) if login else ""
    return _page(request, portal, visitor, name, form, errors=errors, probe=probe)


@router.post("/datasets/{name}/source/removal")
def disconnect(request: Request, portal: ThePortal, visitor: Visiting, name: str) -> Response:
    """Consult the source no longer."""
    try:
        portal.lab.sources.remove(visitor.actor, name)
    except Refused as refusal:
        return dataset_refused(request, portal, visitor, name, refusal.decision)
    return RedirectResponse(f"{portal.prefix}/datasets/{name}", HTTPStatus.SEE_OTHER)


def source_part(portal: Portal, visitor: Visitor, card: DatasetCard) -> dict[str, object]:
    """Return what ``dataset_source.html`` shows, for who may change it alone, and how everyone
    reads the source."""
    source = portal.lab.sources.show(visitor.actor, card.dataset.name)
    return {
        "source": source,
        "source_problem": _problem(visitor, source),
        "consulted": _consulted(portal, card),
    }


def _consulted(portal: Portal, card: DatasetCard) -> dict[str, object] | None:
    """Return examples of what a reader may ask of the source: columns, parameters, the copy."""
    files = card.version.data if card.version else ()
    live = next((file for file in files if file.role is DistributionRole.LIVE), None)
    if live is None:
        return None
    plain = [column.name for column in live.columns if column.type != "geometry"]
    parameters = portal.lab.sources.parameters(card.dataset.name)
    given = [f'"{each.name}": {_EXAMPLES[each.type]}' for each in parameters or ()]
    return {
        "gone": parameters is None,
        "columns": json.dumps(plain[:2], ensure_ascii=False),
        "parameters": f"{{{', '.join(given)}}}" if given else "",
        "snapshot": next((file for file in files if file.role is DistributionRole.DATA), None),
    }


_EXAMPLES = {"text": '"…"', "integer": "1", "number": "1.5", "date": '"2026-01-31"'}
"""A value of each type of parameter, as it is written in Python."""


def _problem(visitor: Visitor, source: Source | None) -> str:
    if source is None or not source.problem:
        return ""
    _ = visitor.speech.gettext
    if source.problem == Code.SOURCE_CHANGED:
        return _("These columns are gone or of another type: {columns}.").format(
            columns=source.problem_columns
        )
    if source.problem == Code.SOURCE_DENIED:
        return _("The source does not let the lab in, or not at this data.")
    return _("The source could not answer what was asked.")


def _page(
    request: Request,
    portal: Portal,
    visitor: Visitor,
    name: str,
    form: dict[str, str],
    *,
    errors: dict[str, str] | None = None,
    probe: Probe | None = None,
) -> Response:
    return render(
        request,
        "source.html",
        visitor,
        status=HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK,
        section="publishing",
        card=portal.lab.catalogue.card(visitor.person, name),
        form=_EMPTY | {"tried": ""} | form,
        errors=errors or {},
        probe=probe,
        has_login=portal.lab.sources.has_login(name),
        known=portal.lab.sources.show(visitor.actor, name),
    )


def _form(source: Source) -> dict[str, str]:
    return {
        "kind": source.kind.value,
        "location": source.location,
        "username": "",
        "table": source.table,
        "query": source.query,
        "parameters": "\n".join(
            " ".join(filter(None, (each.name, each.type, each.default)))
            for each in source.parameters
        ),
        "columns": ", ".join(source.scope.columns),
        "conditions": conditions(source.scope),
        "timeout_seconds": str(source.timeout_seconds),
        "row_limit": str(source.row_limit),
        "snapshot_hours": str(source.snapshot_hours or ""),
    }


def conditions(scope: Scope) -> str:
    """Return the conditions of ``scope`` as they are typed: a line each."""
    lines = []
    for row in scope.rows:
        values = "; ".join(
            str(value).lower() if isinstance(value, bool) else str(value) for value in row.values
        )
        lines.append(f"{row.column} {row.operator.value} {values}".strip())
    return "\n".join(lines)


def _source(name: str, form: dict[str, str]) -> tuple[Source | None, dict[str, str]]:
    errors: dict[str, str] = {}
    numbers = {}
    for field, sentence in (
        ("timeout_seconds", TOO_LONG),
        ("row_limit", TOO_MANY),
        ("snapshot_hours", TOO_RARE),
    ):
        text = form.get(field, "").strip()
        if text.isascii() and text.isdigit() and len(text) < 12:
            numbers[field] = int(text)
        elif text or field != "snapshot_hours":
            errors[field] = sentence
    scope = scope_of(form.get("columns", ""), form.get("conditions", ""))
    if scope is None:
        errors["conditions"] = CONDITIONS
    kind = form.get("kind", "")
    if errors or kind not in {each.value for each in SourceKind}:
        return None, errors or {"kind": KIND}
    source = Source(
        dataset=name,
        kind=SourceKind(kind),
        location=form.get("location", "").strip(),
        table=form.get("table", "").strip(),
        query=form.get("query", "").strip(),
        parameters=parameters_of(form.get("parameters", "")),
        scope=scope or WHOLE,
        timeout_seconds=numbers["timeout_seconds"],
        row_limit=numbers["row_limit"],
        snapshot_hours=numbers.get("snapshot_hours"),
    )
    return source, {}


def _seal(portal: Portal) -> Seal:
    secret = portal.lab.settings.cookie_secret.get_secret_value()
    return Seal(secret, "login of a source that was tried")


def _tried(visitor: Visitor, name: str, login: Login) -> dict[str, str]:
    return {
        "who": visitor.person.username,
        "dataset": name,
        "username": login.username,
        "password": login.password,
    }


def _login(portal: Portal, visitor: Visitor, name: str, form: dict[str, str]) -> Login | None:
    """Return the credentials to use; None for those the lab keeps already.

    What was typed for a test comes back sealed, for this person and dataset alone, so that it
    need not be typed twice and never stands in a page.
    """
    if form.get("password") or form.get("username"):
        return Login(form.get("username", ""), form.get("password", ""))
    tried = _seal(portal).open(form.get("tried"), seconds=_TRIED_SECONDS)
    mine = tried and (tried["who"], tried["dataset"]) == (visitor.person.username, name)
    return Login(tried["username"], tried["password"]) if tried and mine else None


_FIELDS = {
    Code.SOURCE_NOT_ALLOWED: "location",
    Code.SOURCE_BY_OPERATOR: "location",
    Code.SOURCE_DOWN: "location",
    Code.SOURCE_DENIED: "password",
    Code.SOURCE_TOO_SLOW: "timeout_seconds",
    Code.UNKNOWN_COLUMN: "columns",
    Code.UNFIT_CONDITION: "conditions",
}


def _mistakes(visitor: Visitor, error: LabError) -> dict[str, str]:
    """Return an error as sentences beside the fields that mend it."""
    if isinstance(error, Invalid):
        return {field: visitor.speech.gettext(what) for field, what in error.fields.items()}
    decision: Any = getattr(error, "decision", None)
    if isinstance(error, Refused | Unavailable) and decision is not None:
        return {_FIELDS.get(decision.code, "table"): explain(decision, visitor.speech)}
    raise error
