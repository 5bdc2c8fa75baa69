"""Every page of the portal in a real browser: axe-core finds nothing, nothing scrolls sideways."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator, Sequence
from datetime import date
from uuid import uuid4

import pytest
import uvicorn
from playwright.sync_api import Browser, Page, sync_playwright
from tests.fakes.world import PEOPLE
from tests.service.conftest import PREFIX, Service
from tests.support import axe, leavings, reports

from polderlab_catalog.domain.actors import Actor
from polderlab_catalog.domain.allocations import Allocation, Level, Resource
from polderlab_catalog.domain.harvests import Harvest
from polderlab_catalog.domain.ingests import Ingest, IngestState
from polderlab_catalog.domain.projects import LegalBasis
from polderlab_catalog.domain.requests import AccessRequest, Approval, ApprovalRole, Message
from polderlab_catalog.domain.scopes import Condition, Operator, Scope
from polderlab_catalog.policy.harvests import NO_ANSWER
from polderlab_catalog.web.visitors import SESSION_COOKIE

REQUEST = "5d1f2a37-4f0c-4a7e-9b5e-1c4b0a6d9e21"
"""Id of a request with a conversation and one approval."""
PAGES = [
    ("rivierstad-analyst", "/"),
    ("rivierstad-lead", "/"),
    ("waterdienst-admin", "/"),
    ("rivierstad-lead", "/projects/river-access/start"),
    ("rivierstad-analyst", "/projects/river-access/start"),
    ("rivierstad-analyst", "/datasets"),
    ("rivierstad-analyst", "/datasets/growth_study"),
    ("kustregio-steward", "/datasets/growth_study"),
    ("kustregio-steward", "/datasets/growth_study/grants/river-access/revocation"),
    ("kustregio-steward", "/datasets/growth_study/uses"),
    ("kustregio-analyst", "/datasets/soil_survey"),
    ("rivierstad-steward", "/datasets/soil_survey"),
    ("kustregio-steward", "/requests"),
    ("kustregio-steward", f"/requests/{REQUEST}"),
    ("rivierstad-lead", f"/requests/{REQUEST}"),
    ("kustregio-steward", "/publishing"),
    ("kustregio-steward", "/register-dataset"),
    ("waterdienst-admin", "/harvests"),
    ("kustregio-steward", "/datasets/growth_study/publish"),
    ("kustregio-steward", "/datasets/growth_study/description"),
    ("kustregio-steward", "/datasets/growth_study/checks"),
    ("kustregio-steward", "/datasets/growth_study/versions/1/withdrawal"),
    ("waterdienst-admin", "/organisations"),
    ("waterdienst-admin", "/organisations/rivierstad"),
    ("waterdienst-admin", "/organisations/rivierstad/contacts"),
    ("waterdienst-admin", "/people/rivierstad-analyst"),
    ("rivierstad-lead", "/projects/river-access"),
    ("rivierstad-lead", "/proposals"),
    ("rivierstad-lead", "/proposals/new"),
    ("rivierstad-analyst", "/join"),
    ("rivierstad-analyst", "/join/made"),
    ("rivierstad-analyst", "/projects/river-access/more"),
    ("waterdienst-admin", "/allocations/organisation/rivierstad"),
    ("waterdienst-admin", "/allocations/project/river-access"),
    ("rivierstad-lead", "/allocations/person/river-access/rivierstad-analyst"),
    ("waterdienst-admin", "/extensions"),
    ("waterdienst-admin", "/organisations/rivierstad/costs"),
    ("waterdienst-admin", "/organisations/rivierstad/reports"),
    ("waterdienst-admin", "/organisations/rivierstad/reports/2026-10"),
    ("waterdienst-admin", "/reports"),
    ("waterdienst-admin", "/administration"),
    ("waterdienst-admin", "/administration/sessions"),
    ("waterdienst-admin", "/administration/audit"),
    ("waterdienst-admin", "/administration/announcements"),
    ("waterdienst-admin", "/administration/offboarding"),
    ("waterdienst-admin", "/administration/offboarding/new?kind=project&name=river-access"),
    ("waterdienst-admin", f"/administration/offboarding/{leavings.WAITS}"),
    ("waterdienst-admin", f"/administration/offboarding/{leavings.WAITS}/calling-off"),
    ("waterdienst-admin", f"/administration/offboarding/{leavings.SIGNED}"),
    ("waterdienst-admin", f"/administration/offboarding/{leavings.CALLED_OFF}"),
    ("rivierstad-analyst", "/notices"),
    ("kustregio-steward", "/confirmations"),
    ("rivierstad-analyst", "/nowhere"),
    ("rivierstad-analyst", "/help"),
    ("rivierstad-analyst", "/accessibility"),
]
WINDOWS = [("light", 1440, "nl"), ("dark", 320, "en")]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"]
        )
        yield started
        started.close()


def _ask(service: Service) -> None:
    """Put a request in the register that has been talked about and approved once."""
    noon, steward = service.world.clock(), "person:kustregio-steward"
    with service.lab.register.write() as t:
        t.requests.put(
            AccessRequest(
                id=REQUEST,
                dataset="growth_study",
                project="river-access",
                asked_by="person:rivierstad-analyst",
                asked=noon,
                purpose="Groei vergelijken",
                legal_basis=LegalBasis.PUBLIC_TASK,
                until=date(2027, 6, 30),
                messages=(Message(steward, noon, "Waarom?"),),
                approvals=(
                    Approval(ApprovalRole.PRIVACY_OFFICER, "person:kustregio-privacy", noon),
                ),
                scope=Scope((), (Condition("hgt", Operator.LESS, (120.5,)),)),
                granted_until=date(2027, 1, 31),
                conditions="Groepen van 10 of meer",
            )
        )


def _run_short(service: Service) -> None:
    """Let the hours of this month run short, and somebody ask for more."""
    operator, project = service.world.operator, Level.project("river-access")
    service.lab.allocations.set(operator, project, Allocation(sessions=4, cpu_hours=10))
    service.world.clock.advance(hours=9)
    ravi = Actor.for_person(PEOPLE["rivierstad-analyst"])
    service.lab.extensions.ask(ravi, "river-access", Resource.CPU_HOURS, 5, why="Een kaart")


def _harvest(service: Service) -> None:
    """Put catalogues in the register: read, failed, and waiting."""
    noon, url = service.world.clock(), "https://data.example.nl/a/long/way/to/the/catalog.ttl"
    with service.lab.register.write() as t:
        t.harvests.put(Harvest(str(uuid4()), url, "rivierstad", 24, noon, found=1234))
        t.harvests.put(Harvest(str(uuid4()), f"{url}?2", "kustregio", 5, noon, NO_ANSWER, 3))
        t.harvests.put(Harvest(str(uuid4()), f"{url}?3", "waterdienst"))


@pytest.fixture
def address(service: Service) -> Iterator[str]:
    """Serve the portal on a free port, with a session that runs and a grant."""
    service.world.run("rivierstad-analyst", "river-access")
    service.lab.grants.grant(
        service.world.operator, "growth_study", "river-access", date(2026, 12, 31)
    )
    reports.keep(service.lab.register)
    leavings.keep(service.lab.register, service.world.clock())
    _ask(service)
    _run_short(service)
    _harvest(service)
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(
        uvicorn.Config(service.portal_app, log_config=None, ws="none", lifespan="off")
    )
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    server.should_exit = True
    thread.join(timeout=10)
    listening.close()


def open_page(
    browser: Browser, service: Service, address: str, username: str, window: tuple[str, int, str]
) -> Page:
    scheme, width, language = window
    context = browser.new_context(
        viewport={"width": width, "height": 900},
        color_scheme=scheme,  # type: ignore[arg-type]
        locale=language,
    )
    sealed = service.portal.sessions.seal(
        {"token": service.hub.token(username), "session": f"session of {username}"}
    )
    context.add_cookies([{"name": SESSION_COOKIE, "value": sealed, "url": f"{address}{PREFIX}"}])
    return context.new_page()


def faults(page: Page, rules: Sequence[str] = axe.TAGS) -> list[str]:
    """Return what axe-core finds in the page as it stands, and whether it scrolls sideways."""
    return [*axe.violations(page, rules=rules), *axe.too_wide(page)]


@pytest.mark.parametrize("window", WINDOWS, ids=lambda window: f"{window[0]} {window[1]}")
def test_no_page_has_a_fault(
    browser: Browser, service: Service, address: str, window: tuple[str, int, str]
) -> None:
    # the markup is the same in both: what light, width and words change is looked at twice
    rules = axe.TAGS if window == WINDOWS[0] else (*axe.COLOURS, *axe.SIZES)
    found: dict[str, list[str]] = {}
    windows: dict[str, Page] = {}
    for username, path in PAGES:
        if username not in windows:
            windows[username] = open_page(browser, service, address, username, window)
        page = windows[username]
        page.goto(f"{address}{PREFIX}{path}")
        found[f"{username} {path}"] = faults(page, rules)
        opener = page.locator("[data-dialog]")
        if opener.count():
            opener.first.click()
            assert page.locator("dialog[open]").count() == 1
            found[f"{username} {path} (dialog)"] = faults(page, rules)
    for page in windows.values():
        page.context.close()
    assert {where: what for where, what in found.items() if what} == {}


def test_a_form_with_mistakes_has_no_fault_and_reads_its_summary_first(
    browser: Browser, service: Service, address: str
) -> None:
    page = open_page(browser, service, address, "rivierstad-steward", WINDOWS[0])
    page.goto(f"{address}{PREFIX}/datasets/soil_survey")
    page.click("form[action$='/grants'] button[type=submit]")
    assert page.evaluate("document.activeElement.className") == "pl-error-summary"
    assert faults(page) == []
    page.context.close()


def test_a_session_is_started_by_keyboard_alone(
    browser: Browser, service: Service, address: str
) -> None:
    page = open_page(browser, service, address, "rivierstad-lead", WINDOWS[0])
    page.goto(f"{address}{PREFIX}/")
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.dataset.dialog") == "start-river-access":
            break
    page.keyboard.press("Enter")
    page.wait_for_selector("dialog[open]")
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.dataset.dialog") == "start-river-access"
    page.keyboard.press("Enter")
    page.locator("dialog[open] input[name=size]:checked").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    page.wait_for_url("**/hub/spawn-pending/rivierstad-lead/river-access")
    asked = [each for each in service.hub.asked if each[0] == "POST"]
    assert b'"size":"medium"' in asked[-1][2]
    page.context.close()


def test_a_state_that_changes_is_shown_and_said_without_a_reload(
    browser: Browser, service: Service, address: str
) -> None:
    page = open_page(browser, service, address, "rivierstad-analyst", WINDOWS[0])
    page.goto(f"{address}{PREFIX}/")
    page.evaluate("window.stillHere = true")
    assert page.locator(".pl-state--running").count() == 1
    session = service.lab.sessions.list_open(service.world.operator)[0]
    service.lab.sessions.close(session.id, "culled")
    page.wait_for_selector(".pl-state--stopped", timeout=15_000)
    assert page.locator("[data-live-voice]").inner_text().startswith("river-access: Gestopt.")
    assert page.evaluate("window.stillHere")
    page.click(".pl-project a[data-dialog]")  # its dialog came with no reload: the page does
    page.wait_for_url("**/projects/river-access/start")
    page.context.close()


def test_a_page_in_which_nothing_changed_stays_as_somebody_filled_it_in(
    browser: Browser, service: Service, address: str
) -> None:
    waits = Ingest(
        str(uuid4()),
        "growth_study",
        "person:kustregio-steward",
        "groei.csv",
        "groei.csv",
        1000,
        service.world.clock(),
        IngestState.DETECTED,
        confirm=True,
        options={"delimiter": ";", "encoding": "utf-8", "decimal": ","},
        preview=(("kind", "lengte"), ("1", "103,5")),
    )
    with service.lab.register.write() as t:
        t.ingests.put(waits)
    page = open_page(browser, service, address, "kustregio-steward", WINDOWS[0])
    page.goto(f"{address}{PREFIX}/ingests/{waits.id}")
    page.select_option("select[name=delimiter]", "|")
    for _ in range(2):
        with page.expect_response("**/live"):
            pass
    assert page.locator("select[name=delimiter]").input_value() == "|"
    page.context.close()
