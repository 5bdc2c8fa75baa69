"""Partners come in by the portal's own pages: an organisation, its people, its projects."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

import httpx
import pytest
from tests.fakes import partners
from tests.fakes.partners import bring
from tests.service.conftest import HOST, PREFIX, Service

from polderlab_catalog.application.organisations import AgreementText
from polderlab_catalog.domain.audit import AuditAction
from polderlab_catalog.domain.organisations import OrganisationState
from polderlab_catalog.domain.people import LabRole, Vetting
from polderlab_catalog.domain.projects import MemberRole
from polderlab_catalog.domain.secrets import secret_hash
from polderlab_catalog.domain.texts import Text
from polderlab_catalog.web.pages.invitations import LINK as INVITATION

LINK = re.compile(r'<code[^>]*id="fresh-link">([^<]+)</code>')
TOKEN = re.compile(r'name="csrf" value="([0-9a-f]+)"')
GOOD = "drie paarden zwemmen laat"
DETAILS = {
    "name_nl": "Gemeente Duinrand",
    "name_en": "",
    "body": "municipality",
    "identifier": "https://identifier.overheid.nl/tooi/id/gemeente/gm0999",
    "oin": "",
    "contact_name": "Dora",
    "contact_email": "dora@duinrand.example",
    "privacy_officer_name": "Piet",
    "privacy_officer_email": "piet@duinrand.example",
    "administrator_name": "Ans Beheer",
    "administrator_email": "ans@duinrand.example",
    "agreed_from": "2026-01-01",
    "agreed_until": "2028-12-31",
    "accepts": "yes",
}
PLAN = {
    "title_nl": "Groen in de buurt",
    "title_en": "",
    "purpose_nl": "Nagaan waar bomen staan.",
    "purpose_en": "",
    "legal_basis": "public-task",
    "ground": "Omgevingswet, artikel 2.1",
    "categories": "ligging van bomen",
    "subjects": "niemand",
    "retention": "twee jaar",
    "processing_id": "DR-7",
    "assessments": ["pre-scan", "iama"],
    "starts": "2026-01-01",
    "ends": "2027-12-31",
    "datasets": "water_bodies\ngrowth_study",
    "sizes": ["small"],
    "images": ["python-geo"],
}


@pytest.fixture
def cast(service: Service) -> Service:
    bring(service.world)
    return service


async def post(
    service: Service, username: str, path: str, form: dict[str, object] | None = None
) -> httpx.Response:
    async with service.visit(username) as client:
        data = {**(form or {}), "csrf": service.csrf(username)}
        return await client.post(f"{PREFIX}{path}", data=data)


async def get(service: Service, username: str, path: str) -> httpx.Response:
    async with service.visit(username) as client:
        return await client.get(f"{PREFIX}{path}")


def link(answer: httpx.Response) -> str:
    found = LINK.search(answer.text)
    assert found, answer.text
    return found[1]


async def come_in(client: httpx.AsyncClient, link: str) -> httpx.Response:
    """Do what the page's script does: send what stands behind the #."""
    address, _, secret = link.partition("#")
    assert address == f"{HOST}{PREFIX}/join"
    first = await client.post(f"{PREFIX}/join", data={"code": secret})
    if first.status_code != 303:
        return first
    return await client.get(first.headers["location"])


async def fill(
    client: httpx.AsyncClient, page: httpx.Response, path: str, form: dict[str, str]
) -> httpx.Response:
    token = TOKEN.search(page.text)
    assert token, page.text
    return await client.post(f"{PREFIX}{path}", data={**form, "csrf": token[1]})


