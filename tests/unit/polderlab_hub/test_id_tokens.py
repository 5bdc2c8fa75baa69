"""An ID token holds only if all of it does. Every refusal here differs from what is accepted in
the one thing it names."""

from __future__ import annotations

import base64
import hashlib
import json
from datetime import timedelta
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from tests.fakes.openid import (
    CLIENT,
    EC_KEY,
    ISSUER,
    KEYS,
    NONCE,
    OTHER_KEY,
    RSA_KEY,
    claims,
    jwk,
    signed,
)

from polderlab_hub.id_tokens import IdTokenError, UnknownKeyError, checked

ACCESS = "the access token"


def check(token: str, keys: dict[str, Any] = KEYS, nonce: str = NONCE, **more: str) -> str:
    held = jwt.PyJWKSet.from_dict(keys)
    told = checked(token, held, issuer=ISSUER, client_id=CLIENT, nonce=nonce, **more)
    return str(told["preferred_username"])


def at_hash(access_token: str) -> str:
    digest = hashlib.sha256(access_token.encode()).digest()[:16]
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


@pytest.mark.parametrize(
    ("said", "signature"),
    [
        ({}, ()),
        ({}, (RSA_KEY, "PS256")),
        ({}, (EC_KEY, "ES256", "two")),
        ({"aud": [CLIENT]}, ()),
        ({"aud": [CLIENT, "another"], "azp": CLIENT}, ()),
        ({"azp": CLIENT}, ()),
        ({"exp": timedelta(seconds=-30)}, ()),  # clocks differ a little
        ({"iat": timedelta(seconds=30)}, ()),
        ({"at_hash": at_hash(ACCESS)}, ()),
    ],
)
def test_a_token_that_holds_says_who_it_is(said: dict[str, Any], signature: tuple[Any]) -> None:
    assert check(signed(claims(**said), *signature), access_token=ACCESS) == "rivierstad-analyst"


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"exp": timedelta(seconds=-90)}, "ExpiredSignature"),
        ({"aud": "another"}, "InvalidAudience"),
        ({"aud": ["another"]}, "InvalidAudience"),
        ({"aud": [CLIENT, "another"]}, "azp"),
        ({"aud": [CLIENT, "another"], "azp": "another"}, "azp"),
        ({"azp": "another"}, "azp"),
        ({"iss": "https://id.example/realms/kustregio"}, "InvalidIssuer"),
        ({"iss": f"{ISSUER}/"}, "InvalidIssuer"),
        ({"nonce": "that of another sign-in"}, "nonce"),
        ({"nonce": ""}, "nonce"),
        ({"iat": timedelta(seconds=90)}, "ImmatureSignature"),
        ({"nbf": timedelta(seconds=90)}, "ImmatureSignature"),
        ({"at_hash": at_hash("another access token")}, "at_hash"),
        ({"at_hash": "é"}, "at_hash"),
    ],
)
def test_a_token_that_differs_in_one_thing_does_not(changes: dict[str, Any], why: str) -> None:
    with pytest.raises(IdTokenError, match=why):
        check(signed(claims(**changes)), access_token=ACCESS)


@pytest.mark.parametrize("claim", ["iss", "sub", "aud", "exp", "iat", "nonce"])
def test_a_token_without_a_claim_it_needs_does_not(claim: str) -> None:
    with pytest.raises(IdTokenError, match="MissingRequiredClaim"):
        check(signed(claims(**{claim: None})))


def test_a_forged_signature_does_not() -> None:
    with pytest.raises(IdTokenError, match="InvalidSignature"):
        check(signed(claims(), OTHER_KEY))


def test_claims_changed_after_signing_do_not() -> None:
    head, body, signature = signed(claims()).split(".")
    said = json.loads(base64.urlsafe_b64decode(body + "=="))
    said["preferred_username"] = "waterdienst-admin"
    forged = base64.urlsafe_b64encode(json.dumps(said).encode()).rstrip(b"=").decode()
    assert check(f"{head}.{body}.{signature}") == "rivierstad-analyst"
    with pytest.raises(IdTokenError, match="InvalidSignature"):
        check(f"{head}.{forged}.{signature}")


@pytest.mark.parametrize("kid", ["one", None])
def test_no_signature_at_all_does_not(kid: str | None) -> None:
    unsigned = jwt.encode(claims(), None, "none", headers={"kid": kid} if kid else None)
    with pytest.raises(IdTokenError, match="alg"):
        check(unsigned)
    with pytest.raises(IdTokenError):
        check(signed(claims()).rpartition(".")[0] + ".")


def test_a_signature_made_with_the_public_key_as_a_secret_does_not() -> None:
    pem = RSA_KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    head = base64.urlsafe_b64encode(b'{"alg":"HS256","kid":"one"}').rstrip(b"=")
    body = base64.urlsafe_b64encode(json.dumps(claims()).encode()).rstrip(b"=")
    mac = base64.urlsafe_b64encode(
        jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA256).sign(
            head + b"." + body, pem
        )
    ).rstrip(b"=")
    with pytest.raises(IdTokenError, match="alg"):
        check(b".".join((head, body, mac)).decode())


def test_a_key_for_another_kind_of_signature_does_not() -> None:
    with pytest.raises(IdTokenError, match=r"TypeError|InvalidKey"):
        check(signed(claims(), RSA_KEY, "RS256", "two"))


def test_a_key_that_is_for_encrypting_does_not() -> None:
    keys = {"keys": [jwk(RSA_KEY, "one", use="enc"), jwk(EC_KEY, "two")]}
    with pytest.raises(UnknownKeyError):
        check(signed(claims()), keys)


def test_a_token_without_a_key_name_holds_only_where_there_is_one_key() -> None:
    token = signed(claims(), kid=None)
    assert check(token, {"keys": [jwk(RSA_KEY, "one")]}) == "rivierstad-analyst"
    with pytest.raises(UnknownKeyError):
        check(token)


def test_no_token_answers_a_sign_in_without_a_nonce() -> None:
    with pytest.raises(IdTokenError, match="nonce"):
        check(signed(claims(nonce="")), nonce="")


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "é.é.é", "." * 100, "e30.e30."])
def test_what_is_no_token_is_refused_in_the_same_way(token: str) -> None:
    with pytest.raises(IdTokenError):
        check(token)


def test_why_a_token_is_refused_quotes_nothing_of_it() -> None:
    with pytest.raises(IdTokenError) as error:
        check(signed(claims(aud="secret audience")))
    assert "secret" not in str(error.value)
