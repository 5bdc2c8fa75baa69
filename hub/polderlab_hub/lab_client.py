"""The hub's side of the lab service's internal API.

LabClientError
├── LabRefusedError       the lab said no; carries its wire.Problem
└── LabUnavailableError   it did not answer, or not in a way we understand
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import asdict
from functools import cache
from http import HTTPStatus
from typing import Any, TypeVar
from urllib.parse import quote

import httpx
from pydantic import TypeAdapter, ValidationError

from polderlab import wire
from polderlab_hub.settings import hub_settings

T = TypeVar("T")

HUB_NOT_KNOWN = "not-signed-in"
"""Code of the problem by which the lab says that it does not know the hub's token."""

_PROBLEM = TypeAdapter(wire.Problem)
_SIGNED_IN = TypeAdapter(wire.SignedIn)
_PLAN = TypeAdapter(wire.SessionPlan)
_RECONCILED = TypeAdapter(wire.Reconciled)
_ORDERS = TypeAdapter(list[wire.FolderOrder])


class LabClientError(Exception):
    """The lab service did not do what was asked."""


class LabRefusedError(LabClientError):
    """The lab refused; ``problem`` says why and what to do next."""

    def __init__(self, problem: wire.Problem) -> None:
        super().__init__(problem.detail)
        self.problem = problem

    def sentence(self, language: str) -> str:
        """Return the refusal in ``language``, or as the lab put it where it has no other."""
        return self.problem.messages.get(language, self.problem.detail)


class LabUnavailableError(LabClientError):
    """No usable answer: the service is down, restarting, or of another version."""


class LabClient:
    """Asks the lab service; one connection pool for the whole hub."""

    def __init__(
        self,
        base: str,
        token: str,
        *,
        timeout: float = 15.0,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        # trust_env off: an agency's HTTP proxy has no business between two local processes.
        self._http = httpx.AsyncClient(
            base_url=base,
            headers={"Authorization": f"Bearer {token}"},
            timeout=timeout,
            transport=transport,
            trust_env=False,
        )

    async def sign_in(self, request: wire.SignIn, *, origin: str = "") -> wire.SignedIn:
        """Return who this is. Raises LabRefusedError if they do not fit."""
        return _read(_SIGNED_IN, await self._send("POST", "/sign-ins", request, origin=origin))

    async def vouch(self, vouched: wire.Vouched, *, origin: str = "") -> wire.SignedIn:
        """Return who a provider vouches for. Raises LabRefusedError if the lab does not."""
        answer = await self._send("POST", "/vouched-sign-ins", vouched, origin=origin)
        return _read(_SIGNED_IN, answer)

    async def plan(self, request: wire.SessionRequest, *, origin: str = "") -> wire.SessionPlan:
        """Take a place and return how to fill it. Raises LabRefusedError."""
        return _read(_PLAN, await self._send("POST", "/sessions", request, origin=origin))

    async def activate(self, session: str, activation: wire.Activation) -> None:
        """Make the session's token work, from its container's address."""
        await self._send("PUT", f"/sessions/{quote(session, safe='')}/activation", activation)

    async def close(self, session: str, reason: str) -> None:
        """End the session: its token is dead when this returns. Safe to repeat."""
        path = f"/sessions/{quote(session, safe='')}"
        await self._send("DELETE", path, params={"reason": reason})

    async def reconcile(self, running: wire.Running) -> wire.Reconciled:
        """Tell what really runs; learn what was ended meanwhile."""
        return _read(_RECONCILED, await self._send("POST", "/reconciliations", running))

    async def folder_orders(self) -> list[wire.FolderOrder]:
        """Learn what is to be done now with folders of who and what left."""
        return _read(_ORDERS, await self._send("GET", "/folder-orders"))

    async def folder_done(self, done: wire.FolderDone) -> None:
        """Tell what was done, or could not be done. Safe to repeat."""
        await self._send("POST", "/folder-orders", done)

    async def _send(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        origin: str = "",
        params: dict[str, str] | None = None,
    ) -> httpx.Response:
        try:
            response = await self._http.request(
                method,
                path,
                json=None if body is None else asdict(body),
                params=params,
                headers={"X-Origin": origin} if origin else None,
            )
        except httpx.HTTPError as error:
            raise LabUnavailableError(f"{method} {path}: {type(error).__name__}") from error
        if response.is_success:
            return response
        # Only a verdict is a refusal. A crash, a missing route or a token of the hub's own that
        # does not fit are faults of the lab, not of the person who asks.
        if response.status_code < HTTPStatus.INTERNAL_SERVER_ERROR:
            with suppress(ValidationError):
                problem = _PROBLEM.validate_json(response.content)
                if problem.code != HUB_NOT_KNOWN:
                    raise LabRefusedError(problem)
        raise LabUnavailableError(f"{method} {path}: HTTP {response.status_code}")


def _read(adapter: TypeAdapter[T], response: httpx.Response) -> T:
    try:
        return adapter.validate_json(response.content)
    except ValidationError as error:
        # Not the error's own text: it quotes its input, and a plan holds a token.
        raise LabUnavailableError(f"an answer that is no {error.title}") from None


@cache
def lab_client() -> LabClient:
    """Return the hub's one client."""
    settings = hub_settings()
    return LabClient(settings.lab_internal, settings.hub_token.get_secret_value())
