"""A refusal as a page: what was refused, why, what to do next."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus

from fastapi import Request
from starlette.responses import HTMLResponse

from polderlab_catalog.policy.decisions import Decision
from polderlab_catalog.web.portal import Portal
from polderlab_catalog.web.problems import explain
from polderlab_catalog.web.rendering import render
from polderlab_catalog.web.visitors import Visitor, portal_of


@dataclass(frozen=True, slots=True)
class Link:
    """A next step: the first one of a page is its primary button."""

    href: str
    label: str


def refusal_page(
    request: Request,
    visitor: Visitor,
    decision: Decision,
    *,
    title: str,
    lead: str,
    links: list[Link],
    what: str = "",
    section: str = "projects",
    **details: str,
) -> HTMLResponse:
    """Render ``decision``. Its sentence says why first, and then what to do."""
    why, stop, advice = explain(decision, visitor.speech).partition(". ")
    moment = portal_of(request).lab.clock().isoformat(timespec="seconds")
    return render(
        request,
        "refused.html",
        visitor,
        status=HTTPStatus.FORBIDDEN,
        section=section,
        title=title,
        lead=lead,
        what=what,
        why=why + stop.strip(),
        advice=advice,
        links=links,
        details=[("code", decision.code.value), ("time", moment), *details.items()],
    )


def dataset_refused(
    request: Request,
    portal: Portal,
    visitor: Visitor,
    name: str,
    decision: Decision,
    *,
    title: str = "",
    lead: str = "",
) -> HTMLResponse:
    """Render a refusal to change dataset ``name``, with the way back to its page."""
    _ = visitor.speech.gettext
    return refusal_page(
        request,
        visitor,
        decision,
        title=title or _("The dataset was not changed"),
        lead=lead or _("Everything in the catalogue is as it was."),
        links=[Link(f"{portal.prefix}/datasets/{name}", _("Back to the dataset"))],
        section="datasets",
        dataset=name,
    )
