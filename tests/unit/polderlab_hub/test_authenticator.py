"""Signing in through the hub."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from tests.fakes.lab_service import PASSWORD, TOKEN, FakeLabService
from tornado.httputil import HTTPHeaders, HTTPServerRequest, RequestStartLine
from tornado.web import HTTPError

from polderlab_hub import origins
from polderlab_hub.authenticator import LabAuthenticator
from polderlab_hub.lab_client import LabClient


@pytest.fixture(autouse=True)
def proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(origins, "known_proxies", lambda: {"10.213.0.1"})


@pytest.fixture
def service() -> FakeLabService:
    return FakeLabService()


@pytest.fixture
def authenticator(service: FakeLabService) -> LabAuthenticator:
    transport = httpx.ASGITransport(service.app())
    return LabAuthenticator(lab=LabClient("http://lab/internal", TOKEN, transport=transport))


def handler(language: str = "nl") -> Any:
    line = RequestStartLine("POST", "/hub/login", "HTTP/1.1")
    request = HTTPServerRequest(start_line=line, headers=HTTPHeaders({"Host": "lab"}))
    request.headers["Cookie"] = f"polderlab-language={language}"
    request.headers["X-Forwarded-For"] = "198.51.100.1, 192.0.2.7"
    request.headers["X-Real-Ip"] = "198.51.100.2"
    request.remote_ip = "198.51.100.2"  # Tornado believes it
    request.connection = SimpleNamespace(context=SimpleNamespace(address=("10.213.0.1", 40000)))
    return SimpleNamespace(request=request)


async def test_the_lab_says_who_it_is_and_nobody_administers_the_hub(
    authenticator: LabAuthenticator, service: FakeLabService
) -> None:
    given = {"username": " An-Analyst ", "password": PASSWORD}
    # The fake says lab administrator; the hub gives no rights for it.
    assert await authenticator.authenticate(handler(), given) == {
        "name": "an-analyst",
        "admin": False,
    }
    assert service.origins == ["192.0.2.7"]


@pytest.mark.parametrize("password", [PASSWORD, "wrong"])
async def test_without_local_accounts_no_password_is_even_sent_on(
    service: FakeLabService, password: str
) -> None:
    transport = httpx.ASGITransport(service.app())
    lab = LabClient("http://lab/internal", TOKEN, transport=transport)
    given = {"username": "an-analyst", "password": password}
    with pytest.raises(HTTPError) as refused:
        await LabAuthenticator(lab=lab, local_accounts=False).authenticate(handler("en"), given)
    assert refused.value.status_code == 403
    assert "Sign in with the account of your organisation" in str(refused.value.log_message)
    assert service.requests == []
    if password == PASSWORD:  # the positive control
        assert await LabAuthenticator(lab=lab).authenticate(handler("en"), given)


async def test_the_labs_refusal_reaches_the_sign_in_page_in_the_persons_language(
    authenticator: LabAuthenticator,
) -> None:
    with pytest.raises(HTTPError) as refused:
        await authenticator.authenticate(
            handler("en"), {"username": "an-analyst", "password": "wrong"}
        )
    assert refused.value.status_code == 403
    assert refused.value.log_message == "No match."


@pytest.mark.parametrize(
    "username", ["", "a/b", "../root", "an analyst", "Ünïcode", "a" * 41, "a--b", "-a", "a\r\nb"]
)
async def test_what_cannot_be_a_name_is_not_even_asked(
    authenticator: LabAuthenticator, service: FakeLabService, username: str
) -> None:
    with pytest.raises(HTTPError) as refused:
        await authenticator.authenticate(handler(), {"username": username, "password": PASSWORD})
    assert refused.value.status_code == 403
    assert service.requests == []


async def test_a_password_too_long_to_be_one_is_not_even_asked(
    authenticator: LabAuthenticator, service: FakeLabService
) -> None:
    with pytest.raises(HTTPError):
        await authenticator.authenticate(
            handler(), {"username": "an-analyst", "password": "x" * 10_000}
        )
    assert service.requests == []


async def test_a_lab_that_is_down_is_told_in_a_plain_sentence() -> None:
    def down(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    lab = LabClient("http://lab/internal", TOKEN, transport=httpx.MockTransport(down))
    with pytest.raises(HTTPError) as failed:
        await LabAuthenticator(lab=lab).authenticate(
            handler("en"), {"username": "an-analyst", "password": PASSWORD}
        )
    assert failed.value.status_code == 503
    assert "try again" in str(failed.value.log_message)
