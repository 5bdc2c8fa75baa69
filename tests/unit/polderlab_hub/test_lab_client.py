"""The hub's questions to the lab, and what it makes of answers it did not expect."""

from __future__ import annotations

import httpx
import pytest
from tests.fakes.lab_service import PASSWORD, TOKEN, FakeLabService

from polderlab.wire import Activation, Running, SessionRequest, SignIn
from polderlab_hub.lab_client import LabClient, LabRefusedError, LabUnavailableError

BASE = "http://lab/internal"


def client_of(service: FakeLabService) -> LabClient:
    return LabClient(BASE, TOKEN, transport=httpx.ASGITransport(service.app()))


def answering(response: httpx.Response) -> LabClient:
    return LabClient(BASE, TOKEN, transport=httpx.MockTransport(lambda _: response))


async def test_a_session_is_planned_activated_and_closed() -> None:
    service = FakeLabService()
    lab = client_of(service)
    plan = await lab.plan(SessionRequest("an-analyst", "a-project"), origin="192.0.2.7")
    await lab.activate(plan.session, Activation("container", "10.0.0.2"))
    assert service.active == {plan.session: "10.0.0.2"}
    assert service.origins[0] == "192.0.2.7"
    await lab.close(plan.session, "stopped")
    await lab.close(plan.session, "stopped")
    assert service.closed == {plan.session: "stopped"}


async def test_a_refusal_is_told_in_the_persons_language() -> None:
    lab = client_of(FakeLabService(places=0))
    with pytest.raises(LabRefusedError) as refusal:
        await lab.plan(SessionRequest("an-analyst", "a-project"))
    assert refusal.value.problem.code == "no-room-in-project"
    assert refusal.value.sentence("en") == "All places are taken."
    assert refusal.value.sentence("fy") == "Alles is bezet."


async def test_sessions_that_run_no_more_are_told() -> None:
    lab = client_of(FakeLabService())
    plan = await lab.plan(SessionRequest("an-analyst", "a-project"))
    assert (await lab.reconcile(Running([plan.session]))).closed == []
    assert (await lab.reconcile(Running([]))).closed == [plan.session]


@pytest.mark.parametrize(
    "response",
    [
        httpx.Response(500, text="Traceback …"),
        httpx.Response(404, json={"detail": "Not Found"}),
        httpx.Response(401, text="who are you"),
        httpx.Response(200, json={"username": 3}),
        httpx.Response(200, text="<html>"),
    ],
)
async def test_an_answer_that_makes_no_sense_is_an_outage_and_not_a_verdict(
    response: httpx.Response,
) -> None:
    with pytest.raises(LabUnavailableError):
        await answering(response).sign_in(SignIn("an-analyst", PASSWORD))


async def test_a_service_that_is_down_is_unavailable() -> None:
    def down(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    lab = LabClient(BASE, TOKEN, transport=httpx.MockTransport(down))
    with pytest.raises(LabUnavailableError, match="POST /sign-ins"):
        await lab.sign_in(SignIn("an-analyst", PASSWORD))


async def test_a_plan_that_cannot_be_read_does_not_leak_its_token() -> None:
    lab = answering(httpx.Response(201, json={"environment": {"POLDERLAB_TOKEN": "s3cret"}}))
    with pytest.raises(LabUnavailableError) as error:
        await lab.plan(SessionRequest("an-analyst", "a-project"))
    assert "s3cret" not in repr(error.value)
    assert error.value.__cause__ is None
