"""JupyterHub's own pages in the lab's look: its templates, and the reader's language in each.

JupyterHub gives its templates the user but not the request, and it is the request that tells in
which language to answer. So the request is put aside where it comes in, see ``LabApplication``;
from there every template finds it, error pages included.
"""

from __future__ import annotations

from contextvars import ContextVar
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jupyterhub.handlers import BaseHandler
from jupyterhub.spawner import SpawnException
from markupsafe import Markup, escape
from tornado import web
from tornado.httputil import HTTPServerRequest

from polderlab_hub import results
from polderlab_hub.languages import LANGUAGES, language_of, translations
from polderlab_hub.providers import providers
from polderlab_hub.settings import LAB_PREFIX, hub_settings
from polderlab_hub.sign_outs import SignOutHandler

TEMPLATES = Path(__file__).with_name("templates")

_request: ContextVar[HTTPServerRequest | None] = ContextVar("request", default=None)


class LabApplication(web.Application):
    """Tornado's application, which remembers the request while it is handled."""

    def find_handler(self, request: HTTPServerRequest, **kwargs: Any) -> Any:
        """Find who handles ``request``; the handler's task starts with this context."""
        _request.set(request)
        return super().find_handler(request, **kwargs)


class PortalHandler(BaseHandler):
    """Where JupyterHub has a page the portal does better: its list of servers."""

    def get(self) -> None:
        """Send people to their projects."""
        self.redirect(f"{LAB_PREFIX}/")


HANDLERS = [
    ("/home", PortalHandler),
    (r"/api/users/([^/]+)/sign-ins", SignOutHandler),
    *results.HANDLERS,
]
"""Pages that take the place of JupyterHub's, addresses below the hub's prefix."""


def template_vars() -> dict[str, Any]:
    """Return what the templates may use; JupyterHub calls each entry with the user, per page."""
    return {
        "_": lambda _user: translations(language_of(_request.get())).gettext,
        "language": lambda _user: language_of(_request.get()),
        "other": lambda _user: _other(language_of(_request.get())),
        "here": lambda _user: _here(_request.get()),
        "fill": lambda _user: fill,
        "refusal": lambda _user: refusal,
        "providers": lambda _user: providers(),
        "local_accounts": lambda _user: hub_settings().local_accounts,
        "lab": LAB_PREFIX,
    }


def fill(sentence: str, **parts: Any) -> Markup:
    """Fill a translated sentence with parts; plain text is escaped, mark-up stays."""
    return escape(sentence).format(**parts)


def refusal(error: BaseException | None) -> str:
    """Return the sentence of a session that was refused, empty for any other error."""
    return str(error.message) if isinstance(error, SpawnException) else ""


def _other(language: str) -> str:
    return next(each for each in LANGUAGES if each != language)


def _here(request: HTTPServerRequest | None) -> str:
    """Return where the language switch comes back to, ready to be put in a query.

    What a form was sent to has no page of its own, but for the sign-in page.
    """
    here = f"{LAB_PREFIX}/"
    if request is not None and request.uri is not None:
        comes_back = request.method in ("GET", "HEAD") or "/login" in request.uri
        here = request.uri if comes_back else here
        if "/openid/" in request.uri:  # what a provider sent is good for once
            here = "/hub/login"
    return quote(here, safe="/")
