"""An OpenID provider as it is reached: its description, its keys, and what it answers."""

from __future__ import annotations

import json
import ssl
import time
from typing import Any

import httpx
import jwt

from polderlab_hub.id_tokens import UnknownKeyError, checked
from polderlab_hub.providers import Provider, is_safe

DESCRIBED_SECONDS = 3600
SECONDS_BETWEEN_KEYS = 60
"""A token signed with an unknown key makes the lab look for new ones, but no more often than
this: whoever makes up tokens cannot make it ask all the time."""
MOST_BYTES = 1_000_000
_ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")


class ProviderError(Exception):
    """The provider does not answer, or not as OpenID providers do; the message is for the log."""


class Issuer:
    """Asks one provider; what it says about itself is kept for an hour."""

    def __init__(
        self, provider: Provider, *, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        self.provider = provider
        self._http = httpx.AsyncClient(
            timeout=10,
            follow_redirects=False,
            # The host's certificates: an agency may have an authority of its own.
            verify=ssl.create_default_context(),
            transport=transport,
            headers={"Accept": "application/json"},
        )
        self.described: dict[str, Any] = {}
        self._described_at = 0.0
        self._keys: jwt.PyJWKSet | None = None
        self._keys_at = 0.0

    async def describe(self) -> dict[str, Any]:
        """Return what the provider says about itself (OpenID Connect Discovery 1.0)."""
        if self.described and time.monotonic() < self._described_at + DESCRIBED_SECONDS:
            return self.described
        issuer = self.provider.issuer
        address = f"{issuer.rstrip('/')}/.well-known/openid-configuration"
        described = await self.ask("GET", address)
        if described.get("issuer") != issuer:
            raise ProviderError(f"{address} describes another issuer")
        if not all(is_safe(str(described.get(each, ""))) for each in _ENDPOINTS):
            raise ProviderError(f"{address} lacks an endpoint, or names one without TLS")
        self.described, self._described_at = described, time.monotonic()
        return described

    async def claims(self, token: str, nonce: str, access_token: str) -> dict[str, Any]:
        """Return the claims of an ID token that holds (see :mod:`.id_tokens`)."""
        for renew in (False, True):
            try:
                return checked(
                    token,
                    await self._the_keys(renew=renew),
                    issuer=self.provider.issuer,
                    client_id=self.provider.client_id,
                    nonce=nonce,
                    access_token=access_token,
                )
            except UnknownKeyError:
                # Providers change keys; a second look at the same ones is no use.
                if renew or time.monotonic() < self._keys_at + SECONDS_BETWEEN_KEYS:
                    raise
        raise AssertionError("unreachable")

    async def userinfo(self, access_token: str, subject: str) -> dict[str, Any]:
        """Return what the provider adds about ``subject``; anybody else's is no answer."""
        address = str((await self.describe()).get("userinfo_endpoint", ""))
        if not is_safe(address):
            raise ProviderError("it names no userinfo endpoint")
        told = await self.ask("GET", address, headers={"Authorization": f"Bearer {access_token}"})
        if told.get("sub") != subject:
            raise ProviderError("its userinfo is about somebody else")
        return told

    async def ask(self, method: str, address: str, **content: Any) -> dict[str, Any]:
        """Return the JSON object at ``address``; raise :class:`ProviderError`."""
        where = address.partition("?")[0]
        try:
            answer = await self._http.request(method, address, **content)
        except httpx.HTTPError as error:
            raise ProviderError(f"{method} {where}: {type(error).__name__}") from None
        told = _object(answer.content)
        if not answer.is_success or told is None:
            # RFC 6749, 5.2: one short word; never the rest, which may quote what was sent.
            word = str((told or {}).get("error", ""))[:40]
            raise ProviderError(f"{method} {where}: HTTP {answer.status_code} {word!r}")
        return told

    async def _the_keys(self, *, renew: bool) -> jwt.PyJWKSet:
        age = time.monotonic() - self._keys_at
        if self._keys is None or renew or age > DESCRIBED_SECONDS:
            told = await self.ask("GET", (await self.describe())["jwks_uri"])
            try:
                self._keys = jwt.PyJWKSet.from_dict(told)
            except (jwt.PyJWTError, AttributeError, TypeError) as error:
                raise ProviderError(f"its keys cannot be used: {type(error).__name__}") from None
            self._keys_at = time.monotonic()
        return self._keys


def _object(content: bytes) -> dict[str, Any] | None:
    if len(content) > MOST_BYTES:
        return None
    try:
        told = json.loads(content)
    except ValueError:
        return None
    return told if isinstance(told, dict) else None
