"""The results page: who may look into a project's folder, and what a browser is given of it."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
from tests.fakes.partners import STRANGERS, WHO, bring
from tests.service.conftest import PREFIX, Service

from polderlab_catalog.application.errors import Unavailable
from polderlab_catalog.domain.audit import AuditAction, AuditRecord
from polderlab_catalog.domain.projects import MemberRole, Membership
from polderlab_catalog.hub_client import HubFolders
from polderlab_catalog.policy.roles import TABLE, Action, Who
from polderlab_catalog.web import results
from polderlab_catalog.web.bounds import RESULTS_AT_ONCE, Places

RESULTS = f"{PREFIX}/projects/river-access/results"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(100)
VIEWER = WHO[Who.VIEWER]
DOORS = ["", "/show?path=report.txt", "/file?path=report.txt", "/picture?path=dike.png"]


@pytest.fixture
def folder(service: Service) -> Path:
    """Return the project's folder, with something in it."""
    bring(service.world)
    assert service.hub.folders is not None
    made = service.hub.folders / "projects" / "river-access"
    made.mkdir(parents=True)
    (made / "report.txt").write_text("The dike holds.\n")
    (made / "dike.png").write_bytes(PNG)
    return made


async def get(service: Service, username: str, path: str, language: str = "en") -> httpx.Response:
    async with service.visit(username, language) as client:
        return await client.get(f"{RESULTS}{path}")


def logged(service: Service, *actions: AuditAction) -> list[AuditRecord]:
    with service.lab.register.read() as t:
        return [each for each in t.audit.records() if each.event.action in actions]


# Who ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("door", DOORS)
async def test_members_see_results_and_nobody_else(
    service: Service, folder: Path, door: str
) -> None:
    allowed = {WHO[who] for who in TABLE[Action.RESULT_READ]}
    assert allowed == {"rivierstad-lead", "rivierstad-analyst", "rivierstad-viewer"}
    for username in sorted({*WHO.values(), *STRANGERS.values()} - allowed):
        answer = await get(service, username, door)
        assert answer.status_code in (403, 404), username
        assert "The dike holds" not in answer.text
        assert "Download" not in answer.text
    asked = len(service.hub.asked)
    for username in sorted(allowed):
        assert (await get(service, username, door)).status_code == 200, username
    assert len(service.hub.asked) > asked


async def test_who_is_turned_away_is_not_asked_for_at_the_hub_and_stands_in_the_log(
    service: Service, folder: Path
) -> None:
    stranger = STRANGERS["somebody of another organisation"]
    before = [path for _, path, _ in service.hub.asked if "/projects/" in path]
    assert (await get(service, stranger, "/file?path=report.txt")).status_code == 404
    assert [path for _, path, _ in service.hub.asked if "/projects/" in path] == before
    (line,) = logged(service, AuditAction.RESULT_READ_REFUSED)
    assert line.event.actor == f"person:{stranger}"
    assert (line.event.object, line.event.project) == ("report.txt", "river-access")
    assert line.event.details["code"] == "not-a-member"
    # a project that is not there looks the same
    async with service.visit(stranger) as client:
        absent = await client.get(f"{PREFIX}/projects/no-such-project/results")
    assert absent.status_code == 404


async def test_an_administrator_is_told_that_being_one_opens_no_folder(
    service: Service, folder: Path
) -> None:
    answer = await get(service, WHO[Who.LAB_ADMINISTRATOR], "")
    assert answer.status_code == 403
    assert "You are not a member of project river-access" in answer.text


@pytest.mark.parametrize(
    "why", ["removed", "membership over", "project over", "project to come", "suspended", "closed"]
)
async def test_standing_is_asked_at_every_look(service: Service, folder: Path, why: str) -> None:
    assert (await get(service, VIEWER, "/file?path=report.txt")).status_code == 200
    today = service.lab.today()
    with service.lab.register.write() as t:
        project = t.projects.get("river-access")
        home, person = t.organisations.get("rivierstad"), t.people.get(VIEWER)
        assert project is not None
        assert home is not None
        assert person is not None
        if why == "removed":
            t.projects.remove_membership(VIEWER, "river-access")
        elif why == "membership over":
            until = today - timedelta(days=1)
            t.projects.put_membership(Membership(VIEWER, "river-access", MemberRole.VIEWER, until))
        elif why == "project over":
            t.projects.put(replace(project, ends=today - timedelta(days=1)))
        elif why == "project to come":
            t.projects.put(replace(project, starts=date(2099, 1, 1), ends=date(2099, 2, 1)))
        elif why == "suspended":
            t.organisations.put(replace(home, suspended=True))
        else:
            t.people.put(replace(person, active=False))
    for door in DOORS:
        answer = await get(service, VIEWER, door)
        assert answer.status_code in (403, 404), door
        assert "dike holds" not in answer.text