async def test_an_organisation_comes_in_with_its_administrator_people_and_project(
    cast: Service,
) -> None:
    admin = "waterdienst-admin"
    invited = await post(
        cast, admin, "/organisations",
        {"slug": "duinrand", "name_nl": "Duinrand", "contact_name": "Dora",
         "contact_email": "dora@duinrand.example"},
    )  # fmt: skip
    assert invited.status_code == 200
    async with cast.visit() as dora:
        page = await come_in(dora, link(invited))
        assert "Tell the lead agency who" in page.text
        wrong = await fill(dora, page, "/join/organisation", {**DETAILS, "oin": "12"})
        assert wrong.status_code == 422
        assert "20 digits of the OIN" in wrong.text
        sent = await fill(dora, page, "/join/organisation", DETAILS)
        assert sent.headers["location"] == f"{PREFIX}/join/sent"
        assert (await dora.get(f"{PREFIX}/join/details")).status_code == 403  # used

    desk = await get(cast, admin, "/organisations/duinrand/decision")
    assert "Ans Beheer" in desk.text
    back = await post(cast, admin, "/organisations/duinrand/changes", {"reason": "Wie is Piet?"})
    async with cast.visit() as dora:
        page = await come_in(dora, link(back))
        assert "Wie is Piet?" in page.text
        assert 'value="piet@duinrand.example"' in page.text
        await fill(dora, page, "/join/organisation", DETAILS)
    approved = await post(
        cast, admin, "/organisations/duinrand/approval",
        {"cpus": "2", "memory": "4", "sessions": "1", "agreed_until": "2028-12-31",
         "vetting": "yes"},
    )  # fmt: skip
    assert approved.status_code == 200
    with cast.lab.register.read() as t:
        duinrand = t.organisations.get("duinrand")
        told = t.organisations.particulars("duinrand")
    assert duinrand is not None
    assert duinrand.state is OrganisationState.ACTIVE
    assert told is not None
    assert told.agreement is not None
    assert told.agreement.text

    async with cast.visit() as ans:
        page = await come_in(ans, link(approved))
        account = {"username": "ans", "display_name": "Ans Beheer"}
        weak = await fill(
            ans, page, "/join/account", {**account, "password": "kort", "again": "kort"}
        )
        assert weak.status_code == 422
        assert "At least 12 characters" in weak.text
        made = await fill(ans, page, "/join/account", {**account, "password": GOOD, "again": GOOD})
        assert made.headers["location"] == f"{PREFIX}/join/made"
    assert cast.lab.sign_ins.sign_in("ans", GOOD).roles == {LabRole.ORGANISATION_ADMINISTRATOR}

    asked = await post(
        cast, "ans", "/organisations/duinrand/invitations",
        {"name": "Bas Analist", "email": "bas@duinrand.example"},
    )  # fmt: skip
    async with cast.visit() as bas:
        page = await come_in(bas, link(asked))
        await fill(
            bas, page, "/join/account",
            {"username": "bas", "display_name": "Bas", "password": GOOD, "again": GOOD},
        )  # fmt: skip
    assert cast.lab.people.find("bas").vetting is Vetting.WAITING
    listed = await get(cast, admin, "/organisations")
    assert "Check 1 person" in listed.text
    assert "Bring in your people" in (await get(cast, "ans", "/")).text
    welcome = await get(cast, admin, "/")
    assert re.search(r"\d things? waits? for you\.", welcome.text)
    refused = await post(cast, "bas", "/proposals", PLAN)  # type: ignore[arg-type]
    assert refused.status_code == 403
    assert "checked who you are" in refused.text
    assert (await post(cast, admin, "/people/bas/vetting")).status_code == 303

    wrong = {**PLAN, "datasets": "water_bodies, water-bodies\ntrees"}
    unknown = await post(cast, "bas", "/proposals", wrong)  # type: ignore[arg-type]
    assert unknown.status_code == 422
    assert "Not in the catalogue: water-bodies, trees." in unknown.text
    proposed = await post(cast, "bas", "/proposals", PLAN)  # type: ignore[arg-type]
    address = proposed.headers["location"].removeprefix(PREFIX)
    assert "Approve" not in (await get(cast, "bas", address)).text
    assert (await post(cast, "ans", f"{address}/endorsement")).status_code == 303
    assert (await post(cast, admin, f"{address}/approval")).status_code == 303
    project = await get(cast, "bas", "/projects/groen-in-de-buurt")
    assert "Next: ask for the data you wanted" in project.text
    assert f"{PREFIX}/datasets/growth_study#ask" in project.text
    assert f"{PREFIX}/datasets/water_bodies#ask" not in project.text  # public: read it
    plan = cast.world.plan("bas", "groen-in-de-buurt")
    assert plan.project == "groen-in-de-buurt"

    actions = [each.event.action for each in cast.lab.audit.show(limit=1000)]
    for action in (
        AuditAction.ORGANISATION_INVITED,
        AuditAction.ORGANISATION_SUBMITTED,
        AuditAction.ORGANISATION_RETURNED,
        AuditAction.ORGANISATION_APPROVED,
        AuditAction.PERSON_INVITED,
        AuditAction.PERSON_JOINED,
        AuditAction.PERSON_VETTED,
        AuditAction.PROJECT_PROPOSED,
        AuditAction.PROPOSAL_ENDORSED,
        AuditAction.PROPOSAL_APPROVED,
    ):
        assert action in actions
    assert cast.lab.audit.verify().ok


