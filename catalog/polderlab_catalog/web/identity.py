"""Who a hub token belongs to, asked of the hub and remembered for a few seconds.

The hub knows who is signed in; the register knows who they are. Remembering briefly keeps the
hub out of every poll, and is short enough that signing out holds soon.
"""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable
from http import HTTPStatus
from urllib.parse import urlencode

import httpx

from polderlab_catalog.application.errors import Unavailable

REMEMBERED_SECONDS = 10.0
_MOST = 2000
_PORTAL_SCOPES = frozenset({"access:services", "access:services!service=lab"})


class HubIdentity:
    """The hub as a place to sign in: OAuth client ``service-lab``.

    Args:
        hub_api: address of the hub's API, without a trailing slash.
        service_token: the lab's own token at the hub, also its OAuth client secret.
        callback: path the hub sends people back to.
    """

    CLIENT = "service-lab"

    def __init__(
        self,
        hub_api: str,
        service_token: str,
        callback: str,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = httpx.AsyncClient(base_url=hub_api, transport=transport, timeout=10)
        self._secret = service_token
        self._callback = callback
        self._clock = clock
        self._known: OrderedDict[str, tuple[float, str]] = OrderedDict()

    def authorize_path(self, state: str, challenge: str) -> str:
        """Return where to send a browser to sign in (PKCE, RFC 7636)."""
        return "/hub/api/oauth2/authorize?" + urlencode(
            {
                "client_id": self.CLIENT,
                "redirect_uri": self._callback,
                "response_type": "code",
                "state": state,
                "code_challenge": challenge,
                "code_challenge_method": "S256",
            }
        )

    async def token_for(self, code: str, verifier: str) -> str | None:
        """Exchange the code of the callback for a token; None when the hub does not accept it."""
        answer = await self._ask(
            "POST",
            "/oauth2/token",
            data={
                "client_id": self.CLIENT,
                "client_secret": self._secret,
                "grant_type": "authorization_code",
                "code": code,
                "code_verifier": verifier,
                "redirect_uri": self._callback,
            },
        )
        token = answer.json().get("access_token") if answer.is_success else None
        return token if isinstance(token, str) else None

    async def username(self, token: str) -> str | None:
        """Return whose token this is, or None when it is not good for this portal.

        A token of a running server is somebody's, but is not meant for the portal: it lacks the
        scope, and so a leaked one opens nothing here.
        """
        key = hashlib.sha256(token.encode()).hexdigest()
        now = self._clock()
        known = self._known.get(key)
        if known and now < known[0]:
            return known[1]
        self._known.pop(key, None)
        answer = await self._ask("GET", "/user", headers={"Authorization": f"Bearer {token}"})
        if not answer.is_success:
            return None
        model = answer.json()
        scopes = set(model.get("scopes", ()))
        if model.get("kind") != "user" or not scopes & _PORTAL_SCOPES:
            return None
        username = str(model["name"])
        self._known[key] = (now + REMEMBERED_SECONDS, username)
        while len(self._known) > _MOST:
            self._known.popitem(last=False)
        return username

    def forget(self, token: str) -> None:
        """Ask the hub again at the next request with this token."""
        self._known.pop(hashlib.sha256(token.encode()).hexdigest(), None)

    def forget_person(self, username: str) -> None:
        """Ask the hub again at the next request of this person."""
        for key in [key for key, (_, whose) in list(self._known.items()) if whose == username]:
            self._known.pop(key, None)

    async def aclose(self) -> None:
        """Close the connections to the hub."""
        await self._client.aclose()

    async def _ask(self, method: str, path: str, **content: object) -> httpx.Response:
        for attempt in (1, 2):
            try:
                answer = await self._client.request(method, path, **content)  # type: ignore[arg-type]
            except httpx.TransportError as error:
                if attempt == 1 and method == "GET":
                    await asyncio.sleep(0.2)
                    continue
                raise Unavailable("The hub does not answer.") from error
            if answer.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
                raise Unavailable("The hub does not answer.")
            return answer
        raise AssertionError("unreachable")