async def test_a_download_under_way_stops_when_access_does(
    service: Service, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(results, "SECONDS_BETWEEN_LOOKS", 0)
    (folder / "large.bin").write_bytes(bytes(3_000_000))
    whole = await get(service, VIEWER, "/file?path=large.bin")
    assert len(whole.content) == 3_000_000
    opened = service.lab.results.open

    def then_removed(*arguments: object) -> object:
        found = opened(*arguments)  # type: ignore[arg-type]
        with service.lab.register.write() as t:
            t.projects.remove_membership(VIEWER, "river-access")
        return found

    monkeypatch.setattr(type(service.lab.results), "open", lambda _self, *a: then_removed(*a))
    cut = await get(service, VIEWER, "/file?path=large.bin")
    assert len(cut.content) < 3_000_000


# What a browser is given --------------------------------------------------------------------


async def test_a_download_is_kept_and_never_run(service: Service, folder: Path) -> None:
    page = b"<script>alert(document.cookie)</script>"
    for name in ("page.html", "drawing.svg", "book.ipynb", "report.txt", "dike.png"):
        (folder / name).write_bytes(page)
        answer = await get(service, VIEWER, f"/file?path={name}")
        assert answer.status_code == 200
        assert answer.content == page
        assert answer.headers["content-type"] == "application/octet-stream"
        assert answer.headers["content-disposition"].startswith("attachment;")
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "sandbox" in answer.headers["content-security-policy"]
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert answer.headers["cache-control"] == "no-store"


async def test_only_pictures_are_shown_as_what_they_are(service: Service, folder: Path) -> None:
    kinds = {
        "a.png": (PNG, "image/png"),
        "b.jpg": (b"\xff\xd8\xff\xe0" + bytes(50), "image/jpeg"),
        "c.gif": (b"GIF89a" + bytes(50), "image/gif"),
        "d.webp": (b"RIFF\0\0\0\0WEBP" + bytes(50), "image/webp"),
        "wrong.gif": (PNG, "image/png"),
    }
    for name, (content, media_type) in kinds.items():
        (folder / name).write_bytes(content)
        answer = await get(service, VIEWER, f"/picture?path={name}")
        assert (answer.status_code, answer.headers["content-type"]) == (200, media_type), name
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "sandbox" in answer.headers["content-security-policy"]
    svg = b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"
    for name in ("e.svg", "f.png", "g.html"):
        (folder / name).write_bytes(svg)
        answer = await get(service, VIEWER, f"/picture?path={name}")
        assert answer.status_code == 404, name
        assert b"<svg xmlns" not in answer.content
        assert "picture?" not in (await get(service, VIEWER, f"/show?path={name}")).text


@pytest.mark.parametrize(
    "name",
    [
        b"line\nend.txt",
        "\u202egpj.txt".encode(),
        b"\xff\xfe.txt",
        b'"><img src=x onerror=alert(1)>.txt',
        b"%2e%2e.txt",
        b"a" * 251 + b".txt",
        b"&path=report&page=9.txt",
        b"a;filename=b.txt",
        b"\r\nSet-Cookie: x=y.txt",
    ],
)
async def test_a_file_may_be_called_anything(service: Service, folder: Path, name: bytes) -> None:
    (folder / os.fsdecode(name)).write_bytes(b"<b>content</b>")
    page = await get(service, VIEWER, "")
    address = quote(name, safe="/")
    assert f"/file?path={address}" in page.text
    assert "<img" not in page.text
    assert "\u202e" not in page.text
    shown = await get(service, VIEWER, f"/show?path={address}")
    assert shown.status_code == 200
    assert "&lt;b&gt;content&lt;/b&gt;" in shown.text
    assert "<img" not in shown.text
    taken = await get(service, VIEWER, f"/file?path={address}")
    assert taken.content == b"<b>content</b>"
    assert "set-cookie" not in taken.headers
    disposition = taken.headers["content-disposition"]
    assert disposition.isascii()
    assert disposition.isprintable()
    assert disposition.count(";") == 2
    line = logged(service, AuditAction.RESULT_READ)[-1]
    assert line.event.object.isprintable()


@pytest.mark.parametrize(
    "path", ["..%2f..%2fetc%2fpasswd", "link", "link%2fpasswd", "pipe", ".env", "a%00b", "absent"]
)
async def test_what_is_no_file_of_the_folder_is_not_there(
    service: Service, folder: Path, path: str
) -> None:
    (folder / "link").symlink_to("/etc")
    (folder / ".env").write_text("password")
    os.mkfifo(folder / "pipe")
    for door in ("?path=", "/show?path=", "/file?path=", "/picture?path="):
        answer = await get(service, VIEWER, f"{door}{path}")
        assert answer.status_code == 404, door
        assert "to be seen in the folder of project river-access" in answer.text
    assert (await get(service, VIEWER, "/file?path=report.txt")).status_code == 200


async def test_a_file_that_breaks_off_is_not_passed_off_as_whole(
    service: Service, folder: Path
) -> None:
    (folder / "large.bin").write_bytes(bytes(2_000_000))
    service.hub.breaks_off = True
    answer = await get(service, VIEWER, "/file?path=large.bin")
    assert int(answer.headers["content-length"]) == 2_000_000
    assert len(answer.content) < 2_000_000
    assert (await get(service, VIEWER, "/show?path=report.txt")).status_code == 503
    service.hub.breaks_off = False
    assert len((await get(service, VIEWER, "/file?path=large.bin")).content) == 2_000_000


async def test_a_place_is_given_back_whatever_happens(service: Service, folder: Path) -> None:
    (folder / "large.bin").write_bytes(bytes(2_000_000))
    for _ in range(RESULTS_AT_ONCE + 1):
        service.hub.breaks_off = True
        assert len((await get(service, VIEWER, "/file?path=large.bin")).content) < 2_000_000
        service.hub.breaks_off = False
        assert (await get(service, VIEWER, "/file?path=absent")).status_code == 404
        assert (await get(service, VIEWER, "/picture?path=report.txt")).status_code == 404
        assert (await get(service, VIEWER, "/file?path=large.bin")).status_code == 200


async def test_while_the_hub_is_away_the_page_says_so(
    service: Service, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> None:
        raise Unavailable("nobody answers")

    monkeypatch.setattr(HubFolders, "look", away)
    answer = await get(service, VIEWER, "")
    assert answer.status_code == 503
    assert "Try again in a minute" in answer.text


async def test_every_read_stands_in_the_log_and_looking_at_names_does_not(
    service: Service, folder: Path
) -> None:
    await get(service, VIEWER, "")
    assert logged(service, AuditAction.RESULT_READ) == []
    await get(service, VIEWER, "/file?path=report.txt")
    await get(service, VIEWER, "/show?path=report.txt")
    await get(service, VIEWER, "/show?path=dike.png")
    await get(service, VIEWER, "/picture?path=dike.png")
    (folder / "page.html").write_text("<p>not shown, so not read</p>")
    await get(service, VIEWER, "/show?path=page.html")
    told = [
        (line.event.object, line.event.details["use"], line.event.details["bytes"])
        for line in logged(service, AuditAction.RESULT_READ)
    ]
    assert told == [
        ("report.txt", "download", 16),
        ("report.txt", "preview", 16),
        ("dike.png", "picture", len(PNG)),
    ]
    event = logged(service, AuditAction.RESULT_READ)[0].event
    assert (event.actor, event.project) == (f"person:{VIEWER}", "river-access")
    assert event.purpose == "doel van river-access"


# What people see ----------------------------------------------------------------------------


async def test_an_empty_folder_says_how_something_comes_there(service: Service) -> None:
    bring(service.world)
    page = await get(service, VIEWER, "")
    assert "/home/analyst/project" in page.text
    assert "Ask the project lead" in page.text
    dutch = await get(service, "rivierstad-analyst", "", "nl")
    assert "Er is hier nog niets" in dutch.text
    assert "projectleider" not in dutch.text


async def test_a_folder_called_like_no_day_there_is_is_just_not_there(
    service: Service, folder: Path
) -> None:
    (folder / "2026-11-22").mkdir()
    assert (await get(service, VIEWER, "?path=2026-11-22")).status_code == 200
    answer = await get(service, VIEWER, "?path=2026-13-45")
    assert answer.status_code == 404
    assert "2026-13-45" in answer.text


async def test_folders_lead_down_and_back_and_pages_on(service: Service, folder: Path) -> None:
    deep = folder / "maps & plans" / "2026"
    deep.mkdir(parents=True)
    for n in range(120):
        (deep / f"{n:03}.csv").touch()
    top = await get(service, VIEWER, "")
    assert "results?path=maps%20%26%20plans" in top.text
    page = await get(service, VIEWER, "?path=maps%20%26%20plans/2026")
    assert "results?path=maps%20%26%20plans" in page.text
    assert "1 to 100 of 120" in page.text
    assert "path=maps%20%26%20plans/2026&amp;page=2" in page.text
    last = await get(service, VIEWER, "?path=maps%20%26%20plans/2026&page=2")
    assert "119.csv" in last.text
    assert "101 to 120 of 120" in last.text
    assert "nothing more" in (await get(service, VIEWER, "?path=maps%20%26%20plans&page=9")).text
    assert (await get(service, VIEWER, "?page=0")).status_code == 422


async def test_a_table_a_text_and_a_notebook_are_shown_escaped(
    service: Service, folder: Path
) -> None:
    (folder / "t.csv").write_text("plaats;hoogte\nRivierstad;1,5\n<i>x</i>;2\n")
    table = (await get(service, VIEWER, "/show?path=t.csv")).text
    assert '<th scope="col">hoogte</th>' in table
    assert "<td>1,5</td>" in table
    assert "&lt;i&gt;x&lt;/i&gt;" in table
    cells = [
        {"cell_type": "markdown", "source": ["# <b>Title</b>"]},
        {
            "cell_type": "code",
            "source": "show()",
            "outputs": [
                {"output_type": "display_data", "data": {"text/html": "<script>1</script>"}},
                {"output_type": "stream", "text": ["out <u>\n"]},
                {"output_type": "error", "ename": "E", "evalue": "<v>"},
            ],
        },
    ]
    (folder / "n.ipynb").write_text(json.dumps({"cells": cells}))
    book = (await get(service, VIEWER, "/show?path=n.ipynb")).text
    for part in ("# &lt;b&gt;Title", "show()", "out &lt;u&gt;", "E: &lt;v&gt;"):
        assert part in book
    assert "<script>1" not in book
    (folder / "page.html").write_text("<script>alert(1)</script>")
    assert "cannot be shown here" in (await get(service, VIEWER, "/show?path=page.html")).text


async def test_the_projects_page_leads_to_its_results_for_members_only(
    service: Service, folder: Path
) -> None:
    async with service.visit(VIEWER) as client:
        assert RESULTS in (await client.get(f"{PREFIX}/projects/river-access")).text
    async with service.visit(WHO[Who.LAB_ADMINISTRATOR]) as client:
        page = await client.get(f"{PREFIX}/projects/river-access")
    assert page.status_code == 200
    assert RESULTS not in page.text


async def test_a_viewer_finds_the_results_where_others_start(
    service: Service, folder: Path
) -> None:
    async with service.visit(VIEWER) as client:
        page = (await client.get(f"{PREFIX}/")).text
    assert f'href="{RESULTS}"' in page
    assert "/projects/river-access/start" not in page
    async with service.visit(WHO[Who.ANALYST]) as client:
        page = (await client.get(f"{PREFIX}/")).text
    assert "/projects/river-access/start" in page


@pytest.mark.parametrize("path", ["", "/show?path=report.txt", "/file?path=report.txt"])
async def test_whoever_takes_too_much_at_once_waits_and_nothing_is_read(
    service: Service, folder: Path, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    monkeypatch.setattr(Places, "take", lambda _self, _key: False)
    answer = await get(service, VIEWER, path)
    assert answer.status_code == 429
    assert answer.headers["retry-after"] == "10"
    assert logged(service, AuditAction.RESULT_READ) == []
    monkeypatch.undo()
    for _ in range(RESULTS_AT_ONCE + 1):  # what was taken is given back
        assert (await get(service, VIEWER, path)).status_code == 200
