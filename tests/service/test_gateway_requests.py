"""Asking from a session: with the real client, through a real socket, to the real gateway."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import pytest
import uvicorn
from tests.fakes.world import distribution, token
from tests.service.conftest import Service

import polderlab
from polderlab.errors import exception, problem
from polderlab.wire import SessionEnvironment
from polderlab_catalog.domain.datasets import Column
from polderlab_catalog.domain.requests import ApprovalRole
from polderlab_catalog.domain.scopes import Scope

COLUMNS = (Column("hgt", "double"), Column("age", "int32"))


@pytest.fixture
def session(service: Service, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Be a session of the analyst in river-access, on this very machine."""
    service.lab.administration.publish_version(
        service.world.operator,
        "growth_study",
        (replace(distribution("growth_study", 2), columns=COLUMNS),),
    )
    plan = service.world.run("rivierstad-analyst", "river-access", "127.0.0.1")
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(
        uvicorn.Config(service.gateway_app, log_config=None, ws="none", lifespan="off")
    )
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    port = listening.getsockname()[1]
    monkeypatch.setenv(SessionEnvironment.GATEWAY, f"http://127.0.0.1:{port}/v1")
    monkeypatch.setenv(SessionEnvironment.TOKEN, token(plan))
    monkeypatch.setenv(SessionEnvironment.LANGUAGE, "en")
    yield
    server.should_exit = True
    thread.join(timeout=10)
    listening.close()


@pytest.mark.usefixtures("session")
def test_a_notebook_asks_follows_and_is_answered(service: Service) -> None:
    assert repr(polderlab.requests()) == "Your project has asked for nothing yet."
    made = polderlab.request_access(
        "growth_study", "Compare <b>growth</b>", until=date(2027, 6, 30), columns=["age"]
    )
    assert made.where == "waits for the steward and the privacy officer"
    assert made.page in repr(made)
    assert made.page.endswith(f"/services/lab/requests/{made.id}")
    asks, steward = service.lab.requests, service.world.steward

    asks.question(steward, made.id, "Whole <i>years</i>?")
    (seen,) = polderlab.requests()
    assert seen.where == "waits for an answer of your project: Whole <i>years</i>?"
    assert "Whole &lt;i&gt;years" in polderlab.requests()._repr_html_()
    assert "<i>" not in seen._repr_html_()

    asks.approve(steward, made.id, ApprovalRole.STEWARD, conditions="Groups of <ten>")
    officer = service.world.privacy_officer
    asks.approve(officer, made.id, ApprovalRole.PRIVACY_OFFICER, until=date(2027, 1, 31))
    (seen,) = polderlab.requests()
    assert seen.where == "approved until and including 2027-01-31"
    assert "Groups of &lt;ten&gt;" in seen._repr_html_()
    (grant,) = service.lab.grants.of_dataset("growth_study")
    assert grant.scope == Scope(("age",))


@pytest.mark.usefixtures("session")
def test_what_cannot_be_asked_is_told_in_the_labs_sentence(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(PermissionError, match="water_bodies is public"):
        polderlab.request_access("water_bodies", "Look")
    with pytest.raises(FileNotFoundError, match="There is no dataset"):
        polderlab.request_access("no_such_dataset", "Look")
    with pytest.raises(ValueError, match="until"):
        polderlab.request_access("growth_study", "Look", until="next year")
    with pytest.raises(ValueError, match="purpose"):
        polderlab.request_access("growth_study", " ")
    with pytest.raises(PermissionError, match="no column “nothing”"):
        polderlab.request_access("growth_study", "Look", columns="nothing")
    polderlab.request_access("growth_study", "Look")
    monkeypatch.setenv(SessionEnvironment.LANGUAGE, "nl")
    with pytest.raises(PermissionError, match="al een open verzoek"):
        polderlab.request_access("growth_study", "Look")
    monkeypatch.setenv(SessionEnvironment.TOKEN, "another")
    with pytest.raises(PermissionError) as refusal:
        polderlab.requests()
    assert "another" not in repr(refusal.value)


def test_outside_a_session_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(SessionEnvironment.GATEWAY, raising=False)
    with pytest.raises(ConnectionError, match="POLDERLAB_GATEWAY"):
        polderlab.requests()
    monkeypatch.setenv(SessionEnvironment.GATEWAY, "http://127.0.0.1:9/v1")
    with pytest.raises(ConnectionError) as silent:
        polderlab.requests()
    assert silent.value.__cause__ is None


def test_a_refused_read_names_the_command_that_asks() -> None:
    told = problem(403, b'{"detail": "No.", "code": "no-grant", "help": "http://x/datasets/soil"}')
    assert str(exception(told)).endswith('→ polderlab.request_access("soil", purpose="…")')
    other = problem(403, b'{"detail": "No.", "code": "session-closed", "help": "http://x/y"}')
    assert "request_access" not in str(exception(other))
