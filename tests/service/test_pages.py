"""The portal's pages: in both languages, without scripts, and true to the register."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser

import pytest
from tests.fakes.world import PEOPLE, PROJECTS
from tests.service.conftest import PREFIX, Service
from tests.support import reports

from polderlab import wire
from polderlab_catalog.domain.allocations import Allocation, Level
from polderlab_catalog.domain.projects import MemberRole, Membership
from polderlab_catalog.domain.texts import Text

PAGES = [
    ("rivierstad-analyst", "/"),
    ("rivierstad-analyst", "/live"),
    ("rivierstad-analyst", "/projects/river-access/start"),
    ("rivierstad-analyst", "/datasets"),
    ("rivierstad-analyst", "/datasets?q=water&classification=public"),
    ("rivierstad-analyst", "/datasets/growth_study"),
    ("kustregio-steward", "/datasets/growth_study"),
    ("kustregio-steward", "/datasets/growth_study/grants/river-access/revocation"),
    ("rivierstad-analyst", "/datasets/growth_study/grants/river-access/revocation"),
    ("kustregio-steward", "/publishing"),
    ("kustregio-steward", "/register-dataset"),
    ("kustregio-steward", "/datasets/growth_study/publish"),
    ("kustregio-steward", "/datasets/growth_study/description"),
    ("kustregio-steward", "/datasets/growth_study/checks"),
    ("kustregio-steward", "/datasets/growth_study/versions/1/withdrawal"),
    ("rivierstad-analyst", "/register-dataset"),
    ("waterdienst-admin", "/"),
    ("rivierstad-analyst", "/datasets/no_such_dataset"),
    ("rivierstad-analyst", "/projects/youth-health/start"),
    ("rivierstad-analyst", "/projects/river-access/more"),
    ("waterdienst-admin", "/allocations/organisation/rivierstad"),
    ("waterdienst-admin", "/allocations/project/river-access"),
    ("waterdienst-admin", "/extensions"),
    ("waterdienst-admin", "/organisations/rivierstad/costs"),
    ("waterdienst-admin", "/organisations/rivierstad/reports"),
    ("waterdienst-admin", "/organisations/rivierstad/reports/2026-10"),
    ("waterdienst-admin", "/reports"),
    ("rivierstad-analyst", "/nowhere"),
    ("rivierstad-analyst", "/help"),
    ("rivierstad-analyst", "/accessibility"),
]
ENGLISH = re.compile(
    r"\b(the|your|you|and|project that|datasets? of|may read|no access|Catalogue|Sign out|"
    r"Start a|What you can do)\b"
)
DUTCH = re.compile(r"\b(het|een|je|jouw|geen|niet|Catalogus|Afmelden|Sessie|Wat je kunt)\b")


class Words(HTMLParser):
    """Collects what a reader of the page reads or hears, except text marked as another language
    and what the register holds (code and names)."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.inline: list[str] = []
        self._skipping = 0
        self._open: list[bool] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag not in ("meta", "link", "input", "br", "path", "rect", "circle", "line"):
            skip = tag in ("code", "pre", "script") or (bool(given.get("lang")) and tag != "html")
            self._open.append(skip)
            self._skipping += skip
        for name, value in attrs:
            if name.startswith("on") or name == "style" or (value or "").startswith("javascript:"):
                self.inline.append(f"{tag} {name}")
            if name in ("aria-label", "placeholder", "title", "data-say") and value:
                self.words.append(value)
        # A data block is not run, so the content security policy lets it be.
        if tag == "script" and not given.get("src") and given.get("type") != "application/ld+json":
            self.inline.append("script")

    def handle_endtag(self, tag: str) -> None:
        if tag not in ("meta", "link", "input", "br", "path", "rect", "circle", "line"):
            self._skipping -= self._open.pop()

    def handle_data(self, data: str) -> None:
        if not self._skipping:
            self.words.append(data)


@pytest.fixture
def lively(service: Service) -> Service:
    """A lab in which something is going on."""
    service.lab.grants.grant(
        service.world.operator, "growth_study", "river-access", date(2026, 12, 31)
    )
    reports.keep(service.lab.register)
    return service


