"""The form "Consult a source", the API beside it, and what they never show."""

from __future__ import annotations

import html
import http.server
import sqlite3
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr
from tests.service.conftest import PREFIX, Service

from polderlab_catalog.application.errors import Refused
from polderlab_catalog.bootstrap import assemble
from polderlab_catalog.domain.people import LabRole, Person
from polderlab_catalog.domain.sources import Parameter, Source, SourceKind
from polderlab_catalog.policy.decisions import Code
from polderlab_catalog.web.apps import portal_app

PAGE = f"{PREFIX}/datasets/growth_study/source"
API = f"{PREFIX}/api/v1/datasets/growth_study/source"
SECRET = "a token nobody may see"
CSV = b"id;name;depth\n1;Lek;1,5\n2;Waal;2,5\n3;Maas;\n"


class Files(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.headers.get("Authorization") != f"Bearer {SECRET}":
            self.send_error(401)
            return
        self.send_response(200)
        self.send_header("Content-Type", "text/csv")
        self.end_headers()
        self.wfile.write(CSV)

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def address() -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Files)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://localhost:{server.server_port}/depths.csv"
    server.shutdown()
    server.server_close()


@pytest.fixture
def allowed(service: Service) -> Service:
    settings = service.lab.settings.model_copy(
        update={"source_hosts": "localhost", "source_key": SecretStr("a key")}
    )
    hub = service.lab.hub
    service.lab = replace(assemble(settings, service.lab.register, service.world.clock), hub=hub)
    service.portal = replace(service.portal, lab=service.lab)
    service.portal_app = portal_app(service.portal)
    return service


def form(service: Service, address: str, **change: str) -> dict[str, str]:
    return {
        "csrf": service.csrf("kustregio-steward"),
        "kind": "url",
        "location": address,
        "password": SECRET,
        "timeout_seconds": "60",
        "row_limit": "1000",
    } | change


async def test_a_steward_tries_a_source_and_then_saves_it(allowed: Service, address: str) -> None:
    async with allowed.visit("kustregio-steward") as browser:
        assert (await browser.get(PAGE)).status_code == 200
        fields = form(allowed, address, act="test", columns="depth, name", conditions="id <= 2")
        tried = await browser.post(PAGE, data=fields)
        assert tried.status_code == 200
        assert "The source answers." in tried.text
        assert "Waal" in tried.text
        assert "Maas" not in tried.text
        assert SECRET not in tried.text
        hidden = tried.text.partition('name="tried" value="')[2].partition('"')[0]
        saved = await browser.post(
            PAGE, data=fields | {"act": "save", "password": "", "tried": hidden}
        )
        assert saved.status_code == 303
        page = await browser.get(f"{PREFIX}/datasets/growth_study")
        assert "Read where it is, at each read." in page.text
        assert SECRET not in page.text
        again = await browser.get(PAGE)
        assert "The lab keeps one." in again.text
        assert 'value="depth, name"' in again.text
        assert "id &lt;= 2" in again.text
        gone = await browser.post(f"{PAGE}/removal", data={"csrf": fields["csrf"]})
        assert gone.status_code == 303
        page = await browser.get(f"{PREFIX}/datasets/growth_study")
        assert "Read where it is" not in page.text
    version = allowed.lab.catalogue.versions("growth_study")[0]
    assert [column.name for column in version.data[0].columns] == ["name", "depth"]


async def test_mistakes_are_told_beside_their_fields(allowed: Service, address: str) -> None:
    async with allowed.visit("kustregio-steward") as browser:
        for change, sentence in (
            ({"location": "https://me:word@example.nl/x.csv"}, "fields of their own"),
            ({"location": "http://169.254.169.254/latest"}, "does not consult 169.254.169.254"),
            ({"location": "http://127.0.0.1:1/x"}, "does not consult 127.0.0.1"),
            ({"password": "another"}, "does not let the lab in"),
            ({"columns": "nothing"}, "Choose from: id, name, depth"),
            ({"conditions": "id"}, "Write a condition as"),
            ({"conditions": "id = Lek"}, "cannot be compared like that"),
            ({"timeout_seconds": "never"}, "whole number of seconds"),
            ({"kind": "sql"}, "Name a table or view"),
            ({"kind": "nothing"}, "Choose what kind"),
        ):
            answer = await browser.post(PAGE, data=form(allowed, address, act="save", **change))
            assert answer.status_code == 422, change
            assert sentence in answer.text, change
            assert (
                "word" not in answer.text.replace("Password", "").replace('"password', "") or change
            )
        fine = await browser.post(PAGE, data=form(allowed, address, act="save"))
        assert fine.status_code == 303