async def test_a_link_works_once_and_not_when_withdrawn_or_late(cast: Service) -> None:
    form = {"name": "Nina", "email": "nina@rivierstad.example"}
    path = "/organisations/rivierstad/invitations"
    used, withdrawn, late = [
        link(await post(cast, "rivierstad-admin", path, form)) for _ in range(3)
    ]
    account = {"display_name": "Nina", "password": GOOD, "again": GOOD}
    async with cast.visit() as one, cast.visit() as two:
        page, other = await come_in(one, used), await come_in(two, used)
        first = await fill(one, page, "/join/account", {**account, "username": "nina"})
        assert first.status_code == 303
        second = await fill(two, other, "/join/account", {**account, "username": "nina-two"})
        assert second.status_code == 403
        assert (await come_in(one, used)).status_code == 422
    with cast.lab.register.read() as t:
        found = t.invitations.by_token_hash(secret_hash(withdrawn.partition("#")[2]))
    assert found is not None
    gone = await post(cast, "rivierstad-admin", f"{path}/{found.id}/withdrawal")
    assert gone.status_code == 303
    async with cast.visit() as client:
        assert (await come_in(client, withdrawn)).status_code == 422
        assert (await come_in(client, late)).status_code == 200  # the probe works
        cast.world.clock.advance(days=8)
        assert (await come_in(client, late)).status_code == 422
        assert (await client.get(f"{PREFIX}/join/details")).status_code == 403


async def test_no_secret_of_a_link_is_kept_or_logged(
    cast: Service, caplog: pytest.LogCaptureFixture
) -> None:
    form = {"name": "Nina", "email": "nina@rivierstad.example"}
    with caplog.at_level("DEBUG"):
        made = await post(cast, "rivierstad-admin", "/organisations/rivierstad/invitations", form)
        secret = link(made).partition("#")[2]
        async with cast.visit() as client:
            await come_in(client, link(made))
            cookie = client.cookies.get(INVITATION.cookie) or ""
            assert cookie
            assert secret not in cookie
    assert "/join" in caplog.text
    assert secret not in caplog.text
    database = (cast.data.parent / "register.sqlite").read_bytes()
    wal = cast.data.parent / "register.sqlite-wal"
    everything = database + (wal.read_bytes() if wal.exists() else b"")
    assert b"nina@rivierstad.example" in everything
    assert secret.encode() not in everything