@pytest.mark.parametrize(("username", "path"), PAGES)
async def test_each_page_speaks_one_language_and_runs_nothing_inline(
    lively: Service, username: str, path: str
) -> None:
    for language, foreign in (("nl", ENGLISH), ("en", DUTCH)):
        async with lively.visit(username, language) as client:
            answer = await client.get(f"{PREFIX}{path}")
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        assert answer.headers["content-language"] == language
        assert answer.headers["cache-control"] == "no-store"
        assert "default-src 'self'" in answer.headers["content-security-policy"]
        page = Words()
        page.feed(answer.text)
        assert page.inline == []
        strangers = [each.strip() for each in page.words if foreign.search(each)]
        assert strangers == [], f"{path} in {language}"


async def test_the_language_switch_is_remembered_and_comes_back(service: Service) -> None:
    async with service.visit("rivierstad-analyst", "en") as client:
        path = f"{PREFIX}/datasets?q=water"
        answer = await client.get(f"{PREFIX}/language", params={"to": "nl", "next": path})
        assert (answer.status_code, answer.headers["location"]) == (303, path)
        assert "Zoeken" in (await client.get(path)).text
        await client.get(f"{PREFIX}/language", params={"to": "xx", "next": path})
        assert "Zoeken" in (await client.get(path)).text


async def test_a_project_card_follows_its_session(service: Service) -> None:
    async with service.visit("rivierstad-analyst") as client:
        stopped = (await client.get(f"{PREFIX}/")).text
        plan = service.lab.sessions.plan(wire.SessionRequest("rivierstad-analyst", "river-access"))
        starting = (await client.get(f"{PREFIX}/")).text
        service.lab.sessions.activate(plan.session, wire.Activation("c", "10.213.0.2"))
        running = (await client.get(f"{PREFIX}/")).text
    assert 'data-dialog="start-river-access"' in stopped
    assert "/hub/spawn-pending/rivierstad-analyst/river-access" in starting
    assert "/user/rivierstad-analyst/river-access/lab" in running
    assert "data-dialog" not in running


async def test_the_live_part_costs_nothing_while_nothing_changes(service: Service) -> None:
    async with service.visit("rivierstad-analyst") as client:
        first = await client.get(f"{PREFIX}/live")
        tag = {"If-None-Match": first.headers["etag"]}
        assert (await client.get(f"{PREFIX}/live", headers=tag)).status_code == 304
        service.world.run("rivierstad-lead", "river-access")
        assert (await client.get(f"{PREFIX}/live", headers=tag)).status_code == 200


async def test_the_live_part_never_redirects_a_script_to_the_sign_in_page(
    service: Service,
) -> None:
    async with service.visit() as client:
        answer = await client.get(f"{PREFIX}/live", headers={"X-Fragment": "1"})
    assert answer.status_code == 401


async def test_starting_asks_the_hub_with_what_was_chosen(service: Service) -> None:
    async with service.visit("rivierstad-analyst") as client:
        form = {"csrf": service.csrf("rivierstad-analyst"), "image": "python-geo", "size": "medium"}
        answer = await client.post(f"{PREFIX}/projects/river-access/sessions", data=form)
    assert answer.headers["location"] == "/hub/spawn-pending/rivierstad-analyst/river-access"
    (asked,) = [each for each in service.hub.asked if each[0] == "POST"]
    assert asked[1] == "/hub/api/users/rivierstad-analyst/servers/river-access"
    assert b'"size":"medium"' in asked[2]
    assert b'"language":"en"' in asked[2]


@pytest.mark.parametrize(
    ("slug", "form", "sentence"),
    [
        ("river-access", {"size": "huge"}, "has no size “huge”"),
        ("river-access", {"image": "root-shell"}, "has no image “root-shell”"),
        ("youth-health", {}, "You are not a member of project youth-health"),
        ("../etc", {}, ""),
    ],
)
async def test_a_start_that_is_refused_says_why_and_asks_the_hub_nothing(
    service: Service, slug: str, form: dict[str, str], sentence: str
) -> None:
    async with service.visit("rivierstad-analyst") as client:
        sent = {**form, "csrf": service.csrf("rivierstad-analyst")}
        answer = await client.post(f"{PREFIX}/projects/{slug}/sessions", data=sent)
    assert answer.status_code in (403, 404, 405)
    assert sentence in answer.text
    assert not [each for each in service.hub.asked if each[0] == "POST"]