async def test_only_stewards_of_the_owner_come_here(allowed: Service, address: str) -> None:
    for username in ("rivierstad-steward", "kustregio-analyst", "waterdienst-admin"):
        async with allowed.visit(username) as browser:
            assert (await browser.get(PAGE)).status_code == 403
            fields = form(allowed, address, act="save") | {"csrf": allowed.csrf(username)}
            assert (await browser.post(PAGE, data=fields)).status_code == 403
            removal = await browser.post(f"{PAGE}/removal", data={"csrf": fields["csrf"]})
            assert removal.status_code == 403
            assert (await browser.get(API)).status_code == 404
    async with allowed.visit("kustregio-steward") as browser:
        assert (await browser.post(PAGE, data=form(allowed, address, csrf="x"))).status_code == 403


async def test_what_was_tried_works_for_who_tried_it_alone(allowed: Service, address: str) -> None:
    async with allowed.visit("kustregio-steward") as browser:
        tried = await browser.post(PAGE, data=form(allowed, address, act="test"))
        hidden = tried.text.partition('name="tried" value="')[2].partition('"')[0]
        other = f"{PREFIX}/datasets/growth_study/source"
        forged = form(allowed, address, act="test", password="", tried=hidden[:-4] + "AAAA")
        assert (await browser.post(other, data=forged)).status_code == 422
    colleague = Person("second", "Sem", "kustregio", frozenset({LabRole.STEWARD}))
    with allowed.lab.register.write() as t:
        t.people.put(colleague)
    async with allowed.visit("second") as browser:
        stolen = form(allowed, address, act="test", password="", tried=hidden)
        stolen["csrf"] = allowed.csrf("second")
        assert (await browser.post(PAGE, data=stolen)).status_code == 422


async def test_a_lab_administrator_sees_nothing_through_what_a_source_is_opened_with(
    allowed: Service, address: str
) -> None:
    """Trying another table or column with the credentials that are kept would show its rows."""
    body = {"kind": "url", "location": address, "columns": ["name"]}
    steward = {"X-CSRF-Token": allowed.csrf("kustregio-steward")}
    async with allowed.visit("kustregio-steward") as browser:
        made = await browser.put(API, json=body | {"login": {"password": SECRET}}, headers=steward)
        assert made.status_code == 200
        kept = await browser.post(f"{API}/tests", json=body, headers=steward)
        assert kept.json()["rows"] == [["Lek"], ["Waal"], ["Maas"]]
    headers = {"X-CSRF-Token": allowed.csrf("waterdienst-admin")}
    async with allowed.visit("waterdienst-admin") as browser:
        answers = [
            await browser.post(f"{API}/tests", json=body, headers=headers),
            await browser.put(API, json=body, headers=headers),
            await browser.delete(API, headers=headers),
        ]
    assert [answer.status_code for answer in answers] == [403] * 3
    assert "Lek" not in "".join(answer.text for answer in answers)
    async with allowed.visit("kustregio-steward") as browser:
        assert (await browser.get(API)).json()["columns"] == ["name"]


async def test_a_file_on_the_machine_is_connected_by_an_operator_alone(
    allowed: Service, tmp_path: Path
) -> None:
    """It asks for no password, so any steward could take any organisation's."""
    folder = tmp_path / "databases"
    folder.mkdir()
    with sqlite3.connect(folder / "wells.sqlite") as database:
        database.execute("CREATE TABLE wells AS SELECT 7 AS depth")
    settings = allowed.lab.settings.model_copy(update={"source_hosts": str(folder)})
    lab = assemble(settings, allowed.lab.register, allowed.world.clock)
    location = f"sqlite:///{folder}/wells.sqlite"
    source = Source("growth_study", SourceKind.SQL, location, table="wells")
    with pytest.raises(Refused) as refusal:
        lab.sources.test(allowed.world.steward, source)
    assert refusal.value.decision.code is Code.SOURCE_BY_OPERATOR
    assert lab.sources.test(allowed.world.operator, source).rows == (("7",),)


