"""Changing a password, and choosing one by a link, as a browser sees it."""

from __future__ import annotations

import logging
import re

import httpx
import pytest
from tests.fakes.world import PASSWORD
from tests.service.conftest import PREFIX, Service

from polderlab_catalog.application.errors import Refused
from polderlab_catalog.web.pages.passwords import LINK

RAVI = "rivierstad-analyst"
NEW = "seven herons on a dike"
FOREIGN = {"Sec-Fetch-Site": "cross-site"}


@pytest.fixture
def service(service: Service) -> Service:
    service.lab.passwords.set_password(RAVI, PASSWORD)
    return service


def works(service: Service, password: str) -> bool:
    try:
        return service.lab.sign_ins.sign_in(RAVI, password).username == RAVI
    except Refused:
        return False


def changed(service: Service, **fields: str) -> dict[str, str]:
    sent = {"current": PASSWORD, "password": NEW, "again": NEW, **fields}
    return {"csrf": service.csrf(RAVI), **sent}


# My own password ---------------------------------------------------------------------------------


async def test_a_person_changes_the_password_and_is_signed_out_everywhere(service: Service) -> None:
    async with service.visit(RAVI) as here, service.visit(RAVI) as elsewhere:
        assert "Change my password" in (await here.get(f"{PREFIX}/account")).text
        assert (await elsewhere.get(f"{PREFIX}/account")).status_code == 200
        answer = await here.post(f"{PREFIX}/account/password", data=changed(service))
        assert answer.status_code == 303
        assert answer.headers["location"] == f"{PREFIX}/new-password/done"
        assert "has ended" in (await here.get(f"{PREFIX}/new-password/done")).text
        for browser in (here, elsewhere):
            again = await browser.get(f"{PREFIX}/account")
            assert again.headers["location"].startswith("/hub/api/oauth2/authorize?")
    assert works(service, NEW)
    assert not works(service, PASSWORD)


@pytest.mark.parametrize(
    ("fields", "where", "why"),
    [
        ({"current": "wrong"}, "current", "Type the password you sign in with now."),
        ({"again": "another"}, "again", "Type the new password twice"),
        ({"password": "short", "again": "short"}, "password", "at least 12"),
        ({"password": "Welkom2024!!", "again": "Welkom2024!!"}, "password", "first that are"),
        ({"password": PASSWORD, "again": PASSWORD}, "password", "differs from"),
    ],
)
async def test_what_is_wrong_is_said_at_its_field_and_nothing_typed_comes_back(
    service: Service, fields: dict[str, str], where: str, why: str
) -> None:
    async with service.visit(RAVI) as client:
        answer = await client.post(f"{PREFIX}/account/password", data=changed(service, **fields))
        assert (await client.get(f"{PREFIX}/account")).status_code == 200
    assert answer.status_code == 422
    assert f'<a href="#{where}">' in answer.text
    assert why in answer.text
    assert NEW not in answer.text
    assert PASSWORD not in answer.text
    assert works(service, PASSWORD)


async def test_somebody_at_an_open_browser_cannot_guess_the_password_there(
    service: Service,
) -> None:
    async with service.visit(RAVI) as client:
        for _ in range(5):
            wrong = changed(service, current="a guess")
            assert (await client.post(f"{PREFIX}/account/password", data=wrong)).status_code == 422
        answer = await client.post(f"{PREFIX}/account/password", data=changed(service))
    assert "Too many failed tries" in answer.text
    assert not works(service, NEW)
    service.world.clock.advance(minutes=1)
    assert works(service, PASSWORD)


async def test_without_the_hub_nothing_changes(service: Service) -> None:
    async with service.visit(RAVI) as client:
        assert (await client.get(f"{PREFIX}/account")).status_code == 200
        service.hub.down = True
        answer = await client.post(f"{PREFIX}/account/password", data=changed(service))
    assert answer.status_code == 503
    assert works(service, PASSWORD)


