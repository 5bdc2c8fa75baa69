"""Asking for access from a session: for its project, as the person working in it."""

from __future__ import annotations

from datetime import date
from http import HTTPStatus

from fastapi import APIRouter, Request

from polderlab import wire
from polderlab_catalog.application.errors import Invalid
from polderlab_catalog.application.request_cards import RequestCard
from polderlab_catalog.bootstrap import Lab
from polderlab_catalog.domain.actors import Actor
from polderlab_catalog.domain.requests import RequestState
from polderlab_catalog.web.gateway.caller import Asked, lab_of

router = APIRouter()

MAX_COLUMNS = 5000


@router.get("/requests")
def list_requests(request: Request, asked: Asked) -> list[wire.Request]:
    """List the requests of the session's project that its person may see, newest first."""
    lab = lab_of(request)
    cards = lab.requests.of_session(asked.token, asked.address)
    return [told(lab, card, asked.language) for card in cards]


@router.post("/requests", status_code=HTTPStatus.CREATED)
def ask(request: Request, wanted: wire.NewRequest, asked: Asked) -> wire.Request:
    """Ask for access. The legal basis is that of the project."""
    lab = lab_of(request)
    if len(wanted.columns) > MAX_COLUMNS:
        raise Invalid({"columns": f"name {MAX_COLUMNS} at most"})
    made = lab.requests.ask_from_session(
        asked.token,
        asked.address,
        wanted.dataset,
        wanted.purpose,
        until=_day(wanted.until),
        columns=wanted.columns,
    )
    request.state.dataset = made.dataset
    person = lab.people.get(made.asked_by.removeprefix("person:"))
    actor = Actor.for_person(person) if person else Actor.lab()
    return told(lab, lab.requests.show(actor, made.id), asked.language)


def told(lab: Lab, card: RequestCard, language: str) -> wire.Request:
    """Put a request on the wire, in ``language``."""
    made = card.request
    questioned = made.state is RequestState.QUESTIONED and made.messages
    return wire.Request(
        id=made.id,
        dataset=made.dataset,
        title=card.dataset.title.in_(language),
        project=made.project,
        state=made.state.value,
        asked=made.asked.astimezone(lab.settings.zone).isoformat(timespec="seconds"),
        until=(made.granted_until or made.until).isoformat(),
        purpose=made.purpose,
        columns=list(made.scope.columns or made.columns),
        waits_for=[role.value for role in card.waits_for],
        question=made.messages[-1].text if questioned else "",
        conditions=made.conditions,
        reason=made.reason,
        page=f"{lab.settings.portal_url}/requests/{made.id}",
    )


def _day(value: str | None) -> date | None:
    try:
        return date.fromisoformat(value) if value else None
    except ValueError:
        raise Invalid({"until": "write the last day as 2027-06-30"}) from None
