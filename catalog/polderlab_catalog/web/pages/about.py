"""Language switch, help, and the accessibility statement: for everyone, signed in or not."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import RedirectResponse, Response

from polderlab_catalog.domain.texts import LANGUAGES
from polderlab_catalog.web.languages import COOKIE
from polderlab_catalog.web.navigation import safe_next
from polderlab_catalog.web.rendering import render
from polderlab_catalog.web.visitors import Passing, ThePortal

router = APIRouter()
_YEAR = 365 * 24 * 3600


@router.get("/language")
def choose_language(
    portal: ThePortal, to: str = "", next_: Annotated[str | None, Query(alias="next")] = None
) -> Response:
    """Remember the reader's language and go back to where they were."""
    answer = RedirectResponse(safe_next(next_, f"{portal.prefix}/"), HTTPStatus.SEE_OTHER)
    if to in LANGUAGES:
        # path "/": the hub's pages speak it too
        answer.set_cookie(COOKIE, to, max_age=_YEAR, path="/", secure=portal.secure, samesite="lax")
    return answer


@router.get("/help")
def show_help(request: Request, visitor: Passing) -> Response:
    """Who helps with what, and how the lab works in ten lines."""
    return render(request, "help.html", visitor)


@router.get("/accessibility")
def show_accessibility(request: Request, visitor: Passing) -> Response:
    """The accessibility statement."""
    return render(request, "accessibility.html", visitor)
