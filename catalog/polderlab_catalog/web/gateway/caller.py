"""Who calls at the gateway."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from polderlab_catalog.application.errors import Refused
from polderlab_catalog.bootstrap import Lab
from polderlab_catalog.policy.decisions import Code, Decision
from polderlab_catalog.web.languages import choose

CALLER = "x-polderlab-caller"
"""Header in which nginx says who called; it overwrites what the caller sent."""


@dataclass(frozen=True, slots=True)
class Caller:
    """What a session shows of itself: its token, the address it calls from, its language."""

    token: str
    address: str
    language: str


def shown(headers: Mapping[str, str], client: str, *, by_nginx: bool) -> tuple[str, str]:
    """Return the token that is shown, and the address it is shown from.

    The address is the connection's, never a header's; except where nginx, and nobody else,
    reaches the gateway's socket and says who called.

    Raises :class:`Refused` where no token is shown.
    """
    scheme, _, token = headers.get("authorization", "").partition(" ")
    if scheme.lower() not in ("bearer", "token") or not token.strip():
        raise Refused(Decision(Code.NOT_SIGNED_IN))
    return token.strip(), headers.get(CALLER, "") if by_nginx else client


def caller(request: Request) -> Caller:
    """Read the caller from the request."""
    client = request.client.host if request.client else ""
    by_nginx = lab_of(request).settings.gateway_socket is not None
    token, address = shown(request.headers, client, by_nginx=by_nginx)
    return Caller(token, address, choose(None, request.headers.get("accept-language")))


async def _caller(request: Request) -> Caller:
    # async though it waits for nothing: otherwise each request hops to a thread for it
    return caller(request)


Asked = Annotated[Caller, Depends(_caller)]


def lab_of(request: Request) -> Lab:
    """Return the lab this application serves."""
    lab: Lab = request.app.state.lab
    return lab
