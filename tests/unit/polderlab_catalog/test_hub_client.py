"""What the lab makes of JupyterHub's answers."""

from __future__ import annotations

import json

import httpx
import pytest

from polderlab_catalog.application.errors import Refused, Unavailable
from polderlab_catalog.hub_client import HubClient

API = "http://hub.invalid/hub/api"


class Hub:
    """Answers in turn and remembers what it was asked."""

    def __init__(self, *answers: httpx.Response) -> None:
        self.answers, self.asked = list(answers), []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        return self.answers.pop(0)

    @property
    def client(self) -> HubClient:
        return HubClient(API, "secret-token", transport=httpx.MockTransport(self))


def said(status: int, message: str) -> httpx.Response:
    return httpx.Response(status, json={"status": status, "message": message})


def start(hub: Hub) -> None:
    hub.client.start("ravi", "river-access", image=None, size="small", language="nl")


def test_a_start_asks_for_the_named_server_with_the_choice() -> None:
    hub = Hub(httpx.Response(202))
    start(hub)
    (request,) = hub.asked
    assert (request.method, str(request.url)) == (
        "POST",
        f"{API}/users/ravi/servers/river-access",
    )
    assert json.loads(request.content) == {"size": "small", "language": "nl"}
    assert request.headers["Authorization"] == "token secret-token"


def test_who_never_signed_in_at_the_hub_is_told_to() -> None:
    with pytest.raises(Refused, match="Sign out, sign in and try again"):
        start(Hub(httpx.Response(404)))


@pytest.mark.parametrize("message", ["ravi:x is already running", "ravi:x is pending spawn"])
def test_what_runs_already_is_started(message: str) -> None:
    start(Hub(said(400, message)))


def test_the_sentence_of_a_refusal_passes_on() -> None:
    sentence = "Alle 4 plaatsen zijn bezet. Stop een sessie."
    with pytest.raises(Refused) as refusal:
        start(Hub(said(403, sentence)))
    assert refusal.value.decision.message == sentence


def test_an_answer_without_a_sentence_gets_one() -> None:
    with pytest.raises(Refused, match="answered 500"):
        start(Hub(httpx.Response(500, text="<html>")))


def test_a_hub_that_is_away_is_unavailable() -> None:
    def away(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    client = HubClient(API, "secret-token", transport=httpx.MockTransport(away))
    with pytest.raises(Unavailable, match="Try again in a moment") as error:
        client.stop("ravi", "river-access")
    assert "secret-token" not in str(error.value)


@pytest.mark.parametrize("status", [202, 204, 404])
def test_stopping_what_is_gone_or_going_is_done(status: int) -> None:
    hub = Hub(httpx.Response(status))
    hub.client.stop("ravi", "river-access")
    assert hub.asked[0].method == "DELETE"


def test_names_cannot_lead_to_another_address() -> None:
    hub = Hub(httpx.Response(204))
    hub.client.stop("ravi/../root", "x?y#z")
    assert hub.asked[0].url.raw_path == b"/hub/api/users/ravi%2F..%2Froot/servers/x%3Fy%23z"


PAGE_ONE = {
    "items": [
        {
            "name": "ravi",
            "servers": {"river-access": {"last_activity": "2026-11-20T09:41:00.000000Z"}},
        }
    ],
    "_pagination": {"next": {"offset": 1, "url": "…"}},
}
PAGE_TWO = {
    "items": [{"name": "kim", "servers": {"youth-health": {"last_activity": None}}}],
    "_pagination": {"next": None},
}


def test_what_servers_last_did_is_read_page_by_page() -> None:
    hub = Hub(httpx.Response(200, json=PAGE_ONE), httpx.Response(200, json=PAGE_TWO))
    found = hub.client.activity()
    assert {key: at.isoformat() for key, at in found.items()} == {
        ("ravi", "river-access"): "2026-11-20T09:41:00+00:00"
    }
    assert [request.url.params["offset"] for request in hub.asked] == ["0", "1"]


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(200, text="no json"),
        httpx.Response(200, json={"items": 3}),
        httpx.Response(200, json=[{"servers": {"x": {"last_activity": "soon"}}, "name": "a"}]),
        httpx.Response(502),
    ],
)
def test_what_servers_last_did_may_not_be_known(answer: httpx.Response) -> None:
    with pytest.raises(Unavailable):
        Hub(answer).client.activity()
