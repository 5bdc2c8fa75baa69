"""The states of all pages, as people meet them: what axe-core looks at, and who draws them.

One list for both (``tests/browser/test_accessibility.py``, ``tests/support/screenshots.py``):
a page that is added here is looked at by machine and by eye.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Page

from tests.support import consulted
from tests.support.lab import PORTAL

ANALYST, PROJECT = "rivierstad-analyst", "river-access"
HELD = "kustregio-analyst"
STEWARD, NEWCOMER = "kustregio-steward", "rivierstad-steward"
PRIVACY, ADMINISTRATOR = "kustregio-privacy", "waterdienst-admin"
PARTNER = "oeverland"
"""The partner that only a lab that was lived in has."""
DATASET = f"{PORTAL}/datasets/growth_study"
RESULTS = f"{PORTAL}/projects/{PROJECT}/results"
CONSULTED = f"{PORTAL}/datasets/{consulted.DATASET}"


@dataclass(frozen=True)
class View:
    """A page as somebody sees it: who, where, and what they did to get there.

    ``lands`` is where that leads, when it is another page. Words in braces stand for what only
    a lab that was lived in has (``tests/support/lived_in.py``).
    """

    name: str
    path: str
    username: str = ""
    act: Callable[[Page], object] = lambda page: None
    status: int = 200
    lands: str = ""

    def __str__(self) -> str:
        return self.name

    @property
    def file(self) -> str:
        """Return the name of its picture."""
        return re.sub(r"\W+", "-", self.name)

    @property
    def of_portal(self) -> bool:
        """Whether it is the portal's page; the others are the hub's."""
        return self.path.startswith(f"{PORTAL}/")

    @property
    def lived_in(self) -> bool:
        """Whether it is there in a lab that was lived in, and not in the bare demo."""
        return "{" in self.path or PARTNER in self.path or self.username.startswith(PARTNER)


def _fail_to_sign_in(page: Page) -> None:
    # nobody's name: this is done often, and a real account would soon have to wait
    page.locator("input[name=username]").fill("nobody-of-this-name")
    page.locator("input[name=password]").fill("not this")
    page.locator("input[name=password]").press("Enter")
    page.locator(".pl-error-summary").wait_for()


def _start_what_is_not_mine(page: Page) -> None:
    """Send the start form of a project that is not theirs, as a page left open would."""
    form = f"form[action$='/projects/{PROJECT}/sessions'], form[action$='/water-atlas/sessions']"
    page.locator(form).first.evaluate(
        "form => { form.action = form.action.replace(/[^/]+.sessions$/, 'youth-health/sessions');"
        " form.submit(); }"
    )
    page.locator(".pl-refusal__sign").wait_for()


def _arrive(path: str) -> Callable[[Page], object]:
    return lambda page: page.wait_for_url(f"**{path}")


def _try_a_source(page: Page) -> None:
    page.locator("button[value=test]").click()
    page.locator(".pl-notice[role=status]").wait_for()


def _leave_out_the_address(page: Page) -> None:
    page.locator("input[name=location]").fill("")
    page.locator("button[value=test]").click()
    page.locator(".pl-error-summary").wait_for()


VIEWS = [
    View("sign in", "/hub/login"),
    View("failed sign-in", "/hub/login", act=_fail_to_sign_in),
    View("projects", f"{PORTAL}/", ANALYST),
    View(
        "start dialog",
        f"{PORTAL}/",
        ANALYST,
        lambda page: page.locator("#project-water-atlas [data-dialog]").click(),
    ),
    View(
        "account menu",
        f"{PORTAL}/",
        ANALYST,
        lambda page: page.locator(".pl-account summary").click(),
    ),
    View("my account", f"{PORTAL}/account", ANALYST),
    View(
        "a password that was not changed",
        f"{PORTAL}/account",
        STEWARD,
        lambda page: (
            page.locator("form[action$='/account/password'] [type=submit]").click(),
            page.locator(".pl-error-summary").wait_for(),
        ),
    ),
    View("new password", f"{PORTAL}/new-password"),
    View("new password holds", f"{PORTAL}/new-password/done"),
    View("no project yet", f"{PORTAL}/", NEWCOMER),
    View("start page", f"{PORTAL}/projects/water-atlas/start", ANALYST),
    View("start refused", f"{PORTAL}/", ANALYST, _start_what_is_not_mine),
    View("start refused by the hub", f"/hub/spawn/{ANALYST}/youth-health", ANALYST, status=403),
    View("not running", f"/hub/user/{ANALYST}/water-atlas/lab", ANALYST, status=424),
    View("catalogue", f"{PORTAL}/datasets", ANALYST),
    View("catalogue narrowed", f"{PORTAL}/datasets?q=water&access=readable&sort=title", ANALYST),
    View(
        "filters on a phone",
        f"{PORTAL}/datasets",
        ANALYST,
        # on a wide screen the filters stand open, and there is no button
        lambda page: (
            page.locator("[popovertarget=facets]").last.click()
            if page.locator("[popovertarget=facets]").last.is_visible()
            else None
        ),
    ),
    View("dataset with rows and map", f"{PORTAL}/datasets/water_bodies", ANALYST),
    View("nothing found", f"{PORTAL}/datasets?q=unicorn&classification=public", ANALYST),
    View("dataset", DATASET, ANALYST),
    View("map layer", f"{PORTAL}/datasets/water_bodies", ANALYST),
    View("dataset of a steward", DATASET, STEWARD),
    View(
        "form with mistakes",
        DATASET,
        ANALYST,
        lambda page: (
            page.locator("#ask-purpose").fill(""),
            page.locator(f"form[action='{DATASET}/requests'] [type=submit]").click(),
        ),
    ),
    View("uses", f"{DATASET}/uses", STEWARD),
    View("requests", f"{PORTAL}/requests", STEWARD),
    View("requests of a privacy officer", f"{PORTAL}/requests", PRIVACY),
    View("welcome of a privacy officer", f"{PORTAL}/", PRIVACY),
    View("dataset of a privacy officer", DATASET, PRIVACY),
    View("our data of the lab administrator", f"{PORTAL}/publishing", ADMINISTRATOR),
    View("other catalogues", f"{PORTAL}/harvests", ADMINISTRATOR),
    View("other catalogues, not for me", f"{PORTAL}/harvests", STEWARD, status=403),
    View(
        "a catalogue with mistakes",
        f"{PORTAL}/harvests",
        ADMINISTRATOR,
        lambda page: (
            page.locator("main form button[type=submit]").last.click(),
            page.locator(".pl-error-summary").wait_for(),
        ),
    ),
    View(
        "registration with mistakes",
        f"{PORTAL}/register-dataset",
        STEWARD,
        lambda page: (
            page.locator("main form button[type=submit]").click(),
            page.locator(".pl-error-summary").wait_for(),
        ),
    ),
    View(
        "withdrawal with a mistake",
        f"{DATASET}/versions/1/withdrawal",
        STEWARD,
        lambda page: (
            page.locator("form[action$=withdrawal] button[type=submit]").click(),
            page.locator(".pl-error-summary").wait_for(),
        ),
    ),
    View(
        "revocation dialog",
        DATASET,
        STEWARD,
        lambda page: page.locator("[data-dialog=revoke-youth-health]").click(),
    ),
    View("revocation page", f"{DATASET}/grants/youth-health/revocation", STEWARD),
    View("refused revocation", f"{DATASET}/grants/youth-health/revocation", ANALYST, status=403),
    View("our data", f"{PORTAL}/publishing", STEWARD),
    View("register a dataset", f"{PORTAL}/register-dataset", STEWARD),
    View("hand in a file", f"{DATASET}/publish", STEWARD),
    View("change a description", f"{DATASET}/description", STEWARD),
    View("quality checks", f"{DATASET}/checks", STEWARD),
    View("dataset with a source", CONSULTED, ANALYST),
    View("dataset with a source of a steward", CONSULTED, STEWARD),
    View("source that is tried", f"{CONSULTED}/source", STEWARD, _try_a_source),
    View("source with mistakes", f"{CONSULTED}/source", STEWARD, _leave_out_the_address),
    View("withdraw a version", f"{DATASET}/versions/1/withdrawal", STEWARD),
    View("administration", f"{PORTAL}/administration", ADMINISTRATOR),
    View("all sessions", f"{PORTAL}/administration/sessions", ADMINISTRATOR),
    View("audit log", f"{PORTAL}/administration/audit", ADMINISTRATOR),
    View("announcements", f"{PORTAL}/administration/announcements", ADMINISTRATOR),
    View("leaving", f"{PORTAL}/administration/offboarding", ADMINISTRATOR),
    View(
        "leaving, looked at first",
        f"{PORTAL}/administration/offboarding/new?kind=organisation&name=rivierstad",
        ADMINISTRATOR,
    ),
    View("administration, not for me", f"{PORTAL}/administration", ANALYST, status=403),
    View("notices", f"{PORTAL}/notices", ANALYST),
    View("confirmations", f"{PORTAL}/confirmations", STEWARD),
    View("organisations", f"{PORTAL}/organisations", ADMINISTRATOR),
    View("organisation", f"{PORTAL}/organisations/rivierstad", ADMINISTRATOR),
    View("contacts", f"{PORTAL}/organisations/rivierstad/contacts", ADMINISTRATOR),
    View("person", f"{PORTAL}/people/{ANALYST}", ADMINISTRATOR),
    View("organisation, not for me", f"{PORTAL}/organisations/rivierstad", ANALYST, status=404),
    View("project", f"{PORTAL}/projects/{PROJECT}", ANALYST),
    View("results", RESULTS, ANALYST),
    View("results, a page of many", f"{RESULTS}?path=2026&page=2", ANALYST),
    View("results of an empty folder", f"{RESULTS}?path=2026/kaarten", ANALYST),
    View("result as a table", f"{RESULTS}/show?path=zwemdagen.csv", ANALYST),
    View("result as text", f"{RESULTS}/show?path=verslag.md", ANALYST),
    View("result as a notebook", f"{RESULTS}/show?path=analyse.ipynb", ANALYST),
    View("result as a picture", f"{RESULTS}/show?path=zwemdagen.png", ANALYST),
    View("result that cannot be shown", f"{RESULTS}/show?path=rapport.pdf", ANALYST),
    View("result that is gone", f"{RESULTS}?path=weg", ANALYST, status=404),
    View("results, not for me", RESULTS, ADMINISTRATOR, status=403),
    View("no results yet", f"{PORTAL}/projects/water-atlas/results", ANALYST),
    View("project proposals", f"{PORTAL}/proposals", ANALYST),
    View(
        "proposal with mistakes",
        f"{PORTAL}/proposals/new",
        ANALYST,
        lambda page: (
            page.locator("main form button[type=submit]").click(),
            page.locator(".pl-error-summary").wait_for(),
        ),
    ),
    View("invitation", f"{PORTAL}/join"),
    View(
        "invitation that does not work",
        f"{PORTAL}/join#not-an-invitation",
        act=lambda page: page.locator(".pl-error-summary").wait_for(),
    ),
    View("account is ready", f"{PORTAL}/join/made"),
    View("what is left", f"{PORTAL}/projects/{PROJECT}/more", ANALYST),
    View("allocation", f"{PORTAL}/allocations/organisation/rivierstad", ADMINISTRATOR),
    View("requests for more", f"{PORTAL}/extensions", ADMINISTRATOR),
    View("costs", f"{PORTAL}/organisations/rivierstad/costs", ADMINISTRATOR),
    View("reports", f"{PORTAL}/reports", ADMINISTRATOR),
    View("reports, not for me", f"{PORTAL}/reports", ANALYST, status=403),
    View("reports of us", f"{PORTAL}/organisations/rivierstad/reports", "rivierstad-admin"),
    View(
        "organisation of its administrator",
        f"{PORTAL}/organisations/rivierstad",
        "rivierstad-admin",
    ),
    # In a lab that was lived in
    View("projects of a partner", f"{PORTAL}/", "oeverland-analyst"),
    View("projects, one starts", f"{PORTAL}/", "oeverland-lead"),
    View("projects of a viewer", f"{PORTAL}/", "oeverland-viewer"),
    View("welcome of an organisation administrator", f"{PORTAL}/", "oeverland-admin"),
    View("account waits", f"{PORTAL}/", "oeverland-new"),
    View("project of its lead", f"{PORTAL}/projects/dike-watch", "oeverland-lead"),
    View("catalogue of a partner", f"{PORTAL}/datasets", "oeverland-analyst"),
    View("dataset that may be read", DATASET, "oeverland-analyst"),
    View("request", f"{PORTAL}/requests/{{request}}", STEWARD),
    View("request of a privacy officer", f"{PORTAL}/requests/{{request}}", PRIVACY),
    View("request of its asker", f"{PORTAL}/requests/{{request}}", "rivierstad-lead"),
    View("requests of an asker", f"{PORTAL}/requests", "oeverland-lead"),
    View("file that is looked at", f"{PORTAL}/ingests/{{looked_at}}", STEWARD),
    View("file that is converted", f"{PORTAL}/ingests/{{running}}", STEWARD),
    View("file that cannot be read", f"{PORTAL}/ingests/{{failed}}", STEWARD),
    View("file that was published", f"{PORTAL}/ingests/{{done}}", STEWARD),
    View("our organisation", f"{PORTAL}/organisations/oeverland", "oeverland-admin"),
    View("our contacts", f"{PORTAL}/organisations/oeverland/contacts", "oeverland-admin"),
    View("our costs", f"{PORTAL}/organisations/oeverland/costs", "oeverland-admin"),
    View("our allocation", f"{PORTAL}/allocations/organisation/oeverland", "oeverland-admin"),
    View("allocation of a project", f"{PORTAL}/allocations/project/dike-watch", "oeverland-lead"),
    View(
        "allocation of a person",
        f"{PORTAL}/allocations/person/dike-watch/oeverland-analyst",
        "oeverland-lead",
    ),
    View("asking for more", f"{PORTAL}/projects/dike-watch/more", "oeverland-analyst"),
    View("requests for more to answer", f"{PORTAL}/extensions", "oeverland-lead"),
    View("our sessions", f"{PORTAL}/administration/sessions", "oeverland-admin"),
    View("our announcements", f"{PORTAL}/administration/announcements", "oeverland-admin"),
    View("our administration", f"{PORTAL}/administration", "oeverland-admin"),
    View("proposals of its maker", f"{PORTAL}/proposals", "oeverland-lead"),
    View("proposal to decide", f"{PORTAL}/proposals/{{proposal}}", ADMINISTRATOR),
    View("proposal that came back", f"{PORTAL}/proposals/{{returned}}", "oeverland-lead"),
    View("changing a proposal", f"{PORTAL}/proposals/{{returned}}/change", "oeverland-lead"),
    View("organisation to decide", f"{PORTAL}/organisations/{{applicant}}/decision", ADMINISTRATOR),
    View("person who waits", f"{PORTAL}/people/oeverland-new", ADMINISTRATOR),
    View("leaving, packed", f"{PORTAL}/administration/offboarding/{{waits}}", ADMINISTRATOR),
    View("leaving, no room", f"{PORTAL}/administration/offboarding/{{signed}}", ADMINISTRATOR),
    View(
        "leaving, called off", f"{PORTAL}/administration/offboarding/{{called_off}}", ADMINISTRATOR
    ),
    View(
        "calling off",
        f"{PORTAL}/administration/offboarding/{{waits}}/calling-off",
        ADMINISTRATOR,
    ),
    View("our reports", f"{PORTAL}/organisations/oeverland/reports", "oeverland-admin"),
    View("our report", f"{PORTAL}/organisations/oeverland/reports/2026-10", "oeverland-admin"),
    View("results of a viewer", f"{PORTAL}/projects/dike-watch/results", "oeverland-viewer"),
    View(
        "result of a viewer",
        f"{PORTAL}/projects/dike-watch/results/show?path=zwemdagen.csv",
        "oeverland-viewer",
    ),
    View("notices of a partner", f"{PORTAL}/notices", "oeverland-lead"),
    View(
        "details of an organisation",
        f"{PORTAL}/join#{{organisation_link}}",
        act=_arrive("/join/details"),
        lands=f"{PORTAL}/join/details",
    ),
    View(
        "details of a person",
        f"{PORTAL}/join#{{person_link}}",
        act=_arrive("/join/details"),
        lands=f"{PORTAL}/join/details",
    ),
    View(
        "choosing a password",
        f"{PORTAL}/new-password#{{password_link}}",
        act=_arrive("/new-password/choose"),
        lands=f"{PORTAL}/new-password/choose",
    ),
    View("details are sent", f"{PORTAL}/join/sent"),
    # For everyone
    View("help", f"{PORTAL}/help"),
    View("accessibility statement", f"{PORTAL}/accessibility"),
    View("no such page", f"{PORTAL}/nowhere", ANALYST, status=404),
    View("no such page of the hub", "/hub/nowhere", ANALYST, status=404),
]
