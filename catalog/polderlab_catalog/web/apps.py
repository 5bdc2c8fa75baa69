"""The two applications: the portal on the loopback address, the gateway on the containers' side."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from http import HTTPStatus
from importlib.metadata import version

from fastapi import FastAPI, Request
from starlette.responses import RedirectResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

from polderlab import wire
from polderlab_catalog.application.errors import LabError
from polderlab_catalog.bootstrap import Lab
from polderlab_catalog.web import (
    api,
    dcat,
    description,
    errors,
    gateway,
    internal,
    open_data,
    pages,
    sign_in,
    uploads,
)
from polderlab_catalog.web.access_log import AccessLog
from polderlab_catalog.web.body_limit import BodyLimit
from polderlab_catalog.web.bounds import Bounds
from polderlab_catalog.web.connections import Connections
from polderlab_catalog.web.files import is_near
from polderlab_catalog.web.gateway.at_once import AtOnce
from polderlab_catalog.web.gateway.transfers import Transfers
from polderlab_catalog.web.languages import choose
from polderlab_catalog.web.portal import Portal
from polderlab_catalog.web.problems import Problems, respond
from polderlab_catalog.web.rendering import render
from polderlab_catalog.web.security_headers import API_VERSION, SecurityHeaders
from polderlab_catalog.web.templating import STATIC
from polderlab_catalog.web.visitors import SignInNeeded, speech_of


def gateway_app(lab: Lab, connections: Connections | None = None) -> ASGIApp:
    """Return the data gateway: ``/v1/datasets`` and nothing else."""
    app = FastAPI(title="PolderLab data gateway", docs_url=None, redoc_url=None, openapi_url=None)
    app.state.lab = lab
    app.state.transfers = Transfers(lab, connections)
    app.include_router(gateway.router)
    errors.install(
        app,
        Problems(lab.settings.zone),
        lambda request: choose(None, request.headers.get("accept-language")),
        lambda _request, problem, headers: respond(problem, headers),
        lambda request, error: gateway.help_page(lab, request, error),
    )
    # a file server elsewhere may take its time: nothing of the lab must wait for it
    near = is_near(lab.settings.data_folder)
    ready = AtOnce(app, app.state.transfers) if near else app
    return _wrapped(ready, "gateway", Problems(lab.settings.zone), gateway.doors(lab))


def portal_app(portal: Portal) -> ASGIApp:
    """Return the portal: pages, REST API, and what the hub asks."""
    prefix = portal.prefix

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        yield
        await portal.identity.aclose()

    app = FastAPI(
        title="PolderLab",
        summary="Projects, datasets, grants and sessions of a shared data lab",
        version=version("polderlab"),
        contact={"name": "PolderLab", "url": f"{portal.lab.settings.portal_url}/help"},
        license_info={"name": "EUPL-1.2", "identifier": "EUPL-1.2"},
        openapi_url=None,
        generate_unique_id_function=description.operation_id,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=lifespan,
    )
    app.state.portal = portal
    app.state.lab = portal.lab
    app.state.bounds = Bounds()
    app.include_router(internal.health)
    app.include_router(internal.router)
    app.include_router(sign_in.router, prefix=prefix)
    # before the pages: what asks for RDF at a page's address is theirs
    app.include_router(dcat.router, prefix=prefix)
    app.include_router(open_data.router, prefix=prefix)
    app.include_router(pages.router, prefix=prefix)
    app.include_router(api.router, prefix=f"{prefix}/api/v1")
    description.install(app, prefix)
    app.mount(f"{prefix}/static", _Static(directory=STATIC))
    app.add_api_route(
        prefix,
        lambda: RedirectResponse(f"{prefix}/", 308),
        include_in_schema=False,
        response_model=None,
    )

    def answer(request: Request, problem: wire.Problem, headers: dict[str, str]) -> Response:
        if request.url.path.startswith(f"{prefix}/api/") and problem.status == 422:
            # the NL API Design Rules know one status for input that cannot be used
            problem = replace(problem, status=400, title=HTTPStatus.BAD_REQUEST.phrase)
        if not _wants_page(request, prefix):
            return respond(problem, headers)
        page = render(request, "error.html", None, status=problem.status, problem=problem)
        page.headers.update(headers)
        return page

    async def on_sign_in_needed(request: Request, _error: Exception) -> Response:
        if not _wants_page(request, prefix) or request.headers.get("x-fragment"):
            return respond(portal.problems.status(401, speech_of(request).language))
        # what a form held is gone by now; its page is where to begin again
        begin = request.method not in ("GET", "HEAD")
        query = f"?{request.url.query}" if request.url.query else ""
        return sign_in.start(portal, None if begin else f"{request.url.path}{query}")

    def help_page(request: Request, _error: LabError) -> str | None:
        if request.url.path.startswith("/internal"):
            return None
        return f"{portal.lab.settings.portal_url}/help"

    errors.install(
        app, portal.problems, lambda request: speech_of(request).language, answer, help_page
    )
    app.add_exception_handler(SignInNeeded, on_sign_in_needed)
    return _wrapped(app, "portal", portal.problems, uploads.doors(portal))


def _wants_page(request: Request, prefix: str) -> bool:
    path = request.url.path
    if path.startswith("/internal") or path.startswith(f"{prefix}/api/"):
        return False
    return "text/html" in request.headers.get("accept", "")


def _wrapped(
    app: ASGIApp,
    name: str,
    problems: Problems,
    doors: Callable[[Scope], int | None] | None = None,
) -> ASGIApp:
    async def too_large(scope: Scope, receive: Receive, send: Send) -> None:
        await respond(problems.status(413, "nl"))(scope, receive, send)

    return AccessLog(SecurityHeaders(BodyLimit(app, too_large, doors)), name)


class _Static(StaticFiles):
    """Static files; an address with a fingerprint may be kept for ever."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        answer = await super().get_response(path, scope)
        marked = b"v=" in scope.get("query_string", b"")
        answer.headers["Cache-Control"] = (
            "public, max-age=31536000, immutable" if marked else "public, max-age=300"
        )
        return answer


__all__ = ["API_VERSION", "gateway_app", "portal_app"]
