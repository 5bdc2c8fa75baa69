"""Every error as a problem detail (RFC 9457), in both languages, with the next step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import tzinfo
from http import HTTPStatus
from types import MappingProxyType

from fastapi.responses import JSONResponse

from polderlab import wire
from polderlab_catalog.application.errors import (
    Invalid,
    LabError,
    NotFound,
    Refused,
    Unavailable,
)
from polderlab_catalog.domain.names import printable
from polderlab_catalog.domain.texts import LANGUAGES
from polderlab_catalog.policy.decisions import MESSAGES, N_, Code, Decision
from polderlab_catalog.web.languages import Speech

MEDIA_TYPE = "application/problem+json"

_STATUS: Mapping[Code, HTTPStatus] = MappingProxyType(
    {
        Code.NOT_SIGNED_IN: HTTPStatus.UNAUTHORIZED,
        Code.WRONG_CREDENTIALS: HTTPStatus.UNAUTHORIZED,
        Code.ACCOUNT_LOCKED: HTTPStatus.UNAUTHORIZED,
        Code.UNKNOWN_DATASET: HTTPStatus.NOT_FOUND,
        Code.UNKNOWN_FILE: HTTPStatus.NOT_FOUND,
        Code.PART_BEING_MADE: HTTPStatus.SERVICE_UNAVAILABLE,
        Code.TOO_MANY_READS: HTTPStatus.TOO_MANY_REQUESTS,
        Code.FILE_TOO_LARGE: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    }
)

STATUS_MESSAGES: Mapping[int, str] = MappingProxyType(
    {
        400: N_("This request cannot be read. Check it against the description of the API."),
        401: N_("You are not signed in. Sign in and try again."),
        403: N_("This is not allowed. Go back and try again from the page itself."),
        404: N_("There is nothing here. Check the address, or look it up on the catalogue page."),
        405: N_("This address does not do that. See the description of the API for what it does."),
        406: N_("This is not there in that form. Ask for text/turtle, RDF/XML or JSON-LD."),
        413: N_("This is more than the lab accepts at once. Send less."),
        416: N_("The range lies outside the file. Ask for bytes within its length."),
        429: N_("You ask faster than the lab can answer everyone. Wait a minute and try again."),
        422: N_("Some of what was filled in cannot be used. Correct it and try again."),
        500: N_(
            "Something went wrong in the lab. Try again; if it stays, tell the service desk when "
            "it happened."
        ),
        503: N_("Part of the lab does not answer right now. Try again in a minute."),
    }
)
"""The sentence for an HTTP status that no decision explains."""


def explain(decision: Decision, speech: Speech) -> str:
    """Return the sentence of ``decision`` in the language of ``speech``, its dates included."""
    details = {
        # only these: a name that somebody typed may look like a date
        name: speech.day_of(value)
        if name == "date" and isinstance(value, str)
        else speech.gettext(value)
        if name in ("resource", "kind") and isinstance(value, str)
        else value
        for name, value in decision.details.items()
    }
    return speech.gettext(MESSAGES[decision.code]).format_map(details)


def status_of(error: LabError) -> HTTPStatus:
    """Return the HTTP status that fits ``error``."""
    match error:
        case Refused():
            return _STATUS.get(error.decision.code, HTTPStatus.FORBIDDEN)
        case NotFound():
            return HTTPStatus.NOT_FOUND
        case Invalid():
            return HTTPStatus.UNPROCESSABLE_ENTITY
        case Unavailable():
            return HTTPStatus.SERVICE_UNAVAILABLE
        case _:
            return HTTPStatus.INTERNAL_SERVER_ERROR


class Problems:
    """Makes problem details; knows both languages and the time zone."""

    def __init__(self, zone: tzinfo) -> None:
        self.speech = {language: Speech(language, zone) for language in LANGUAGES}

    def of(self, error: LabError, language: str, help_: str | None = None) -> wire.Problem:
        """Return the problem detail of an error a use case raised."""
        status = status_of(error)
        decision = error.decision if isinstance(error, Refused | NotFound | Unavailable) else None
        if decision is not None:
            messages = {each: explain(decision, speech) for each, speech in self.speech.items()}
            return self._problem(status, decision.code, messages, language, help_)
        if isinstance(error, Invalid):
            # the sentences name fields, so they are for whoever wrote the request
            return self._problem(
                status, "invalid", {each: str(error) for each in self.speech}, language, help_
            )
        return self.status(status, language, help_)

    def invalid(self, wrong: Sequence[tuple[str, str]], language: str) -> wire.Problem:
        """Return the problem detail of input that cannot be read: what is wrong, and where.

        ``wrong`` are places and sentences; never what was sent, which may hold a password.
        """
        bare = self.status(HTTPStatus.UNPROCESSABLE_ENTITY, language)
        told = " ".join(f"{printable(where)}: {printable(what, 200)}." for where, what in wrong[:5])
        messages = {each: f"{text} {told}".strip() for each, text in bare.messages.items()}
        return replace(bare, detail=messages[language], messages=messages, code="invalid")

    def status(self, status: int, language: str, help_: str | None = None) -> wire.Problem:
        """Return the problem detail of a bare HTTP status."""
        known = HTTPStatus(status)
        code = known.phrase.lower().replace(" ", "-")
        sentence = STATUS_MESSAGES.get(status) or STATUS_MESSAGES[500 if status >= 500 else 400]
        messages = {each: speech.gettext(sentence) for each, speech in self.speech.items()}
        return self._problem(known, code, messages, language, help_)

    @staticmethod
    def _problem(
        status: HTTPStatus, code: str, messages: dict[str, str], language: str, help_: str | None
    ) -> wire.Problem:
        return wire.Problem(
            type="about:blank",
            title=status.phrase,
            status=int(status),
            detail=messages[language],
            code=str(code),
            messages=messages,
            help=help_,
        )


def respond(problem: wire.Problem, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """Return ``problem`` as a response."""
    sent = {"Cache-Control": "no-store", **(headers or {})}
    if problem.status == HTTPStatus.UNAUTHORIZED:
        sent.setdefault("WWW-Authenticate", "Bearer")
    return JSONResponse(asdict(problem), problem.status, sent, media_type=MEDIA_TYPE)
