"""How the lab proves to a provider that it is the lab: with a secret, or better, with a key."""

from __future__ import annotations

import base64
import time
import uuid
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote_plus

import jwt

from polderlab_hub import signing_keys
from polderlab_hub.providers import Provider

ASSERTION_SECONDS = 60
JWT_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


def proof(
    provider: Provider, described: Mapping[str, Any]
) -> tuple[dict[str, str], dict[str, str]]:
    """Return what to add to a request at the token endpoint: to its headers, to its form."""
    if provider.private_key is not None:
        form = {"client_assertion_type": JWT_BEARER, "client_assertion": assertion(provider)}
        return {}, form
    secret = provider.client_secret.get_secret_value() if provider.client_secret else ""
    offered = described.get("token_endpoint_auth_methods_supported")
    if isinstance(offered, list) and "client_secret_basic" not in offered:
        return {}, {"client_secret": secret}
    # Both are encoded as form values first (RFC 6749, 2.3.1); oauthenticator leaves that out.
    pair = f"{quote_plus(provider.client_id)}:{quote_plus(secret)}".encode()
    return {"Authorization": f"Basic {base64.b64encode(pair).decode()}"}, {}


def assertion(provider: Provider) -> str:
    """Return a statement signed with the lab's key, good for a minute and one use (RFC 7523)."""
    if provider.private_key is None:
        raise ValueError("this provider knows the lab by a secret")
    key, algorithm = signing_keys.read(provider.private_key)
    now = int(time.time())
    return jwt.encode(
        {
            "iss": provider.client_id,
            "sub": provider.client_id,
            "aud": provider.issuer,
            "jti": uuid.uuid4().hex,
            "iat": now,
            "exp": now + ASSERTION_SECONDS,
        },
        key,
        algorithm=algorithm,
        headers={"kid": provider.key_id} if provider.key_id else None,
    )
