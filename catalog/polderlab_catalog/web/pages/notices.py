"""What I am told, and what I am asked to confirm."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from polderlab_catalog.application.confirmations import Key, Line
from polderlab_catalog.application.errors import NotFound, Refused
from polderlab_catalog.domain.confirmations import Matter
from polderlab_catalog.policy.notices import say
from polderlab_catalog.web.forms import TheForm
from polderlab_catalog.web.pages.administration import not_yours
from polderlab_catalog.web.rendering import render
from polderlab_catalog.web.visitors import ThePortal, Visiting

router = APIRouter()


@router.get("/notices")
def show_notices(request: Request, portal: ThePortal, visitor: Visiting) -> Response:
    """Show what I was told, newest first."""
    speech = visitor.speech
    found = [
        (each, *say(each, speech.language, speech.gettext, speech.day, speech.number))
        for each in portal.lab.notices.mine(visitor.actor)
    ]
    return render(
        request, "notices.html", visitor, section="notices", found=found, now=portal.lab.clock()
    )


@router.post("/notices/read")
def read_notices(portal: ThePortal, visitor: Visiting, form: TheForm) -> Response:
    """Note that I read one, or all."""
    portal.lab.notices.mark_read(visitor.actor, form.line("notice", 300) or None)
    return RedirectResponse(f"{portal.prefix}/notices", HTTPStatus.SEE_OTHER)


@router.get("/confirmations")
def show_confirmations(request: Request, portal: ThePortal, visitor: Visiting) -> Response:
    """Show what stands and waits for my word."""
    waiting = portal.lab.confirmations.waiting(visitor.actor)
    kinds = {kind: [x for x in waiting if x.confirmation.kind is kind] for kind in Matter}
    return render(
        request,
        "confirmations.html",
        visitor,
        section="confirmations",
        kinds={kind: lines for kind, lines in kinds.items() if lines},
        key_of=key_of,
        now=portal.lab.clock(),
    )


@router.post("/confirmations")
def confirm(request: Request, portal: ThePortal, visitor: Visiting, form: TheForm) -> Response:
    """Confirm what was ticked, or end one thing (``end``)."""
    confirmations = portal.lab.confirmations
    ended = _key(form.line("end", 100))
    try:
        if ended is not None:
            confirmations.end(visitor.actor, ended)
        else:
            keys = [key for key in map(_key, form.several("key")) if key is not None]
            confirmations.confirm(visitor.actor, keys)
    except Refused as refusal:
        return not_yours(request, portal, visitor, refusal)
    except NotFound:
        pass  # somebody was before: the page shows what waits still
    return RedirectResponse(f"{portal.prefix}/confirmations", HTTPStatus.SEE_OTHER)


def key_of(line: Line) -> str:
    """Return what names a line in the form."""
    return f"{line.confirmation.kind}:{line.confirmation.key}"


def _key(value: str) -> Key | None:
    kind, _, key = value.partition(":")
    known = kind in {each.value for each in Matter}
    return (Matter(kind), key) if known and key else None
