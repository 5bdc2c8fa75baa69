"""A lab service with two people, one project and one place: the internal API in memory."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from polderlab import wire

TOKEN = "between-hub-and-lab"
PASSWORD = "correct horse battery"


def problem(status: int, code: str, nl: str, en: str) -> JSONResponse:
    """Answer with a problem detail in Dutch, English alongside."""
    told = wire.Problem("about:blank", code, status, nl, code, {"nl": nl, "en": en})
    return JSONResponse(asdict(told), status, media_type="application/problem+json")


@dataclass
class FakeLabService:
    """What happened is there to be looked at: ``requests``, ``origins``, ``open``, ``closed``."""

    places: int = 1
    image: str = "sha256:" + "0" * 64
    requests: list[dict[str, Any]] = field(default_factory=list)
    origins: list[str] = field(default_factory=list)
    open: dict[str, wire.SessionRequest] = field(default_factory=dict)
    active: dict[str, str] = field(default_factory=dict)
    closed: dict[str, str] = field(default_factory=dict)

    def app(self) -> Starlette:
        """Return the service as an ASGI application."""
        return Starlette(
            routes=[
                Route("/internal/sign-ins", self._sign_in, methods=["POST"]),
                Route("/internal/vouched-sign-ins", self._vouch, methods=["POST"]),
                Route("/internal/sessions", self._plan, methods=["POST"]),
                Route("/internal/sessions/{id}/activation", self._activate, methods=["PUT"]),
                Route("/internal/sessions/{id}", self._close, methods=["DELETE"]),
                Route("/internal/reconciliations", self._reconcile, methods=["POST"]),
            ]
        )

    async def _body(self, request: Request) -> dict[str, Any]:
        assert request.headers["Authorization"] == f"Bearer {TOKEN}"
        body: dict[str, Any] = await request.json()
        self.requests.append(body)
        self.origins.append(request.headers.get("X-Origin", ""))
        return body

    async def _sign_in(self, request: Request) -> Response:
        given = wire.SignIn(**await self._body(request))
        if given.password != PASSWORD:
            return problem(401, "wrong-credentials", "Die horen niet bij elkaar.", "No match.")
        return JSONResponse(asdict(wire.SignedIn(given.username, "An Analyst", True)))

    async def _vouch(self, request: Request) -> Response:
        said = wire.Vouched(**await self._body(request))
        if said.organisation != "rivierstad":
            return problem(403, "not-in-register", "Ken je niet.", "Not known.")
        return JSONResponse(asdict(wire.SignedIn(said.username, "An Analyst", True)))

    async def _plan(self, request: Request) -> Response:
        asked = wire.SessionRequest(**await self._body(request))
        if len(self.open) >= self.places:
            return problem(403, "no-room-in-project", "Alles is bezet.", "All places are taken.")
        session = f"session-{len(self.open) + len(self.closed) + 1}"
        self.open[session] = asked
        plan = wire.SessionPlan(
            session=session,
            username=asked.username,
            project=asked.project,
            image=self.image,
            image_name=asked.image or "python-geo",
            size=asked.size or "small",
            limits=wire.Limits(1.0, 2**31, 256, 2**28, 2**26),
            network=wire.NetworkZone.CLOSED,
            home=f"{asked.username}/{asked.project}",
            shared=asked.project,
            environment={"POLDERLAB_TOKEN": "secret"},
        )
        return JSONResponse(asdict(plan), 201)

    async def _activate(self, request: Request) -> Response:
        self.active[request.path_params["id"]] = (await self._body(request))["address"]
        return Response(status_code=204)

    async def _close(self, request: Request) -> Response:
        session = request.path_params["id"]
        if self.open.pop(session, None):
            self.closed[session] = request.query_params["reason"]
        return Response(status_code=204)

    async def _reconcile(self, request: Request) -> Response:
        running = set((await self._body(request))["sessions"])
        gone = sorted(set(self.open) - running)
        for session in gone:
            self.open.pop(session)
        return JSONResponse({"closed": gone, "to_stop": sorted(running & set(self.closed))})