async def test_a_refusal_by_the_hub_reaches_the_page(service: Service) -> None:
    service.hub.refusal = "The image is gone. Ask the lab administrator to build it again."
    async with service.visit("rivierstad-analyst") as client:
        form = {"csrf": service.csrf("rivierstad-analyst")}
        answer = await client.post(f"{PREFIX}/projects/river-access/sessions", data=form)
    assert answer.status_code == 403
    assert "The image is gone." in answer.text


async def test_stopping_kills_the_key_before_the_hub_is_even_asked(service: Service) -> None:
    plan = service.world.run("rivierstad-analyst", "river-access")
    service.hub.down = True
    async with service.visit("rivierstad-analyst") as client:
        await client.get(f"{PREFIX}/help")
        service.hub.down = False
        await client.get(f"{PREFIX}/")
        form = {"csrf": service.csrf("rivierstad-analyst")}
        answer = await client.post(f"{PREFIX}/projects/river-access/stop", data=form)
    assert answer.status_code == 303
    with service.lab.register.read() as register:
        session = register.sessions.get(plan.session)
    assert session is not None
    assert not session.open
    assert ("DELETE", "/hub/api/users/rivierstad-analyst/servers/river-access") in [
        each[:2] for each in service.hub.asked
    ]


async def test_nobody_stops_the_session_of_someone_else(service: Service) -> None:
    plan = service.world.run("rivierstad-analyst", "river-access")
    async with service.visit("rivierstad-lead") as client:
        form = {"csrf": service.csrf("rivierstad-lead")}
        await client.post(f"{PREFIX}/projects/river-access/stop", data=form)
    with service.lab.register.read() as register:
        session = register.sessions.get(plan.session)
    assert session is not None
    assert session.open


async def test_a_viewer_sees_why_there_is_no_start(service: Service) -> None:
    member = Membership("kustregio-analyst", "river-access", MemberRole.VIEWER)
    service.lab.administration.register_member(service.world.operator, member)
    async with service.visit("kustregio-analyst") as client:
        page = (await client.get(f"{PREFIX}/")).text
    assert "viewers start no sessions" in page
    assert 'id="start-river-access"' not in page


async def test_a_size_that_does_not_fit_is_shown_with_the_reason(service: Service) -> None:
    service.lab.sessions.plan(wire.SessionRequest("rivierstad-lead", "river-access", size="medium"))
    tight = Level.organisation("rivierstad"), Allocation(cpus=3)
    service.lab.allocations.set(service.world.operator, *tight)
    async with service.visit("rivierstad-analyst") as client:
        page = (await client.get(f"{PREFIX}/projects/river-access/start")).text
    assert re.search(r'value="medium"[^>]*disabled', page)
    assert re.search(r'value="small"[^>]*checked', page)
    assert "has not enough left: processors, 1 free, 2 asked" in page


async def test_people_of_other_projects_do_not_see_a_project_at_all(service: Service) -> None:
    async with service.visit("kustregio-analyst") as client:
        assert "river-access" not in (await client.get(f"{PREFIX}/")).text
        answer = await client.get(f"{PREFIX}/projects/river-access/start")
        unknown = await client.get(f"{PREFIX}/projects/no-such-project/start")
    assert answer.status_code == unknown.status_code == 404
    assert answer.text.replace("river-access", "*") == unknown.text.replace("no-such-project", "*")


