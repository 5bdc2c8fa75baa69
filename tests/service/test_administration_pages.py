"""Administration in the portal: sessions, the log, announcements, leaving; and who sees none."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from datetime import date, datetime, time, timedelta

import httpx
import pytest
from tests.fakes.world import PEOPLE
from tests.service.conftest import PREFIX, Service
from tests.support.web import words

from polderlab.wire import FolderDone
from polderlab_catalog.application.actors import Actor
from polderlab_catalog.application.announcements import Draft
from polderlab_catalog.application.leaving import Wish
from polderlab_catalog.domain.announcements import Audience
from polderlab_catalog.domain.audit import AuditAction
from polderlab_catalog.domain.endings import Leaving
from polderlab_catalog.domain.people import LabRole, Person
from polderlab_catalog.domain.texts import Text
from polderlab_catalog.lines import safe

ADMIN, BOSS, OTHER = "waterdienst-admin", "rivierstad-boss", "kustregio-boss"
HOME = f"{PREFIX}/administration"
PAGES = ("", "/sessions", "/announcements", "/offboarding", "/audit")


@pytest.fixture(autouse=True)
def bosses(service: Service) -> None:
    """Two organisations have an administrator of their own."""
    with service.lab.register.write() as t:
        for name in (BOSS, OTHER):
            role = frozenset({LabRole.ORGANISATION_ADMINISTRATOR})
            t.people.put(Person(name, name.title(), name.partition("-")[0], role))


def actor(service: Service, username: str) -> Actor:
    person = service.lab.people.get(username)
    assert person is not None
    return Actor.for_person(person)


async def get(service: Service, username: str, path: str) -> httpx.Response:
    async with service.visit(username) as client:
        return await client.get(f"{PREFIX}{path}")


async def post(
    service: Service, username: str, path: str, **form: str | list[str]
) -> httpx.Response:
    async with service.visit(username) as client:
        sent = {"csrf": service.csrf(username), **form}
        return await client.post(f"{PREFIX}{path}", data=sent)


async def test_an_heir_that_cannot_be_one_any_more_does_not_cost_the_form(service: Service) -> None:
    path = "/administration/offboarding"
    form = {"kind": "organisation", "name": "kustregio", "heir": "rivierstad"}
    typed = {"reason": "the agreement ended", "typed": "kustregio"}
    service.lab.organisations.suspend(service.world.operator, "rivierstad")
    for wrong in (typed, {**typed, "typed": "kust"}):
        answer = await post(service, ADMIN, path, **form, **wrong)
        assert answer.status_code == 422
        assert "Choose another organisation" in answer.text
        assert 'value="the agreement ended"' in answer.text
        assert 'value="waterdienst"' in answer.text
        assert 'value="rivierstad"' not in answer.text
        assert ("Type the name exactly" in answer.text) == (wrong["typed"] == "kust")
    looked = await get(
        service, ADMIN, f"{path}/new?kind=organisation&name=kustregio&heir=kustregio"
    )
    assert "Choose another organisation" in looked.text
    done = await post(service, ADMIN, path, **{**form, "heir": "waterdienst"}, **typed)
    assert done.status_code == 303


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize(
    ("username", "sees"),
    [
        (ADMIN, PAGES),
        (BOSS, PAGES[:-1]),
        ("rivierstad-lead", ()),
        ("rivierstad-steward", ()),
        ("kustregio-privacy", ()),
    ],
)
async def test_administrators_and_nobody_else(
    service: Service, username: str, sees: tuple[str, ...], path: str
) -> None:
    answer = await get(service, username, f"/administration{path}")
    assert answer.status_code == (200 if path in sees else 403)
    assert ("Administration</a>" in answer.text) == (username in (ADMIN, BOSS))


async def test_an_administrator_of_a_suspended_organisation_sees_none_of_it(
    service: Service,
) -> None:
    service.lab.organisations.suspend(service.world.operator, "rivierstad")
    for path in PAGES:
        assert (await get(service, BOSS, f"/administration{path}")).status_code == 403


async def test_sessions_are_seen_by_those_who_look_after_them(service: Service) -> None:
    service.world.run("rivierstad-analyst", "river-access")
    service.world.run("kustregio-analyst", "youth-health", "10.213.0.3")
    everything = words(await get(service, ADMIN, "/administration/sessions"))
    own = words(await get(service, BOSS, "/administration/sessions"))
    assert "Ravi" in everything
    assert "Kim" in everything
    assert "1 cpu and 2 GB" in everything
    assert "Ravi" in own
    assert "Kim" not in own
    assert "youth-health" not in own


async def test_a_session_is_stopped_with_a_reason_its_person_reads(service: Service) -> None:
    plan = service.world.run("rivierstad-analyst", "river-access")
    other = service.world.run("kustregio-analyst", "youth-health", "10.213.0.3")
    path = "/administration/sessions/stop"
    answer = await post(service, BOSS, path, session=[plan.session, other.session], reason="Upkeep")
    assert answer.status_code == 303
    with service.lab.register.read() as t:
        assert [each.id for each in t.sessions.open()] == [other.session]
        closed = t.sessions.get(plan.session)
        assert closed is not None
        assert closed.close_reason == "administrator: Upkeep"
    page = words(await get(service, "rivierstad-analyst", "/notices"))
    assert "An administrator stopped it: Upkeep." in page
    stops = [path for method, path, _ in service.hub.asked if method == "DELETE"]
    assert stops == ["/hub/api/users/rivierstad-analyst/servers/river-access"]


async def test_all_means_all_one_looks_after(service: Service) -> None:
    service.world.run("rivierstad-analyst", "river-access")
    other = service.world.run("kustregio-analyst", "youth-health", "10.213.0.3")
    await post(service, BOSS, "/administration/sessions/stop", all="1", reason="Upkeep")
    with service.lab.register.read() as t:
        assert [each.id for each in t.sessions.open()] == [other.session]
    await post(service, ADMIN, "/administration/sessions/stop", all="1", reason="Upkeep")
    with service.lab.register.read() as t:
        assert t.sessions.open() == []


@pytest.mark.parametrize("form", [{"all": "1"}, {"reason": "x"}, {"all": "1", "reason": " \n "}])
async def test_without_a_reason_or_a_choice_nothing_is_stopped(
    service: Service, form: dict[str, str]
) -> None:
    service.world.run("rivierstad-analyst", "river-access")
    answer = await post(service, ADMIN, "/administration/sessions/stop", **form)
    assert "pl-error-summary" in answer.text
    with service.lab.register.read() as t:
        assert len(t.sessions.open()) == 1


async def test_whoever_has_a_session_is_told_and_others_are_not(service: Service) -> None:
    service.world.run("rivierstad-analyst", "river-access")
    answer = await post(
        service, BOSS, "/administration/sessions/message", text_nl="", text_en="Save <b>now</b>."
    )
    assert answer.status_code == 303
    assert "Save &lt;b&gt;now" in (await get(service, "rivierstad-analyst", "/")).text
    for username in ("rivierstad-lead", "kustregio-analyst"):
        assert "Save" not in (await get(service, username, "/")).text
    service.world.clock.now += timedelta(days=1)
    assert "Save" not in (await get(service, "rivierstad-analyst", "/")).text


@pytest.mark.parametrize(
    ("audience", "told"),
    [
        ("everyone", {"rivierstad-lead", "kustregio-analyst", ADMIN}),
        ("organisation:rivierstad", {"rivierstad-lead"}),
        ("project:youth-health", {"kustregio-analyst"}),
    ],
)
async def test_an_announcement_reaches_whom_it_is_for(
    service: Service, audience: str, told: set[str]
) -> None:
    answer = await post(
        service,
        ADMIN,
        "/administration/announcements",
        text_en="Closed on Friday",
        audience=audience,
        ends="2026-12-31",
    )
    assert answer.status_code == 303, words(answer)
    reached = {
        username
        for username in ("rivierstad-lead", "kustregio-analyst", ADMIN)
        if "Closed on Friday" in (await get(service, username, "/datasets")).text
    }
    assert reached == told
    listed = await get(service, ADMIN, "/administration/announcements")
    made = service.lab.announcements.list_all(service.world.operator)[0]
    assert made.id in listed.text
    await post(service, ADMIN, f"/administration/announcements/{made.id}/withdrawal")
    for username in told:
        assert "Closed on Friday" not in (await get(service, username, "/datasets")).text


@pytest.mark.parametrize(
    "audience", ["everyone", "organisation:kustregio", "project:youth-health", "people:x", ""]
)
async def test_an_organisations_administrator_tells_its_own_people_only(
    service: Service, audience: str
) -> None:
    sent = {"text_en": "Hello", "audience": audience, "ends": "2026-12-31"}
    answer = await post(service, BOSS, "/administration/announcements", **sent)
    assert answer.status_code != 303
    assert service.lab.announcements.list_all(service.world.operator) == []
    own = {**sent, "audience": "organisation:rivierstad"}
    assert (await post(service, BOSS, "/administration/announcements", **own)).status_code == 303


async def test_another_organisations_announcement_is_not_there(service: Service) -> None:
    made = service.lab.announcements.make(
        service.world.operator,
        Draft(Text("", "For Kustregio"), Audience.ORGANISATION, ("kustregio",)),
    )
    assert "For Kustregio" not in (await get(service, BOSS, "/administration/announcements")).text
    path = f"/administration/announcements/{made.id}/withdrawal"
    assert (await post(service, BOSS, path)).status_code == 404
    assert (await post(service, OTHER, path)).status_code == 303


# The log ---------------------------------------------------------------------------------


async def test_the_log_is_narrowed_and_paged(service: Service) -> None:
    service.world.run("rivierstad-analyst", "river-access")
    page = words(
        await get(
            service, ADMIN, "/administration/audit?action=session:started&project=river-access"
        )
    )
    assert "session:started" in page
    assert "session:planned" not in page.split("Lines of the log")[1].split("Narrow")[0]
    for number in range(60):
        service.lab.organisations.suspend(service.world.operator, "kustregio", number % 2 == 0)
    first = await get(service, ADMIN, "/administration/audit?object=kustregio")
    assert "Older" in first.text
    older = first.text.split("before=")[1].split('"')[0]
    second = await get(service, ADMIN, f"/administration/audit?object=kustregio&before={older}")
    assert "Newest" in second.text
    nobody = await get(service, ADMIN, "/administration/audit?actor=person:nobody")
    assert "No line fits." in nobody.text


@pytest.mark.parametrize(
    "query",
    [
        "action=nothing&since=soon&until=9999-12-31&before=x",
        "since=0001-01-01&before=" + "9" * 40,
        "object=%00%ff&actor=" + "x" * 5000,
        "before=²",
    ],
)
async def test_a_filter_that_is_none_does_no_harm(service: Service, query: str) -> None:
    answer = await get(service, ADMIN, f"/administration/audit?{query}")
    assert answer.status_code == 200


async def test_the_log_is_taken_along_and_that_is_a_line_too(service: Service) -> None:
    evil = '=HYPERLINK("https://evil.example")'
    service.lab.announcements.make(service.world.operator, Draft(Text("", evil)))
    with service.lab.register.read() as t:
        count = len(list(t.audit.records()))
    taken = await post(service, ADMIN, "/administration/audit/export", format="jsonl")
    lines = [json.loads(line) for line in taken.text.splitlines()]
    assert len(lines) == count
    assert [line["number"] for line in lines] == list(range(count, 0, -1))
    assert {"hash", "previous", "details", "at"} <= set(lines[0])
    assert "attachment" in taken.headers["content-disposition"]
    with service.lab.register.read() as t:
        last = t.audit.search(limit=1)[0].event
    assert (last.action, last.actor) == (AuditAction.AUDIT_EXPORTED, f"person:{ADMIN}")
    sheet = await post(
        service, ADMIN, "/administration/audit/export", format="csv", action="announcement:made"
    )
    heads, row = list(csv.reader(io.StringIO(sheet.text)))
    assert heads[0] == "number"
    assert dict(zip(heads, row, strict=True))["action"] == "announcement:made"


async def test_no_cell_of_the_sheet_is_a_formula(service: Service) -> None:
    for cell in ("=1+1", "+1", "-1", "@x", "\t=1", " =1", "\r=1"):
        assert safe(cell).startswith("'")
    for cell in ("growth_study", "person:ravi", "", "2026-01-01", "a=b"):
        assert safe(cell) == cell


async def test_checking_the_log_says_in_plain_words_what_came_of_it(service: Service) -> None:
    whole = words(await post(service, ADMIN, "/administration/audit/verification"))
    assert "The log is whole" in whole
    assert service.lab.audit.verify().head in whole
    with service.lab.register.engine.begin() as connection:  # type: ignore[attr-defined]
        connection.exec_driver_sql("DROP TRIGGER audit_log_no_update")
        connection.exec_driver_sql("UPDATE audit_log SET actor = 'x' WHERE number = 3")
    changed = words(await post(service, ADMIN, "/administration/audit/verification"))
    assert "The log was tampered with, at line 3." in changed


@pytest.mark.parametrize("username", [BOSS, "rivierstad-lead"])
@pytest.mark.parametrize("path", ["export", "verification"])
async def test_others_take_nothing_of_the_log_along(
    service: Service, username: str, path: str
) -> None:
    answer = await post(service, username, f"/administration/audit/{path}", format="csv")
    assert answer.status_code == 403
    assert "person:" not in answer.text
    assert (await post(service, ADMIN, f"/administration/audit/{path}")).status_code == 200


# Leaving ---------------------------------------------------------------------------------


async def test_looking_first_shows_everything_and_does_nothing(service: Service) -> None:
    service.world.run("rivierstad-analyst", "river-access")
    before = service.lab.audit.verify()
    page = words(
        await get(
            service, BOSS, "/administration/offboarding/new?kind=person&name=rivierstad-analyst"
        )
    )
    for said in ("1 session is stopped", "1 membership ends", "1 account is closed"):
        assert said in page
    assert "homes of rivierstad-analyst" in page
    assert service.lab.audit.verify() == before


async def test_somebody_leaves_by_the_form_and_the_record_stays(service: Service) -> None:
    form = {"kind": "person", "name": "rivierstad-analyst", "reason": "Another job"}
    wrong = await post(service, BOSS, "/administration/offboarding", **form, typed="ravi")
    assert "pl-error-summary" in wrong.text
    right = await post(
        service, BOSS, "/administration/offboarding", **form, typed="rivierstad-analyst"
    )
    assert right.status_code == 303
    path = right.headers["location"].removeprefix(PREFIX)
    assert "Another job" in words(await get(service, BOSS, path))
    assert (await get(service, OTHER, path)).status_code == 404
    assert (await get(service, "rivierstad-analyst", "/")).status_code == 403
    assert (await post(service, BOSS, f"{path}/signature", received_by="me")).status_code == 403


def packed(service: Service, *parts: str) -> str:
    """Let somebody leave who has these homes, and pack them; return the path of the record."""
    wish = Wish(Leaving.PERSON, "rivierstad-analyst", "Another job")
    record = service.lab.endings.offboard(actor(service, BOSS), wish, wish.name)
    told = {"archive": "a.tar.zst", "bytes": 9, "sha256": "ab" * 32, "files": 2}
    for wanted, more in (("frozen", {}), ("archived", told)):
        for order in service.lab.folders.orders():
            found = list(parts) if wanted == "frozen" else order.parts
            service.lab.folders.report(FolderDone(order.id, wanted, parts=found, **more))  # type: ignore[arg-type]
    return f"/administration/offboarding/{record.id}"


async def test_a_leaving_is_called_off_on_a_page_that_says_what_comes_back(
    service: Service,
) -> None:
    path = packed(service, "rivierstad-analyst/river-access")
    assert "Call it off" in words(await get(service, BOSS, path))
    page = words(await get(service, BOSS, f"{path}/calling-off"))
    assert "home rivierstad-analyst/river-access: as they were" in page
    assert "You can open the account again" in page
    assert "1 membership rivierstad-analyst · river-access" in page
    assert len(service.lab.folders.orders()) == 0  # looking does nothing
    for username in (OTHER, "rivierstad-lead"):
        for answer in (
            await get(service, username, f"{path}/calling-off"),
            await post(service, username, f"{path}/calling-off"),
        ):
            assert answer.status_code in (403, 404)
    assert len(service.lab.folders.orders()) == 0
    assert (await post(service, BOSS, f"{path}/calling-off")).status_code == 303
    page = words(await get(service, BOSS, path))
    assert "called off; folders are being given back" in page
    assert "does not come back by itself" in page
    (order,) = service.lab.folders.orders()
    assert order.wanted == "thawed"


async def test_what_is_being_deleted_is_not_called_off_and_the_page_says_so(
    service: Service,
) -> None:
    path = packed(service, "rivierstad-analyst/river-access")
    await post(service, ADMIN, f"{path}/signature", received_by="J. de Vries")
    service.world.clock.now += timedelta(days=365)
    assert "Call it off" not in words(await get(service, ADMIN, path))
    for answer in (
        await get(service, ADMIN, f"{path}/calling-off"),
        await post(service, ADMIN, f"{path}/calling-off"),
    ):
        assert answer.status_code == 403
        assert "cannot be called off any more" in words(answer)


async def test_each_organisation_sees_and_gets_the_archive_with_its_own_work(
    service: Service,
) -> None:
    path = packed(service, "rivierstad-analyst/river-access", "rivierstad-analyst/youth-health")
    own, theirs = await get(service, BOSS, path), await get(service, OTHER, path)
    assert own.text.count("SHA-256") == theirs.text.count("SHA-256") == 1
    assert "Another job" in own.text
    for secret in ("Another job", "river-access", "What ended at once", "Call it off"):
        assert secret not in words(theirs)
    assert words(theirs).count("home rivierstad-analyst/youth-health") == 1
    page = await get(service, ADMIN, path)
    assert page.text.count("SHA-256") == 3  # and once in the form
    wrong = await post(service, ADMIN, f"{path}/signature", received_by="K. Bakker")
    assert "Say for which organisation" in words(wrong)
    sent = {"received_by": "K. Bakker", "owner": "kustregio"}
    assert (await post(service, ADMIN, f"{path}/signature", **sent)).status_code == 303
    assert "K. Bakker" in words(await get(service, OTHER, path))
    assert "K. Bakker" not in words(await get(service, BOSS, path))


async def test_a_record_says_in_words_that_there_is_no_room_for_the_archive(
    service: Service,
) -> None:
    wish = Wish(Leaving.PROJECT, "river-access", "Done")
    record = service.lab.endings.offboard(actor(service, BOSS), wish, wish.name)
    for order in service.lab.folders.orders():
        service.lab.folders.report(FolderDone(order.id, "frozen", parts=["river-access"]))
    for order in service.lab.folders.orders():
        service.lab.folders.report(
            FolderDone(order.id, "archived", error="x", needed=5 * 10**9, free=10**9)
        )
    page = words(await get(service, BOSS, f"/administration/offboarding/{record.id}"))
    assert "No room for the archive: it may take" in page
    assert "nothing is deleted" in page


@pytest.mark.parametrize(
    ("username", "kind", "name"),
    [
        (BOSS, "person", "kustregio-analyst"),
        (BOSS, "project", "youth-health"),
        (BOSS, "organisation", "kustregio"),
        (BOSS, "organisation", "rivierstad"),
        (ADMIN, "person", ".."),
        (ADMIN, "person", "../../etc"),
        (ADMIN, "dataset", "growth_study"),
        ("rivierstad-lead", "person", "rivierstad-analyst"),
    ],
)
async def test_what_is_not_ones_own_does_not_leave(
    service: Service, username: str, kind: str, name: str
) -> None:
    form = {"kind": kind, "name": name, "reason": "x", "typed": name}
    answer = await post(service, username, "/administration/offboarding", **form)
    assert answer.status_code != 303
    assert service.lab.endings.records(service.world.operator) == []
    assert service.lab.folders.orders() == []


# Notices and confirmations -----------------------------------------------------------------


async def test_what_ends_stands_among_my_notices_until_i_read_it(service: Service) -> None:
    with service.lab.register.write() as t:
        project = t.projects.get("river-access")
        assert project is not None
        t.projects.put(replace(project, ends=service.world.clock().date() + timedelta(days=5)))
    service.lab.notices.tell_ends()
    page = await get(service, "rivierstad-analyst", "/notices")
    assert "Project river-access ends on" in words(page)
    assert "not read yet" in page.text
    await post(service, "rivierstad-analyst", "/notices/read")
    assert "not read yet" not in (await get(service, "rivierstad-analyst", "/notices")).text
    assert "not read yet" in (await get(service, "rivierstad-lead", "/notices")).text


async def test_what_stands_is_confirmed_or_ended_line_by_line(service: Service) -> None:
    with service.lab.register.write() as t:
        for project in t.projects.all():
            t.projects.put(replace(project, ends=project.ends.replace(year=2035)))
    service.lab.confirmations.run_due()
    service.world.clock.now += timedelta(days=366)
    service.lab.confirmations.run_due()
    page = await get(service, BOSS, "/confirmations")
    assert "Ravi" in words(page)
    assert "Kim" not in words(page)
    keys = ["person:rivierstad-lead", "person:kustregio-analyst"]
    assert (await post(service, BOSS, "/confirmations", key=keys)).status_code == 403
    assert (await post(service, BOSS, "/confirmations", key=keys[:1])).status_code == 303
    await post(service, BOSS, "/confirmations", end="person:rivierstad-analyst")
    ravi = service.lab.people.get("rivierstad-analyst")
    assert ravi is not None
    assert not ravi.active
    left = words(await get(service, BOSS, "/confirmations"))
    assert "Lea" not in left
    assert "river-access" in left


async def test_a_grant_is_confirmed_with_the_last_day_it_holds(service: Service) -> None:
    last = date(2028, 3, 31)
    service.lab.grants.grant(
        service.world.operator, "soil_survey", "youth-health", date(2027, 12, 31)
    )
    with service.lab.register.write() as t:
        (grant,) = t.grants.find(dataset="soil_survey")
        ends = datetime.combine(last + timedelta(days=1), time(), service.lab.settings.zone)
        t.grants.put(replace(grant, ends=ends))
        for project in t.projects.all():
            t.projects.put(replace(project, ends=date(2035, 1, 1)))
    service.lab.confirmations.run_due()
    service.world.clock.now += timedelta(days=366)
    service.lab.confirmations.run_due()
    page = words(await get(service, "rivierstad-steward", "/confirmations"))
    assert "for youth-health, up to and including 31 March 2028" in page


async def test_the_record_of_a_whole_leaving_can_be_read(service: Service) -> None:
    record = service.lab.endings.offboard(
        actor(service, ADMIN), Wish(Leaving.PROJECT, "river-access", "Done"), "river-access"
    )
    page = words(await get(service, ADMIN, f"/administration/offboarding/{record.id}"))
    assert "folders are being packed" in page
    assert "folder of project river-access" in page
    assert PEOPLE[ADMIN].display_name in page
