"""An OpenID provider in memory, which signs whatever a test wants to have signed."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs

import httpx
import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa

ISSUER = "https://id.example/realms/rivierstad"
CLIENT = "polderlab"
NONCE = "the nonce of this sign-in"
RSA_KEY = rsa.generate_private_key(65537, 2048)
EC_KEY = ec.generate_private_key(ec.SECP256R1())
OTHER_KEY = rsa.generate_private_key(65537, 2048)


def jwk(key: Any, kid: str, **more: str) -> dict[str, Any]:
    kind = jwt.algorithms.RSAAlgorithm if hasattr(key, "key_size") and key.key_size > 600 else None
    public = (kind or jwt.algorithms.ECAlgorithm).to_jwk(key.public_key(), as_dict=True)
    return {**public, "kid": kid, "use": "sig", **more}


KEYS = {"keys": [jwk(RSA_KEY, "one"), jwk(EC_KEY, "two")]}


def claims(**changes: Any) -> dict[str, Any]:
    """Return claims that hold now; ``None`` leaves one out, a ``timedelta`` is a time from now."""
    now = int(time.time())
    said = {
        "iss": ISSUER,
        "sub": "0b1c",
        "aud": CLIENT,
        "iat": now,
        "exp": now + 300,
        "nonce": NONCE,
        "preferred_username": "rivierstad-analyst",
        **changes,
    }
    times = {
        name: now + int(value.total_seconds())
        for name, value in said.items()
        if isinstance(value, timedelta)
    }
    return {name: value for name, value in (said | times).items() if value is not None}


def signed(
    said: dict[str, Any], key: Any = RSA_KEY, algorithm: str = "RS256", kid: str | None = "one"
) -> str:
    return jwt.encode(said, key, algorithm, headers={"kid": kid} if kid else None)


@dataclass
class FakeOpenId:
    """``transport`` plugs into httpx. What it answers can be changed; what was asked is kept."""

    id_token: str = ""
    described: dict[str, Any] = field(
        default_factory=lambda: {
            "issuer": ISSUER,
            "authorization_endpoint": f"{ISSUER}/authorize",
            "token_endpoint": f"{ISSUER}/token",
            "jwks_uri": f"{ISSUER}/keys",
            "userinfo_endpoint": f"{ISSUER}/userinfo",
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "private_key_jwt"],
        }
    )
    keys: dict[str, Any] = field(default_factory=lambda: KEYS)
    userinfo: dict[str, Any] = field(default_factory=lambda: {"sub": "0b1c"})
    asked: list[str] = field(default_factory=list)
    forms: list[dict[str, str]] = field(default_factory=list)
    headers: list[httpx.Headers] = field(default_factory=list)
    code: str = "the code"
    down: bool = False

    @property
    def transport(self) -> httpx.MockTransport:
        return httpx.MockTransport(self.handle)

    def handle(self, request: httpx.Request) -> httpx.Response:
        if self.down:
            raise httpx.ConnectError("nobody listens")
        path = str(request.url).removeprefix(ISSUER)
        self.asked.append(path)
        if path == "/.well-known/openid-configuration":
            return httpx.Response(200, json=self.described)
        if path == "/keys":
            return httpx.Response(200, json=self.keys)
        if path == "/userinfo":
            assert request.headers["authorization"] == "Bearer the access token"
            return httpx.Response(200, json=self.userinfo)
        assert path == "/token"
        form = {name: value[0] for name, value in parse_qs(request.content.decode()).items()}
        self.forms.append(form)
        self.headers.append(request.headers)
        if form["code"] != self.code:
            said = {"error": "invalid_grant", "error_description": "secret: " + json.dumps(form)}
            return httpx.Response(400, json=said)
        self.code = ""
        token = self.id_token or signed(claims())
        return httpx.Response(200, json={"access_token": "the access token", "id_token": token})