async def test_a_steward_gives_and_takes_access_on_the_page(service: Service) -> None:
    page = f"{PREFIX}/datasets/soil_survey"
    token = {"csrf": service.csrf("rivierstad-steward")}
    async with service.visit("rivierstad-steward") as client:
        assert "No project may read this dataset now" in (await client.get(page)).text
        form = {**token, "project": "youth-health", "until": "2026-12-31", "reason": "For <b>x</b>"}
        answer = await client.post(f"{page}/grants", data=form)
        assert (answer.status_code, answer.headers["location"]) == (303, f"{page}#access")
        shown = (await client.get(page)).text
        assert "31 December 2026" in shown
        assert "For &lt;b&gt;x&lt;/b&gt;" in shown
        answer = await client.post(f"{page}/grants/youth-health/revocation", data=token)
        assert answer.status_code == 303
        assert "1 earlier grant" in (await client.get(page)).text


@pytest.mark.parametrize(
    ("form", "sentences"),
    [
        ({}, ["Choose a project from the list", "Choose the last day of the access"]),
        ({"project": "youth-health", "until": "soon"}, ["Choose the last day of the access"]),
        ({"project": "youth-health", "until": "2020-01-01"}, ["Choose an end date after today"]),
        (
            {"project": "youth-health", "until": "2030-01-01"},
            ["Choose an end date on or before 31 December 2027"],
        ),
        (
            {"project": "youth-health", "until": "2026-12-31", "reason": "x" * 501},
            ["Keep the reason to 500 characters"],
        ),
    ],
)
async def test_a_form_with_mistakes_comes_back_with_what_to_do(
    service: Service, form: dict[str, str], sentences: list[str]
) -> None:
    async with service.visit("rivierstad-steward") as client:
        sent = {**form, "csrf": service.csrf("rivierstad-steward")}
        answer = await client.post(f"{PREFIX}/datasets/soil_survey/grants", data=sent)
    assert answer.status_code == 422
    assert "pl-error-summary" in answer.text
    for sentence in sentences:
        assert answer.text.count(sentence) == 2, "in the summary and beside the field"
    assert service.lab.grants.of_dataset("soil_survey") == []


async def test_a_steward_of_another_organisation_decides_nothing(service: Service) -> None:
    async with service.visit("kustregio-steward") as client:
        page = await client.get(f"{PREFIX}/datasets/soil_survey")
        form = {
            "csrf": service.csrf("kustregio-steward"),
            "project": "youth-health",
            "until": "2026-12-31",
        }
        answer = await client.post(f"{PREFIX}/datasets/soil_survey/grants", data=form)
    assert 'id="access"' not in page.text
    assert answer.status_code == 403
    assert "Only a steward of Rivierstad" in answer.text
    assert service.lab.grants.of_dataset("soil_survey") == []


async def test_nothing_the_register_holds_becomes_mark_up(service: Service) -> None:
    evil = Text("<script>alert(1)</script>", "<script>alert(1)</script>")
    operator = service.world.operator
    service.lab.administration.register_project(
        operator, replace(PROJECTS["river-access"], title=evil, purpose=evil)
    )
    service.lab.administration.register_person(
        operator, replace(PEOPLE["rivierstad-analyst"], display_name="<img src=x onerror=y>")
    )
    async with service.visit("rivierstad-analyst") as client:
        for path in ("/", "/projects/river-access/start", "/datasets", "/datasets?q=<script>"):
            page = (await client.get(f"{PREFIX}{path}")).text
            assert "<script>alert" not in page
            assert "<img" not in page
            assert 'value="<script>' not in page


async def test_the_catalogue_narrows_by_word_and_facet(service: Service) -> None:
    async with service.visit("rivierstad-analyst") as client:
        for query, names in (
            ("", {"growth_study", "soil_survey", "water_bodies"}),
            ("?q=water", {"water_bodies"}),
            ("?classification=public", {"water_bodies"}),
            ("?organisation=kustregio&organisation=rivierstad", {"growth_study", "soil_survey"}),
            ("?access=locked", {"growth_study", "soil_survey"}),
            ("?q=nothing+like+this", set()),
        ):
            page = (await client.get(f"{PREFIX}/datasets{query}")).text
            assert set(re.findall(rf'href="{PREFIX}/datasets/(\w+)"', page)) == names, query