async def test_who_signs_in_elsewhere_is_told_so(service: Service) -> None:
    async with service.visit("kustregio-analyst") as client:
        page = (await client.get(f"{PREFIX}/account")).text
    assert "through your organisation" in page
    assert "Change my password" not in page


# By a link ---------------------------------------------------------------------------------------


async def come(client: httpx.AsyncClient, key: str) -> httpx.Response:
    return await client.post(f"{PREFIX}/new-password", data={"code": key})


def token_in(page: str) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', page)
    assert found is not None
    return found.group(1)


async def test_a_link_lets_somebody_choose_a_password_once(
    service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    key, _ = service.lab.passwords.make_link(service.world.operator, RAVI)
    async with service.visit() as client:
        asked = await client.get(f"{PREFIX}/new-password")
        assert asked.status_code == 200
        assert "The link you were sent" in asked.text
        answer = await come(client, f"http://lab/services/lab/new-password#{key}")
        assert answer.status_code == 303
        assert key not in answer.headers["location"] + answer.headers["set-cookie"]
        page = await client.get(answer.headers["location"])
        assert RAVI in page.text
        assert key not in page.text
        form = {"csrf": token_in(page.text), "password": NEW, "again": "typed wrong"}
        refused = await client.post(f"{PREFIX}/new-password/choose", data=form)
        assert refused.status_code == 422
        done = await client.post(f"{PREFIX}/new-password/choose", data={**form, "again": NEW})
        assert done.headers["location"] == f"{PREFIX}/new-password/done"
        assert LINK.cookie not in client.cookies
        again = await come(client, key)
    assert again.status_code == 422
    assert "used already" in again.text
    assert works(service, NEW)
    assert key not in caplog.text


async def test_looking_at_a_link_does_not_use_it_up(service: Service) -> None:
    key, _ = service.lab.passwords.make_link(service.world.operator, RAVI)
    for _ in range(3):
        async with service.visit() as client:
            assert (await come(client, key)).status_code == 303
            assert (await client.get(f"{PREFIX}/new-password/choose")).status_code == 200


async def test_without_a_link_there_is_nothing_to_choose(service: Service) -> None:
    async with service.visit() as client:
        for code in ("", "made up", "x" * 900):
            assert (await come(client, code)).status_code == 422
        for method in ("GET", "POST"):
            answer = await client.request(method, f"{PREFIX}/new-password/choose")
            assert answer.status_code == 403
        client.cookies.set(LINK.cookie, "forged")
        assert (await client.get(f"{PREFIX}/new-password/choose")).status_code == 403


async def test_a_form_of_another_site_chooses_nothing(service: Service) -> None:
    key, _ = service.lab.passwords.make_link(service.world.operator, RAVI)
    async with service.visit() as client:
        foreign = await client.post(f"{PREFIX}/new-password", data={"code": key}, headers=FOREIGN)
        assert foreign.status_code == 403
        await come(client, key)
        page = await client.get(f"{PREFIX}/new-password/choose")
        form = {"csrf": token_in(page.text), "password": NEW, "again": NEW}
        address = f"{PREFIX}/new-password/choose"
        assert (await client.post(address, data=form, headers=FOREIGN)).status_code == 403
        assert (await client.post(address, data={**form, "csrf": "x"})).status_code == 403
        other, _ = service.lab.passwords.make_link(service.world.operator, "rivierstad-lead")
        await come(client, other)
        # the token of one link does not fit another
        assert (await client.post(address, data=form)).status_code == 403
        assert works(service, PASSWORD)
        await come(client, key)
        assert (await client.post(address, data=form)).status_code == 303
    assert works(service, NEW)


async def test_a_persons_page_says_who_makes_a_link_and_makes_none_itself(
    service: Service,
) -> None:
    async with service.visit("waterdienst-admin") as client:
        page = (await client.get(f"{PREFIX}/people/rivierstad-analyst")).text
    assert "polderlab person password-link rivierstad-analyst</code>" in page
    assert "An operator of the lab makes a link" in page
    assert "password" not in "".join(re.findall(r'action="([^"]*)"', page))
