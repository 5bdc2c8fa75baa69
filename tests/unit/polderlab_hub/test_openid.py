"""From the code a provider sends back to who is signed in."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from oauthenticator.oauth2 import _serialize_state
from tests.fakes.lab_service import TOKEN, FakeLabService
from tests.fakes.openid import (
    CLIENT,
    ISSUER,
    NONCE,
    OTHER_KEY,
    RSA_KEY,
    FakeOpenId,
    claims,
    jwk,
    signed,
)
from tornado.httputil import HTTPHeaders, HTTPServerRequest, RequestStartLine

from polderlab_hub import issuers, origins
from polderlab_hub.issuers import Issuer
from polderlab_hub.lab_client import LabClient
from polderlab_hub.openid import OpenIdAuthenticator, SignInRefused
from polderlab_hub.proofs import JWT_BEARER, assertion
from polderlab_hub.providers import Provider

RIVIERSTAD = Provider(
    name="rivierstad",
    title="Rivierstad",
    issuer=ISSUER,
    client_id=CLIENT,
    client_secret="s:e c/ret",
    organisation="rivierstad",
)


@pytest.fixture(autouse=True)
def proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(origins, "known_proxies", lambda: {"127.0.0.1"})


@pytest.fixture
def provider() -> FakeOpenId:
    return FakeOpenId()


@pytest.fixture
def service() -> FakeLabService:
    return FakeLabService()


def made(provider: FakeOpenId, service: FakeLabService, **changes: Any) -> OpenIdAuthenticator:
    lab = LabClient("http://lab/internal", TOKEN, transport=httpx.ASGITransport(service.app()))
    issuer = Issuer(RIVIERSTAD.model_copy(update=changes), transport=provider.transport)
    return OpenIdAuthenticator(issuer, lab, "http://127.0.0.1:8000")


def handler(code: str = "the code") -> Any:
    line = RequestStartLine("GET", "/hub/openid/rivierstad/callback", "HTTP/1.1")
    request = HTTPServerRequest(start_line=line, headers=HTTPHeaders({"Host": "lab"}))
    request.headers["Cookie"] = "polderlab-language=en"
    request.connection = SimpleNamespace(context=SimpleNamespace(address=("192.0.2.7", 1)))  # type: ignore[assignment]
    return SimpleNamespace(
        request=request,
        nonce=NONCE,
        get_argument=lambda name, default=None: {"code": code}.get(name, default),
        get_state_cookie=lambda: _serialize_state({"code_verifier": "the verifier"}),
    )


async def refusal(authenticator: OpenIdAuthenticator, code: str = "the code") -> str:
    with pytest.raises(SignInRefused) as refused:
        await authenticator.authenticate(handler(code))
    return str(refused.value)


async def test_who_a_provider_vouches_for_is_whom_the_lab_says_and_no_administrator(
    provider: FakeOpenId, service: FakeLabService
) -> None:
    authenticator = made(provider, service)
    # The fake lab says lab administrator; the hub gives no rights for it.
    assert await authenticator.authenticate(handler()) == {
        "name": "rivierstad-analyst",
        "admin": False,
    }
    assert service.origins == ["192.0.2.7"]
    assert service.requests == [
        {
            "provider": "rivierstad",
            "issuer": ISSUER,
            "subject": "0b1c",
            "username": "rivierstad-analyst",
            "organisation": "rivierstad",
            "second_factor": False,
            "listed": False,
        }
    ]


async def test_the_code_goes_with_its_verifier_and_the_secret_stays_out_of_the_form(
    provider: FakeOpenId, service: FakeLabService
) -> None:
    await made(provider, service).authenticate(handler())
    (form,), (headers,) = provider.forms, provider.headers
    assert form == {
        "code": "the code",
        "grant_type": "authorization_code",
        "redirect_uri": "http://127.0.0.1:8000/hub/openid/rivierstad/callback",
        "code_verifier": "the verifier",
        "client_id": CLIENT,
    }
    # "polderlab:s%3Ae+c%2Fret"
    assert headers["authorization"] == "Basic cG9sZGVybGFiOnMlM0FlK2MlMkZyZXQ="


async def test_a_provider_that_wants_the_secret_in_the_form_gets_it_there(
    provider: FakeOpenId, service: FakeLabService
) -> None:
    provider.described["token_endpoint_auth_methods_supported"] = ["client_secret_post"]
    await made(provider, service).authenticate(handler())
    assert provider.forms[0]["client_secret"] == "s:e c/ret"
    assert "authorization" not in provider.headers[0]


@pytest.mark.parametrize(
    ("key", "algorithm"),
    [
        (rsa.generate_private_key(65537, 2048), "RS256"),
        (ec.generate_private_key(ec.SECP384R1()), "ES384"),
        (ed25519.Ed25519PrivateKey.generate(), "EdDSA"),
    ],
)
async def test_a_lab_with_a_key_proves_itself_by_it_and_shows_no_secret(
    provider: FakeOpenId, service: FakeLabService, tmp_path: Path, key: Any, algorithm: str
) -> None:
    path = tmp_path / "lab.pem"
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    changes = {"client_secret": None, "private_key": path, "key_id": "lab-1"}
    await made(provider, service, **changes).authenticate(handler())
    (form,) = provider.forms
    assert "client_secret" not in form
    assert "authorization" not in provider.headers[0]
    assert form["client_assertion_type"] == JWT_BEARER
    shown = form["client_assertion"]
    assert jwt.get_unverified_header(shown) == {"alg": algorithm, "kid": "lab-1", "typ": "JWT"}
    told = jwt.decode(shown, key.public_key(), [algorithm], audience=ISSUER, issuer=CLIENT)
    assert told["sub"] == CLIENT
    assert 0 < told["exp"] - time.time() <= 60
    once_more = jwt.decode(
        assertion(RIVIERSTAD.model_copy(update=changes)),
        options={"verify_signature": False},
    )
    assert once_more["jti"] != told["jti"]


@pytest.mark.parametrize(
    "wrong",  # made when it is used: a token lives for minutes
    [
        lambda: signed(claims(), OTHER_KEY),
        lambda: signed(claims(exp=int(time.time()) - 600)),
        lambda: signed(claims(aud="another")),
        lambda: signed(claims(nonce="another")),
        lambda: signed(claims(iss="https://evil.example")),
        lambda: jwt.encode(claims(), None, "none", headers={"kid": "one"}),
        lambda: "no token",
    ],
    ids=["forged", "expired", "audience", "nonce", "issuer", "alg-none", "garbage"],
)
async def test_a_token_that_does_not_hold_signs_nobody_in_and_the_lab_is_not_asked(
    provider: FakeOpenId, service: FakeLabService, wrong: Callable[[], str]
) -> None:
    provider.id_token = wrong()
    assert "does not prove who you are" in await refusal(made(provider, service))
    assert service.requests == []
    provider.id_token, provider.code = signed(claims()), "the code"
    assert (await made(provider, service).authenticate(handler()))["name"]


async def test_a_code_works_once_and_what_the_provider_says_of_it_is_not_told(
    provider: FakeOpenId, service: FakeLabService, caplog: pytest.LogCaptureFixture
) -> None:
    authenticator = made(provider, service)
    assert await authenticator.authenticate(handler())
    told = await refusal(authenticator)
    assert "does not prove" in told
    assert "secret" not in told + caplog.text
    assert "the code" not in told + caplog.text


async def test_a_person_the_lab_does_not_know_so_gets_its_sentence(
    provider: FakeOpenId, service: FakeLabService
) -> None:
    assert await refusal(made(provider, service, organisation="kustregio")) == "Not known."


async def test_claims_that_name_nobody_are_the_settings_fault(
    provider: FakeOpenId, service: FakeLabService
) -> None:
    told = await refusal(made(provider, service, person_claim="uid"))
    assert "who you are or for whom" in told
    assert service.requests == []


async def test_a_provider_that_is_away_is_told_in_a_plain_sentence(
    provider: FakeOpenId, service: FakeLabService
) -> None:
    provider.down = True
    assert "does not prove" in await refusal(made(provider, service))


async def test_userinfo_adds_to_what_was_signed_and_never_replaces_it(
    provider: FakeOpenId, service: FakeLabService
) -> None:
    provider.userinfo = {"sub": "0b1c", "preferred_username": "waterdienst-admin", "uid": "ravi"}
    by_uid = made(provider, service, userinfo=True, person_claim="uid")
    assert (await by_uid.authenticate(handler()))["name"] == "ravi"
    provider.code = "the code"
    signed_one = await made(provider, service, userinfo=True).authenticate(handler())
    assert signed_one["name"] == "rivierstad-analyst"


async def test_userinfo_about_somebody_else_signs_nobody_in(
    provider: FakeOpenId, service: FakeLabService
) -> None:
    provider.userinfo = {"sub": "another", "uid": "ravi"}
    assert "does not prove" in await refusal(
        made(provider, service, userinfo=True, person_claim="uid")
    )


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("issuer", "https://id.example"),
        ("token_endpoint", "http://id.example/token"),
        ("authorization_endpoint", "javascript:alert(1)"),
        ("jwks_uri", None),
    ],
)
async def test_a_description_that_cannot_be_right_is_not_believed(
    provider: FakeOpenId, service: FakeLabService, field: str, value: str | None
) -> None:
    provider.described[field] = value
    assert "does not prove" in await refusal(made(provider, service))
    assert provider.forms == []


async def test_new_keys_of_a_provider_are_looked_up_and_not_all_the_time(
    provider: FakeOpenId, service: FakeLabService, monkeypatch: pytest.MonkeyPatch
) -> None:
    authenticator = made(provider, service)
    await authenticator.authenticate(handler())
    provider.keys = {"keys": [jwk(OTHER_KEY, "three")]}
    provider.id_token = signed(claims(), OTHER_KEY, kid="three")
    for _ in range(5):
        provider.code = "the code"
        await refusal(authenticator)
    assert provider.asked.count("/keys") == 1
    monkeypatch.setattr(issuers, "SECONDS_BETWEEN_KEYS", 0)
    provider.code = "the code"
    assert await authenticator.authenticate(handler())
    assert provider.asked.count("/keys") == 2
    # the old one is no longer among them
    provider.id_token, provider.code = signed(claims(), RSA_KEY), "the code"
    await refusal(authenticator)
