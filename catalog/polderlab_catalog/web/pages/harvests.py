"""Other catalogues whose datasets are described here: how they do, add, read now, stop."""

from __future__ import annotations

import re
from dataclasses import dataclass
from http import HTTPStatus

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from polderlab_catalog.application.errors import Invalid, NotFound, Refused
from polderlab_catalog.application.harvests import Overview
from polderlab_catalog.domain.harvests import Harvest
from polderlab_catalog.domain.texts import Text
from polderlab_catalog.policy import harvests as sentences
from polderlab_catalog.policy.decisions import N_
from polderlab_catalog.web.languages import Speech
from polderlab_catalog.web.pages.describing import SentForm
from polderlab_catalog.web.pages.refusals import Link, refusal_page
from polderlab_catalog.web.portal import Portal
from polderlab_catalog.web.rendering import render
from polderlab_catalog.web.visitors import ThePortal, Visiting, Visitor

router = APIRouter(prefix="/harvests")

EVERY = {
    6: N_("every six hours"),
    24: N_("every day"),
    24 * 7: N_("every week"),
    24 * 30: N_("every month"),
}
"""How often a catalogue is read, as the page offers it; others are said in hours."""
_EMPTY = {"url": "", "organisation": "", "hours": "24"}


@dataclass(frozen=True, slots=True)
class Row:
    """A catalogue in the list: whose descriptions they are, how often, and what went wrong."""

    harvest: Harvest
    owner: Text
    every: str
    trouble: str


@router.get("")
def show_harvests(request: Request, portal: ThePortal, visitor: Visiting) -> Response:
    """Show the catalogues that are read, and the form to add one."""
    return _page(request, portal, visitor)


@router.get("/live")
def show_live(request: Request, portal: ThePortal, visitor: Visiting) -> Response:
    """Show the part of the page that changes by itself."""
    overview = portal.lab.harvests.overview(visitor.actor)
    return render(request, "harvests_live.html", visitor, rows=_rows(overview, visitor.speech))


@router.post("")
def add_harvest(request: Request, portal: ThePortal, visitor: Visiting, sent: SentForm) -> Response:
    """Read another catalogue from now on; the worker begins at once."""
    form = {**_EMPTY, **{name: sent[name].strip()[:3000] for name in _EMPTY if name in sent}}
    hours = int(form["hours"]) if re.fullmatch("[0-9]{1,4}", form["hours"]) else 0
    try:
        portal.lab.harvests.add(visitor.actor, form["url"], form["organisation"], hours=hours)
    except Invalid as invalid:
        return _page(request, portal, visitor, form, invalid.fields)
    except NotFound:
        errors = {"organisation": N_("Choose from the list")}
        return _page(request, portal, visitor, form, errors)
    except Refused as refusal:
        return _refused(request, portal, visitor, refusal)
    return _back(portal)


@router.post("/{id}/runs")
def run_harvest(request: Request, portal: ThePortal, visitor: Visiting, id: str) -> Response:
    """Have the catalogue read now."""
    try:
        portal.lab.harvests.ask(visitor.actor, id)
    except Refused as refusal:
        return _refused(request, portal, visitor, refusal)
    return _back(portal)


@router.post("/{id}/removal")
def remove_harvest(request: Request, portal: ThePortal, visitor: Visiting, id: str) -> Response:
    """Read the catalogue no longer; its descriptions go."""
    try:
        portal.lab.harvests.remove(visitor.actor, id)
    except Refused as refusal:
        return _refused(request, portal, visitor, refusal)
    return _back(portal)


def trouble(harvest: Harvest, speech: Speech) -> str:
    """Return what went wrong the last time, in the reader's language; empty when nothing did."""
    if not harvest.error:
        return ""
    sentence, details = sentences.recognised(harvest.error)
    return speech.gettext(sentence).format_map(details)


def _rows(overview: Overview, speech: Speech) -> list[Row]:
    return [
        Row(
            harvest=each,
            owner=overview.organisations[each.organisation].name,
            every=_every(each.hours, speech),
            trouble=trouble(each, speech),
        )
        for each in overview.harvests
    ]


def _every(hours: int, speech: Speech) -> str:
    if hours in EVERY:
        return speech.gettext(EVERY[hours])
    return speech.ngettext("every {count} hour", "every {count} hours", hours).format(count=hours)


def _back(portal: Portal) -> Response:
    return RedirectResponse(f"{portal.prefix}/harvests", HTTPStatus.SEE_OTHER)


def _refused(request: Request, portal: Portal, visitor: Visitor, refusal: Refused) -> Response:
    _ = visitor.speech.gettext
    return refusal_page(
        request,
        visitor,
        refusal.decision,
        title=_("You do not look after other catalogues"),
        lead=_("Everything in the catalogue is as it was."),
        links=[Link(f"{portal.prefix}/datasets", _("To the catalogue"))],
        section="datasets",
    )


def _page(
    request: Request,
    portal: Portal,
    visitor: Visitor,
    form: dict[str, str] | None = None,
    errors: dict[str, str] | None = None,
) -> Response:
    try:
        overview = portal.lab.harvests.overview(visitor.actor)
    except Refused as refusal:
        return _refused(request, portal, visitor, refusal)
    speech = visitor.speech
    owners = sorted((speech.text(o.name), o.slug) for o in overview.organisations.values())
    return render(
        request,
        "harvests.html",
        visitor,
        status=HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK,
        section="publishing",
        rows=_rows(overview, speech),
        owners=[(slug, name) for name, slug in owners],
        schedule=[(str(hours), speech.gettext(words)) for hours, words in EVERY.items()],
        form=form or {**_EMPTY, "organisation": visitor.person.organisation},
        errors={field: speech.gettext(sentence) for field, sentence in (errors or {}).items()},
    )
