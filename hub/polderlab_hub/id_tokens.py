"""ID tokens: signed by the provider, for this lab, for this very sign-in, and not too old.

OpenID Connect Core 1.0, 3.1.3.7. oauthenticator reads an ID token without any of these checks,
trusting the connection it came over; what it says here decides who somebody is, so it is held
to all of them.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import Any

import jwt

ALGORITHMS = frozenset(
    {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"}
)
"""Signatures with a key pair only: never ``none``, and never a secret the lab has as well."""
LEEWAY_SECONDS = 60
_REQUIRED = ["iss", "sub", "aud", "exp", "iat", "nonce"]


class IdTokenError(Exception):
    """The token proves nothing; the message says why, for the log, and quotes nothing of it."""


class UnknownKeyError(IdTokenError):
    """It is signed with a key that is not among those known: perhaps a new one."""


def checked(
    token: str,
    keys: jwt.PyJWKSet,
    *,
    issuer: str,
    client_id: str,
    nonce: str,
    access_token: str = "",
) -> dict[str, Any]:
    """Return the claims of ``token``; raise :class:`IdTokenError` unless all of it holds."""
    algorithm, key = _key(token, keys)
    try:
        claims: dict[str, Any] = jwt.decode(
            token,
            # Bare: with what surrounds it, PyJWT takes RSA keys for RS256 alone.
            key.key,
            algorithms=[algorithm],
            audience=client_id,
            issuer=issuer,
            leeway=LEEWAY_SECONDS,
            options={"require": _REQUIRED},
        )
    except (jwt.PyJWTError, TypeError, ValueError) as error:
        # PyJWT tells a key of the wrong kind by a TypeError.
        raise IdTokenError(type(error).__name__) from None
    _check_audience(claims, client_id)
    if not nonce or not hmac.compare_digest(str(claims["nonce"]).encode(), nonce.encode()):
        raise IdTokenError("it answers another sign-in (nonce)")
    _check_access_token(claims, algorithm, access_token)
    return claims


def _key(token: str, keys: jwt.PyJWKSet) -> tuple[str, jwt.PyJWK]:
    try:
        header = jwt.get_unverified_header(token)
    except jwt.PyJWTError as error:
        raise IdTokenError(type(error).__name__) from None
    algorithm, kid = header.get("alg"), header.get("kid")
    if algorithm not in ALGORITHMS:
        raise IdTokenError("it is not signed in a way that proves anything (alg)")
    fit = [
        key
        for key in keys.keys
        if key.public_key_use in (None, "sig") and (kid is None or key.key_id == kid)
    ]
    if len(fit) != 1:
        raise UnknownKeyError("no one key of the provider fits it (kid)")
    return algorithm, fit[0]


def _check_audience(claims: dict[str, Any], client_id: str) -> None:
    several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
    azp = claims.get("azp")
    if (several or azp is not None) and azp != client_id:
        raise IdTokenError("it was made for another application (azp)")


def _check_access_token(claims: dict[str, Any], algorithm: str, access_token: str) -> None:
    """Hold the access token against ``at_hash``, where the provider gives one."""
    if "at_hash" not in claims or not access_token:
        return
    strength = algorithm[-3:] if algorithm[-3:].isdigit() else "512"
    digest = hashlib.new(f"sha{strength}", access_token.encode()).digest()
    expected = base64.urlsafe_b64encode(digest[: len(digest) // 2]).rstrip(b"=")
    if not hmac.compare_digest(str(claims["at_hash"]).encode(), expected):
        raise IdTokenError("another access token came with it (at_hash)")