async def test_the_api_connects_tests_shows_and_disconnects(allowed: Service, address: str) -> None:
    headers = {"X-CSRF-Token": allowed.csrf("kustregio-steward")}
    body = {"kind": "url", "location": address, "login": {"password": SECRET}, "columns": ["id"]}
    async with allowed.visit("kustregio-steward") as browser:
        tried = await browser.post(f"{API}/tests", json=body, headers=headers)
        assert tried.json() == {
            "columns": [
                {"name": "id", "type": "int64"},
                {"name": "name", "type": "string"},
                {"name": "depth", "type": "double"},
            ],
            "crs": None,
            "shown": ["id"],
            "rows": [["1"], ["2"], ["3"]],
        }
        made = await browser.put(API, json=body, headers=headers)
        assert made.json() == {"dataset": "growth_study", "version": 2}
        shown = await browser.get(API)
        assert shown.status_code == 200, shown.text
        assert shown.json()["hasLogin"] is True
        assert SECRET not in shown.text
        assert "login" not in shown.json()
        assert (await browser.delete(API, headers=headers)).status_code == 204
        assert (await browser.get(API)).status_code == 404


async def connected(allowed: Service, address: str, **change: str) -> None:
    async with allowed.visit("kustregio-steward") as browser:
        saved = await browser.post(PAGE, data=form(allowed, address, act="save", **change))
        assert saved.status_code == 303, saved.text


async def test_a_page_tells_how_a_live_dataset_is_read_and_offers_no_file(
    allowed: Service, address: str
) -> None:
    await connected(allowed, address)
    for language, heading in (("en", "live source"), ("nl", "live bron")):
        async with allowed.visit("kustregio-analyst") as browser:
            browser.headers["Accept-Language"] = language
            page = await browser.get(f"{PREFIX}/datasets/growth_study")
            assert page.status_code == 200
            text = html.unescape(page.text)
            assert 'intake.cat["growth_study"].read(columns=["id", "name"], limit=1000)' in text
            assert heading in text
            for wrong in ("lab://", "read_parquet", "DuckDB", "0 B", "0 kB", "rows=yes"):
                assert wrong not in text, wrong
            listed = await browser.get(f"{PREFIX}/datasets?q=growth_study")
            assert heading in listed.text
            assert "0 B" not in listed.text
            looked = await browser.get(f"{PREFIX}/datasets/growth_study?rows=yes")
            assert looked.status_code == 200
    ordinary = html.unescape((await _page(allowed, "water_bodies")).text)
    assert "read_parquet" in ordinary
    assert "limit=1000" not in ordinary


async def test_a_page_names_the_parameters_the_copy_and_a_source_that_is_gone(
    allowed: Service, address: str
) -> None:
    await connected(allowed, address)
    lab = allowed.lab
    lab.sources.snapshot(allowed.world.steward, "growth_study")
    with lab.register.write() as t:
        known = t.sources.get("growth_study")
        t.sources.put(replace(known, parameters=(Parameter("year", "integer", "2024"),)))
    text = html.unescape((await _page(allowed, "growth_study")).text)
    assert 'intake.cat["growth_study/growth_study.parquet"].read()' in text
    assert '.read(parameters={"year": 1})' in text
    assert "2024" not in text  # the steward's own value is the steward's
    lab.sources.remove(allowed.world.steward, "growth_study")
    text = (await _page(allowed, "growth_study")).text
    assert "no longer consulted" in text
    assert "parameters=" not in text


async def test_the_api_and_the_description_know_a_source_has_no_size(
    allowed: Service, address: str
) -> None:
    await connected(allowed, address)
    async with allowed.visit("kustregio-analyst") as browser:
        told = (await browser.get(f"{PREFIX}/api/v1/datasets/growth_study")).json()
        turtle = (await browser.get(f"{PREFIX}/datasets/growth_study.ttl")).text
    (file,) = told["files"]
    assert (file["role"], file["bytes"], file["sha256"]) == ("live", None, None)
    assert "dcat:DataService" in turtle
    assert "dcat:accessService" in turtle
    for wrong in ("dcat:byteSize", "dcat:downloadURL", "spdx:checksum"):
        assert wrong not in turtle, wrong


async def _page(service: Service, name: str) -> httpx.Response:
    async with service.visit("kustregio-analyst") as browser:
        return await browser.get(f"{PREFIX}/datasets/{name}")
