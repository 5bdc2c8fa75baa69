"""What a session is told of what the lab announces."""

from __future__ import annotations

import httpx
import pytest
from tests.fakes.world import token
from tests.service.conftest import Service

from polderlab_catalog.application.announcements import Draft
from polderlab_catalog.domain.announcements import Audience
from polderlab_catalog.domain.texts import Text


@pytest.fixture
def session(service: Service) -> str:
    """Return the key of a session of Rivierstad's analyst."""
    return token(service.world.run("rivierstad-analyst", "river-access"))


async def ask(
    service: Service, key: str, language: str = "en", address: str = "10.213.0.2"
) -> httpx.Response:
    async with service.gateway(key, address) as client:
        return await client.get("/announcements", headers={"Accept-Language": language})


def announce(service: Service, text: str, audience: Audience, *names: str) -> str:
    draft = Draft(Text(f"{text} (nl)", f"{text} (en)"), audience, names)
    return service.lab.announcements.make(service.world.operator, draft).id


async def test_a_session_is_told_what_concerns_its_person_in_its_language(
    service: Service, session: str
) -> None:
    announce(service, "all", Audience.EVERYONE)
    announce(service, "river", Audience.ORGANISATION, "rivierstad")
    announce(service, "coast", Audience.ORGANISATION, "kustregio")
    announce(service, "project", Audience.PROJECT, "river-access")
    announce(service, "youth", Audience.PROJECT, "youth-health")
    announce(service, "me", Audience.PEOPLE, "rivierstad-analyst")
    announce(service, "her", Audience.PEOPLE, "rivierstad-lead")
    found = (await ask(service, session)).json()
    told = {each["text"] for each in found["announcements"]}
    assert told == {"all (en)", "river (en)", "project (en)", "me (en)"}
    assert found["page"] == f"{service.lab.settings.portal_url}/"
    dutch = (await ask(service, session, "nl")).json()["announcements"]
    assert {each["text"] for each in dutch} == {t.replace("(en)", "(nl)") for t in told}


async def test_what_is_withdrawn_or_over_is_told_no_longer(service: Service, session: str) -> None:
    made = announce(service, "one", Audience.EVERYONE)
    announce(service, "two", Audience.EVERYONE)
    assert len((await ask(service, session)).json()["announcements"]) == 2
    service.lab.announcements.withdraw(service.world.operator, made)
    (left,) = (await ask(service, session)).json()["announcements"]
    assert left["text"] == "two (en)"
    service.world.clock.advance(days=8)
    assert (await ask(service, session)).json()["announcements"] == []


async def test_no_other_key_or_place_is_told_anything(service: Service, session: str) -> None:
    announce(service, "all", Audience.EVERYONE)
    assert (await ask(service, session)).status_code == 200
    for key, address in (("", "10.213.0.2"), ("guessed", "10.213.0.2"), (session, "10.213.0.9")):
        answer = await ask(service, key, address=address)
        assert answer.status_code in (401, 403)
        assert "all (en)" not in answer.text
    service.lab.sessions.close(
        next(iter(service.lab.sessions.list_open(service.world.operator))).id, "stop"
    )
    assert (await ask(service, session)).status_code == 403
