"""A file on its way in: how it is read, how far it is, what was found."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from polderlab_catalog.application.errors import Invalid
from polderlab_catalog.domain.ingests import Finding, Ingest, IngestState, Severity
from polderlab_catalog.policy.decisions import N_
from polderlab_catalog.policy.handing_in import may_see_rows
from polderlab_catalog.web.pages.describing import SentForm
from polderlab_catalog.web.portal import Portal
from polderlab_catalog.web.rendering import render
from polderlab_catalog.web.visitors import ThePortal, Visiting, Visitor

router = APIRouter(prefix="/ingests/{id}")

STATES = {
    IngestState.RECEIVED: N_("Looking at the file"),
    IngestState.DETECTED: N_("Waits for you"),
    IngestState.QUEUED: N_("Waits for its turn"),
    IngestState.RUNNING: N_("At work"),
    IngestState.DONE: N_("Done"),
    IngestState.FAILED: N_("Not published"),
    IngestState.CANCELLED: N_("Taken back"),
}
CHOICES: dict[str, tuple[tuple[str, str], ...]] = {
    "delimiter": (
        (",", N_("comma")),
        (";", N_("semicolon")),
        ("\t", N_("tab")),
        ("|", N_("vertical bar")),
    ),
    "encoding": (
        ("utf-8", "UTF-8"),
        ("windows-1252", "Windows-1252"),
        ("iso-8859-15", "ISO-8859-15"),
        ("utf-16", "UTF-16"),
    ),
    "decimal": ((",", N_("comma: 3,14")), (".", N_("point: 3.14"))),
    "thousands": (("", N_("none")), (".", N_("point: 1.000")), (",", N_("comma: 1,000"))),
    "header": (("yes", N_("the first line holds the names")), ("no", N_("there are no names"))),
}
LABELS = {
    "delimiter": N_("Between the columns"),
    "encoding": N_("Encoding of the letters"),
    "decimal": N_("Decimal sign"),
    "thousands": N_("Between thousands"),
    "header": N_("Names of the columns"),
    "sheet": N_("Sheet"),
    "layer": N_("Layer"),
    "crs": N_("Coordinate system"),
}


@dataclass(frozen=True, slots=True)
class Question:
    """Something to say about how to read the file; without choices it is free to fill in."""

    name: str
    label: str
    value: str
    choices: tuple[tuple[str, str], ...] = ()


@router.get("")
def show_ingest(request: Request, portal: ThePortal, visitor: Visiting, id: str) -> Response:
    """Show how far the file is, and ask what has to be asked."""
    return _page(request, portal, visitor, id)


@router.get("/live")
def show_live(request: Request, portal: ThePortal, visitor: Visiting, id: str) -> Response:
    """Show the part of the page that changes by itself."""
    return render(request, "ingest_live.html", visitor, **_facts(portal, visitor, id))


@router.post("/confirmation")
def confirm(
    request: Request, portal: ThePortal, visitor: Visiting, id: str, sent: SentForm
) -> Response:
    """Take the file in as it was said."""
    ingests, given = portal.lab.ingests, _given(sent)
    return _answered(
        request, portal, visitor, id, lambda: ingests.confirm(visitor.actor, id, given)
    )


@router.post("/reading")
def look_again(
    request: Request, portal: ThePortal, visitor: Visiting, id: str, sent: SentForm
) -> Response:
    """Show the first rows as they are when the file is read as it was said."""
    ingests, given = portal.lab.ingests, _given(sent)
    return _answered(
        request, portal, visitor, id, lambda: ingests.look_again(visitor.actor, id, given)
    )


def _given(sent: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in sent.items() if name in LABELS}


def _answered(
    request: Request, portal: Portal, visitor: Visitor, id: str, act: Callable[[], Ingest]
) -> Response:
    try:
        act()
    except Invalid as invalid:
        errors = {field: visitor.speech.gettext("Choose from the list") for field in invalid.fields}
        return _page(request, portal, visitor, id, errors)
    return RedirectResponse(f"{portal.prefix}/ingests/{id}", HTTPStatus.SEE_OTHER)


@router.post("/cancellation")
def cancel(portal: ThePortal, visitor: Visiting, id: str) -> Response:
    """Take the file back; nothing of it is kept."""
    portal.lab.ingests.cancel(visitor.actor, id)
    return RedirectResponse(f"{portal.prefix}/ingests/{id}", HTTPStatus.SEE_OTHER)


def told(finding: Finding, visitor: Visitor) -> str:
    """Return a finding as a sentence in the reader's language."""
    details = {
        name: visitor.speech.number(value) if isinstance(value, int | float) else value
        for name, value in finding.details.items()
    }
    return visitor.speech.gettext(finding.message).format_map(details)


def _page(
    request: Request,
    portal: Portal,
    visitor: Visitor,
    id: str,
    errors: dict[str, str] | None = None,
) -> Response:
    facts = _facts(portal, visitor, id, errors)
    return render(
        request,
        "ingest.html",
        visitor,
        status=HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK,
        section="publishing",
        **facts,
    )


def _facts(
    portal: Portal, visitor: Visitor, id: str, errors: dict[str, str] | None = None
) -> dict[str, Any]:
    ingest = portal.lab.ingests.show(visitor.actor, id)
    card = portal.lab.catalogue.card(visitor.person, ingest.dataset)
    _ = visitor.speech.gettext
    # while it looks at the file the worker runs too, but nothing has been confirmed yet
    looking = ingest.state is IngestState.RUNNING and ingest.confirm
    state = IngestState.RECEIVED if looking else ingest.state
    return {
        "ingest": ingest,
        "card": card,
        "word": _(STATES[state]),
        "stage": _stage(ingest, state),
        "percent": round(ingest.progress * 100),
        "questions": _questions(visitor, ingest),
        "rows": ingest.preview
        if may_see_rows(visitor.actor, ingest, card.dataset, card.organisation, portal.lab.today())
        else (),
        "findings": [
            (finding.severity is Severity.ERROR, told(finding, visitor))
            for finding in ingest.findings
        ],
        "errors": errors or {},
        "form": dict(ingest.options),
    }


def _stage(ingest: Ingest, state: IngestState) -> int:
    """Return which of the steps is under way, or was when it ended: look, confirm, convert,
    published."""
    if ingest.confirm and not state.open:
        # Over before anybody confirmed: taken back from the question, or it could not be read.
        asked = state is IngestState.CANCELLED and bool(ingest.options or ingest.choices)
        return 1 if asked else 0
    stages = {IngestState.RECEIVED: 0, IngestState.DETECTED: 1, IngestState.DONE: 3}
    return stages.get(state, 2)


def _questions(visitor: Visitor, ingest: Ingest) -> list[Question]:
    _ = visitor.speech.gettext
    found = []
    for name, label in LABELS.items():
        if name not in ingest.options and name not in ingest.choices:
            continue
        value = ingest.options.get(name, "")
        words = {each: _(said) for each, said in CHOICES.get(name, ())}
        choices = tuple((each, words.get(each, each)) for each in ingest.choices.get(name, words))
        if choices and value not in [each for each, _words in choices]:
            choices = ((value, value), *choices)
        found.append(Question(name, _(label), value, choices))
    return found
