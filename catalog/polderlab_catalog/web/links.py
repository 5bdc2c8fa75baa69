"""Links for people who are not signed in: how a link's secret comes in, and travels on.

It stands behind the ``#``, where no server sees it in an address (``link.js`` takes it from
there); it comes in a form, and goes from page to page in a sealed cookie of those pages alone. So
no log and no history ever holds it.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from http import HTTPStatus

from fastapi import Request
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from polderlab_catalog.application.errors import Refused
from polderlab_catalog.policy.decisions import Code, refused
from polderlab_catalog.web import csrf
from polderlab_catalog.web.forms import Sent, TheForm
from polderlab_catalog.web.portal import Portal
from polderlab_catalog.web.visitors import portal_of


@dataclass(frozen=True, slots=True)
class Link:
    """A kind of link: its ``name``, the pages it is for, how long they may take (in seconds),
    and what whoever came without a link that works is told."""

    name: str
    pages: str
    seconds: int
    gone: Code

    @property
    def cookie(self) -> str:
        """The cookie the secret travels in."""
        return f"polderlab-{self.name}"

    def held(self, request: Request) -> str:
        """Return the secret somebody came with; raise :class:`Refused`. A dependency."""
        sealed = request.cookies.get(self.cookie)
        known = portal_of(request).links.open(sealed, seconds=self.seconds)
        # one seal is for all kinds: a cookie of one opens no pages of another
        if known is None or known.get("link") != self.name:
            raise Refused(refused(self.gone))
        return known["secret"]

    async def proven(self, request: Request, form: TheForm) -> str:
        """Return it for a form that changes something: it must come from our own page."""
        secret = self.held(request)
        if not portal_of(request).csrf.holds(request, self._bound(secret), form.secret(csrf.FIELD)):
            raise HTTPException(HTTPStatus.FORBIDDEN)
        return secret

    def token(self, portal: Portal, secret: str) -> str:
        """Return what a form of ours must send along."""
        return portal.csrf.token(self._bound(secret))

    @staticmethod
    def sent(request: Request, form: Sent) -> str:
        """Return the secret that was sent in; a link pasted whole is as good."""
        if not csrf.same_origin(request):
            raise HTTPException(HTTPStatus.FORBIDDEN)
        return form.secret("code").strip().rpartition("#")[2]

    def carry(self, portal: Portal, secret: str, page: str) -> Response:
        """Go on to ``page`` with the secret."""
        answer = self._to(portal, page)
        answer.set_cookie(
            self.cookie,
            portal.links.seal({"link": self.name, "secret": secret}),
            max_age=self.seconds,
            path=f"{portal.prefix}{self.pages}",
            secure=portal.secure,
            httponly=True,
            samesite="strict",
        )
        return answer

    def leave(self, portal: Portal, page: str) -> Response:
        """Go on to ``page`` without it: the link is used up."""
        answer = self._to(portal, page)
        self.forget(portal, answer)
        return answer

    def forget(self, portal: Portal, answer: Response) -> None:
        """Let go of the secret with ``answer``."""
        answer.delete_cookie(self.cookie, path=f"{portal.prefix}{self.pages}")

    def _to(self, portal: Portal, page: str) -> Response:
        return RedirectResponse(f"{portal.prefix}{self.pages}/{page}", HTTPStatus.SEE_OTHER)

    def _bound(self, secret: str) -> str:
        """Return what a form's token is bound to; the secret itself stays out of the page."""
        return f"{self.name} {hashlib.sha256(secret.encode('utf-8', 'replace')).hexdigest()}"