@pytest.mark.parametrize(
    "headers",
    [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}, {"Origin": "null"}],
)
async def test_an_invitation_is_taken_from_our_own_page_only(
    cast: Service, headers: dict[str, str]
) -> None:
    form = {"name": "Nina", "email": "nina@rivierstad.example"}
    made = await post(cast, "rivierstad-admin", "/organisations/rivierstad/invitations", form)
    secret = link(made).partition("#")[2]
    account = {"username": "nina", "display_name": "N", "password": GOOD, "again": GOOD}
    async with cast.visit() as client:
        path = f"{PREFIX}/join"
        assert (await client.post(path, data={"code": secret}, headers=headers)).status_code == 403
        page = await come_in(client, link(made))
        token = TOKEN.search(page.text)
        assert token
        body = {**account, "csrf": token[1]}
        forged = await client.post(f"{path}/account", data=body, headers=headers)
        assert forged.status_code == 403
        assert (await client.post(f"{path}/account", data=account)).status_code == 403
        assert (await client.post(f"{path}/account", data=body)).status_code == 303


async def test_a_removed_member_is_out_at_once_and_their_session_is_stopped(
    cast: Service,
) -> None:
    plan = cast.world.run("rivierstad-analyst", "river-access")
    path = "/projects/river-access/members/rivierstad-analyst/removal"
    assert (await post(cast, "kustregio-admin", path)).status_code == 404
    assert (await post(cast, "rivierstad-viewer", path)).status_code == 403
    assert (await post(cast, "rivierstad-lead", path)).status_code == 303
    with cast.lab.register.read() as t:
        session = t.sessions.get(plan.session)
    assert session is not None
    assert not session.open
    assert session.close_reason == "no longer a member"
    assert ("DELETE", "/hub/api/users/rivierstad-analyst/servers/river-access") in [
        (method, path) for method, path, _ in cast.hub.asked
    ]


async def test_an_analyst_who_becomes_a_viewer_loses_the_session(cast: Service) -> None:
    plan = cast.world.run("rivierstad-analyst", "river-access")
    form = {"username": "rivierstad-analyst", "role": "viewer"}
    await post(cast, "rivierstad-lead", "/projects/river-access/members", form)
    with cast.lab.register.read() as t:
        session = t.sessions.get(plan.session)
        membership = t.projects.membership("rivierstad-analyst", "river-access")
    assert session is not None
    assert not session.open
    assert membership is not None
    assert membership.role is MemberRole.VIEWER


async def test_suspending_an_organisation_stops_everything_it_has_running(cast: Service) -> None:
    plan = cast.world.run("rivierstad-analyst", "river-access")
    other = cast.world.run("kustregio-analyst", "youth-health", address="10.213.0.3")
    path = "/organisations/rivierstad/suspension"
    assert (await post(cast, "rivierstad-admin", path, {"suspended": "yes"})).status_code == 403
    await post(cast, "waterdienst-admin", path, {"suspended": "yes"})
    with cast.lab.register.read() as t:
        stopped, running = t.sessions.get(plan.session), t.sessions.get(other.session)
    assert stopped is not None
    assert not stopped.open
    assert running is not None
    assert running.open


async def test_a_hub_that_is_away_does_not_keep_a_member_in(cast: Service) -> None:
    plan = cast.world.run("rivierstad-analyst", "river-access")
    async with cast.visit("rivierstad-lead") as client:
        await client.get(f"{PREFIX}/")  # so that the portal knows who this is
        cast.hub.down = True
        form = {"csrf": cast.csrf("rivierstad-lead")}
        path = f"{PREFIX}/projects/river-access/members/rivierstad-analyst/removal"
        assert (await client.post(path, data=form)).status_code == 303
    with cast.lab.register.read() as t:
        session = t.sessions.get(plan.session)
    assert session is not None
    assert not session.open


async def test_one_organisations_administrator_finds_nothing_of_anothers(cast: Service) -> None:
    for path in (
        "/organisations/rivierstad",
        "/people/rivierstad-analyst",
        "/projects/river-access",
        "/organisations/rivierstad/decision",
    ):
        assert (await get(cast, "kustregio-admin", path)).status_code == 404
        assert (await get(cast, "waterdienst-admin", path)).status_code in (200, 303)
    own = await get(cast, "kustregio-admin", "/organisations/kustregio")
    assert own.status_code == 200
    assert "rivierstad" not in own.text.casefold()


