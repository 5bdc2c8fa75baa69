"""Forms that change something must come from this portal's own pages.

Two independent proofs: the browser's word on where the request comes from, and a token that
is bound to the reader's session and written into each form.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.requests import Request

from polderlab_catalog.web.sealing import Seal

FIELD = "csrf"
HEADER = "X-CSRF-Token"


class Csrf:
    """Makes and checks the tokens."""

    def __init__(self, secret: str) -> None:
        self._seal = Seal(secret, "csrf")

    def token(self, session: str) -> str:
        """Return the token of the session with this id."""
        return self._seal.stamp(session)

    def holds(self, request: Request, session: str, token: str) -> bool:
        """Tell whether a state-changing request may go on."""
        return same_origin(request) and bool(token) and self._seal.stamped(session, token)


def same_origin(request: Request) -> bool:
    """Tell whether the browser says the request comes from this very site.

    ``none`` is a request the user typed, which a form never is. Clients that send neither
    header are not browsers; they still need the token.
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None and site != "same-origin":
        return False
    origin = request.headers.get("origin")
    if origin is None:
        return True
    return urlsplit(origin).netloc == request.headers.get("host") and origin != "null"
