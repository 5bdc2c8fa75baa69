"""Every refusal of a start reaches the person as one plain sentence with what to do next, the
same one by the hub's API and on the portal's page, and takes no place."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

import pytest
from tests.support.lab import PORTAL, Lab
from tests.support.web import form_token, words

ANALYST = "rivierstad-analyst"


@dataclass(frozen=True)
class Case:
    """Who asks for what, in which circumstances, and the two halves of what they are told."""

    name: str
    why: str
    advice: str
    project: str = "river-access"
    options: dict[str, str] = field(default_factory=dict)
    circumstances: Callable[[Lab], AbstractContextManager[None]] = lambda _: (
        contextlib.nullcontext()
    )

    def __str__(self) -> str:
        return self.name


@contextlib.contextmanager
def _one_place_that_is_taken(lab: Lab) -> Iterator[None]:
    lab.start("rivierstad-lead", "river-access")
    try:
        with lab.changed("allocation", "project:river-access", sessions=1):
            yield
    finally:
        lab.stop("rivierstad-lead", "river-access")


CASES = [
    Case(
        "not a member",
        "You are not a member of project youth-health.",
        "Ask its lead to add you, or choose one of your own projects.",
        project="youth-health",
    ),
    Case(
        "no such project",
        "You are not a member of project moon-base.",
        "Ask its lead to add you, or choose one of your own projects.",
        project="moon-base",
    ),
    Case(
        "project ended",
        "Project river-access ended on 31 January 2026.",
        "Ask its lead to extend it.",
        circumstances=lambda lab: lab.changed("project", "river-access", ends="2026-01-31"),
    ),
    Case(
        "unknown size",
        "Project river-access has no size “enormous”.",
        "Choose one of: small",
        options={"size": "enormous"},
    ),
    Case(
        "image not allowed",
        "Project river-access has no image “someone/elses:image”.",
        "Choose one of: python-geo.",
        options={"image": "someone/elses:image"},
    ),
    Case(
        "no room in the project",
        "places of project river-access are in use.",
        "Stop a session you no longer need, or wait until a colleague stops one.",
        circumstances=_one_place_that_is_taken,
    ),
    Case(
        "no room in the organisation",
        "has not enough left: processors, 0 free, 1 asked.",
        "Choose a smaller size, or stop a session you no longer need.",
        circumstances=lambda lab: lab.changed("allocation", "organisation:rivierstad", cpus=0),
    ),
    Case(
        "organisation suspended",
        "is suspended.",
        "Ask the lab administrator why and until when.",
        circumstances=lambda lab: lab.changed("organisation", "rivierstad", suspended=True),
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_refused_start_says_why_and_what_to_do_next(lab: Lab, case: Case) -> None:
    client = lab.person(ANALYST)
    # The page was open before things became as they are.
    token = form_token(client, f"{PORTAL}/")
    with case.circumstances(lab):
        others = len(lab.containers())
        answer = lab.ask_to_start(ANALYST, case.project, case.options)
        page = client.post(
            f"{PORTAL}/projects/{case.project}/sessions", data={"csrf": token, **case.options}
        )

        assert 400 <= answer.status_code < 500, answer.text
        sentence = answer.json()["message"]
        assert case.why in sentence
        assert case.advice in sentence

        assert page.status_code == 403, page.url
        assert case.why in words(page)
        assert case.advice in words(page)

        assert len(lab.containers()) == others, "a refused start left a container"
        assert case.project not in lab.servers(ANALYST), "a refused start left a server"


def test_a_refusal_is_told_in_the_readers_language(lab: Lab) -> None:
    with contextlib.closing(lab.login(ANALYST, language="nl")) as client:
        token = form_token(client, f"{PORTAL}/")
        page = client.post(f"{PORTAL}/projects/youth-health/sessions", data={"csrf": token})

    assert "Je bent geen lid van project youth-health" in words(page)


def test_what_was_refused_once_does_not_stand_in_the_way_of_the_next_start(lab: Lab) -> None:
    refused = lab.ask_to_start(ANALYST, "river-access", {"size": "enormous"})
    lab.start(ANALYST, "river-access")
    lab.stop(ANALYST, "river-access")

    assert refused.status_code == 403


def test_a_second_start_of_what_runs_is_refused(lab: Lab) -> None:
    lab.start(ANALYST, "river-access")

    again = lab.ask_to_start(ANALYST, "river-access")
    lab.stop(ANALYST, "river-access")

    assert again.status_code == 400
    assert lab.container(ANALYST, "river-access") is None


def test_a_session_without_a_project_is_refused_with_the_way_to_go(lab: Lab) -> None:
    answer = lab.hub(ANALYST, "POST", f"/users/{ANALYST}/server", json={})

    assert answer.status_code == 400
    assert "Go to your projects and start one there." in answer.json()["message"]