async def test_what_people_write_is_shown_as_text(cast: Service) -> None:
    evil = "<script>alert(1)</script>"
    with cast.lab.register.write() as t:
        for name in ("rivierstad-admin", "rivierstad-analyst"):
            person = t.people.get(name)
            assert person is not None
            t.people.put(replace(person, display_name=evil))
    plan = {**PLAN, "title_nl": evil, "categories": evil, "purpose_nl": evil}
    made = await post(cast, "rivierstad-analyst", "/proposals", plan)  # type: ignore[arg-type]
    address = made.headers["location"].removeprefix(PREFIX)
    for who, path in (
        ("rivierstad-admin", address),
        ("rivierstad-admin", "/proposals"),
        ("waterdienst-admin", "/organisations/rivierstad"),
        ("waterdienst-admin", "/people/rivierstad-analyst"),
        ("rivierstad-lead", "/projects/river-access"),
    ):
        page = await get(cast, who, path)
        assert page.status_code == 200
        assert evil not in page.text
        assert "&lt;script&gt;" in page.text


async def test_a_day_that_is_none_does_not_make_an_agreement_endless(cast: Service) -> None:
    async def until() -> date | None:
        with cast.lab.register.read() as t:
            found = t.organisations.get("rivierstad")
        assert found is not None
        return found.agreed_until

    path = "/organisations/rivierstad/renewal"
    good = await post(cast, "waterdienst-admin", path, {"agreed_until": "2028-12-31"})
    assert good.status_code == 303
    assert await until() == date(2028, 12, 31)
    wrong = await post(cast, "waterdienst-admin", path, {"agreed_until": "31-12-2029"})
    assert wrong.status_code == 422
    assert "agreed_until-error" in wrong.text
    assert await until() == date(2028, 12, 31)
    none = await post(cast, "waterdienst-admin", path, {"agreed_until": ""})
    assert none.status_code == 303
    assert await until() is None


async def test_where_people_sign_in_elsewhere_the_page_asks_for_the_account(cast: Service) -> None:
    admin, address = "waterdienst-admin", "/organisations/duinrand"
    lab, by = cast.lab, cast.world.operator
    sent = lab.organisations.invite(by, "duinrand", Text("Duinrand"), partners.CONTACT)
    lab.organisations.submit(sent.secret, partners.DETAILS, AgreementText("1", "text"))
    assert 'name="username"' not in (await get(cast, admin, f"{address}/decision")).text
    lab.invitations.local_accounts = False
    assert 'name="username"' in (await get(cast, admin, f"{address}/decision")).text
    answer = {"agreed_until": "2028-12-31", "vetting": "yes"}
    wrong = await post(cast, admin, f"{address}/approval", {**answer, "username": "Ans B"})
    assert wrong.status_code == 422
    assert 'value="Ans B"' in wrong.text
    right = await post(cast, admin, f"{address}/approval", {**answer, "username": "ans-beheer"})
    assert right.status_code == 200
    with lab.register.read() as t:
        (made,) = [each for each in t.invitations.find(organisation="duinrand") if each.roles]
    assert made.username == "ans-beheer"


async def test_who_may_let_somebody_leave_is_led_there(cast: Service) -> None:
    for who, path, kind, name in (
        ("rivierstad-admin", "/people/rivierstad-analyst", "person", "rivierstad-analyst"),
        ("rivierstad-admin", "/projects/river-access", "project", "river-access"),
        ("waterdienst-admin", "/organisations/rivierstad", "organisation", "rivierstad"),
    ):
        there = f"/administration/offboarding/new?kind={kind}&amp;name={name}"
        assert there in (await get(cast, who, path)).text
        shown = await get(cast, who, there.replace("&amp;", "&"))
        assert shown.status_code == 200
    lead = await get(cast, "rivierstad-lead", "/projects/river-access")
    assert lead.status_code == 200
    assert "/administration/offboarding" not in lead.text
