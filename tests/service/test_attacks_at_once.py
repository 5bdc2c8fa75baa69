"""Doing twice at the same moment what may be done once; and showing one door another's key."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier

import pytest
from tests.fakes.partners import CONTACT, PLAN, bring
from tests.fakes.world import token
from tests.service.conftest import HOST, PREFIX, Service
from tests.service.test_attacks_partners import is_open, lead_agency, now
from tests.service.test_partners import GOOD, TOKEN, come_in, fill

from polderlab_catalog.application.announcements import Draft
from polderlab_catalog.application.errors import LabError
from polderlab_catalog.application.leaving import Wish
from polderlab_catalog.domain.allocations import Allocation, Level, Resource
from polderlab_catalog.domain.announcements import Audience
from polderlab_catalog.domain.endings import Leaving
from polderlab_catalog.domain.proposals import Plan
from polderlab_catalog.domain.texts import Text
from polderlab_catalog.web.pages.invitations import LINK as INVITATION
from polderlab_catalog.web.pages.passwords import LINK as PASSWORD
from polderlab_catalog.web.sign_in import STATE_COOKIE
from polderlab_catalog.web.visitors import SESSION_COOKIE

EVIL = "<script>alert(1)</script>"
TIMES = 4


@pytest.fixture
def cast(service: Service) -> Service:
    bring(service.world)
    return service


def at_once(*deeds: Callable[[], object]) -> list[object]:
    """Return what each deed came to, all begun at the same moment; None where it was refused."""
    ready = Barrier(len(deeds))

    def do(deed: Callable[[], object]) -> object:
        ready.wait()
        try:
            return deed()
        except LabError:
            return None

    with ThreadPoolExecutor(len(deeds)) as pool:
        return [each for each in pool.map(do, deeds) if each is not None]


def test_an_invitation_makes_one_account_however_many_use_it_at_once(cast: Service) -> None:
    own = now(cast, "rivierstad-admin")
    sent = cast.lab.invitations.invite_person(own, "rivierstad", CONTACT)
    accept = cast.lab.invitations.accept
    came = at_once(
        *(lambda n=n: accept(sent.secret, f"twin-{n}", "Dora", GOOD, GOOD) for n in range(TIMES))  # type: ignore[misc]
    )
    assert len(came) == 1
    assert sum(is_open(cast, f"twin-{n}") for n in range(TIMES)) == 1


def test_two_invitations_do_not_make_one_account_twice(cast: Service) -> None:
    own = now(cast, "rivierstad-admin")
    sent = [cast.lab.invitations.invite_person(own, "rivierstad", CONTACT) for _ in range(TIMES)]
    accept = cast.lab.invitations.accept
    came = at_once(
        *(lambda s=s: accept(s.secret, "same-name", "Dora", GOOD, GOOD) for s in sent)  # type: ignore[misc]
    )
    assert len(came) == 1


def test_a_password_link_lets_one_choose_however_many_use_it_at_once(cast: Service) -> None:
    key, _ = cast.lab.passwords.make_link(cast.world.operator, "rivierstad-analyst")
    choices = [f"{GOOD} {word}" for word in ("appel", "peer", "kers")]
    choose = cast.lab.passwords.choose
    came = at_once(*(lambda c=c: choose(key, c, c, "10.0.0.1") for c in choices))  # type: ignore[misc]
    assert len(came) == 1

    def fits(password: str) -> bool:
        try:
            cast.lab.sign_ins.sign_in("rivierstad-analyst", password)
        except LabError:
            return False
        return True

    assert sum(map(fits, choices)) == 1


def test_what_is_decided_twice_at_once_is_done_once(cast: Service) -> None:
    lab, own = lead_agency(cast), now(cast, "rivierstad-admin")
    made = cast.lab.proposals.propose(now(cast, "rivierstad-proposer"), PLAN)
    cast.lab.proposals.endorse(own, made.id)
    second = now(cast, "waterdienst-second")
    approve = cast.lab.proposals.approve
    assert len(at_once(lambda: approve(lab, made.id), lambda: approve(second, made.id))) == 1
    with cast.lab.register.read() as t:
        assert len(t.projects.all(organisation="rivierstad")) == 2

    cast.lab.allocations.set(own, Level.project("river-access"), Allocation(sessions=1))
    asker = now(cast, "rivierstad-analyst")
    ask, give = cast.lab.extensions.ask, cast.lab.extensions.approve

    def more() -> object:
        return ask(asker, "river-access", Resource.SESSIONS, 1, why="drukte")

    assert len(at_once(more, more)) == 1
    (asked,) = cast.lab.extensions.mine(asker)
    assert len(at_once(lambda: give(own, asked.id), lambda: give(lab, asked.id))) == 1

    wish = Wish(Leaving.PROJECT, "river-access", "klaar")
    offboard = cast.lab.endings.offboard
    at_once(*(lambda by=by: offboard(by, wish, "river-access") for by in (lab, own, second)))  # type: ignore[misc]
    assert len(cast.lab.endings.records(lab)) == 1


def test_two_lab_administrators_do_not_close_each_other_at_once(cast: Service) -> None:
    first, second = lead_agency(cast), now(cast, "waterdienst-second")
    close = cast.lab.people.close_account
    at_once(lambda: close(first, "waterdienst-second"), lambda: close(second, "waterdienst-admin"))
    still = [is_open(cast, name) for name in ("waterdienst-admin", "waterdienst-second")]
    assert any(still)
    assert not all(still)


async def test_no_door_takes_anothers_key(cast: Service) -> None:
    key = token(cast.world.run("rivierstad-analyst", "river-access"))
    hub = cast.hub.token("rivierstad-analyst")
    me = f"{PREFIX}/api/v1/projects"
    async with cast.visit() as client:
        for shown, status in ((hub, 200), (key, 401)):
            answer = await client.get(me, headers={"Authorization": f"Bearer {shown}"})
            assert answer.status_code == status, answer.text
    for shown, status in ((key, 200), (hub, 401)):
        async with cast.gateway(shown) as client:
            assert (await client.get("/quota")).status_code == status


async def test_no_cookie_opens_another_door(cast: Service) -> None:
    own = now(cast, "rivierstad-admin")
    sent = cast.lab.invitations.invite_person(own, "rivierstad", CONTACT)
    async with cast.visit() as client:
        page = await come_in(client, f"{HOST}{PREFIX}/join#{sent.secret}")
        assert "Dora" in page.text
        sealed = client.cookies[INVITATION.cookie]
    doors = {
        PASSWORD.cookie: "/new-password/choose",
        STATE_COOKIE: "/oauth_callback?code=x&state=y",
        SESSION_COOKIE: "/account",
    }
    for cookie, path in doors.items():
        async with cast.visit() as client:
            answer = await client.get(f"{PREFIX}{path}", headers={"Cookie": f"{cookie}={sealed}"})
            assert answer.status_code in (303, 403), (cookie, answer.text)
            assert "Dora" not in answer.text


async def test_no_word_of_anybodys_becomes_part_of_a_page(cast: Service) -> None:
    lab, own = lead_agency(cast), now(cast, "rivierstad-admin")
    bad = Text(f"{EVIL} nl", f"{EVIL} en")
    cast.lab.announcements.make(lab, Draft(bad, Audience.EVERYONE))
    cast.lab.organisations.invite(lab, "eviltown", bad, CONTACT)
    made = cast.lab.proposals.propose(now(cast, "rivierstad-proposer"), _plan(bad))
    cast.lab.proposals.send_back(own, made.id, EVIL)
    sent = cast.lab.invitations.invite_person(own, "rivierstad", CONTACT)
    async with cast.visit() as client:
        page = await come_in(client, f"{HOST}{PREFIX}/join#{sent.secret}")
        assert TOKEN.search(page.text)
        form = {"username": "evil-one", "display_name": EVIL, "password": GOOD, "again": GOOD}
        assert (await fill(client, page, "/join/account", form)).status_code == 303
    cast.lab.endings.offboard(own, Wish(Leaving.PERSON, "evil-one", EVIL), "evil-one")
    (record,) = cast.lab.endings.records(own)
    seen = 0
    for path in (
        "/",
        "/organisations",
        "/organisations/eviltown",
        "/organisations/rivierstad",
        "/people/evil-one",
        "/proposals",
        f"/proposals/{made.id}",
        "/notices",
        "/administration",
        "/administration/announcements",
        "/administration/audit",
        "/administration/offboarding",
        f"/administration/offboarding/{record.id}",
    ):
        async with cast.visit("waterdienst-admin") as client:
            page = await client.get(f"{PREFIX}{path}")
        assert page.status_code == 200, path
        assert EVIL not in page.text, path
        seen += "&lt;script&gt;alert(1)" in page.text
    assert seen >= 6


def _plan(bad: Text) -> Plan:
    return replace(PLAN, title=bad, purpose=bad, ground=EVIL, retention=EVIL)


@pytest.mark.parametrize("where", ["//evil.example", "/\\evil.example", "https://evil.example"])
async def test_signing_in_leads_nowhere_else(cast: Service, where: str) -> None:
    async with cast.visit() as client:
        answer = await client.get(f"{PREFIX}/sign-in", params={"next": where})
        known = cast.portal.states.open(answer.cookies[STATE_COOKIE], seconds=60)
        good = await client.get(f"{PREFIX}/sign-in", params={"next": f"{PREFIX}/account"})
        kept = cast.portal.states.open(good.cookies[STATE_COOKIE], seconds=60)
    assert known is not None
    assert kept is not None
    assert known["next"] == f"{PREFIX}/"
    assert kept["next"] == f"{PREFIX}/account"
