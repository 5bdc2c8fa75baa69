"""The form "Consult a source", the API beside it, and what they never show."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest
from pydantic import SecretStr
from tests.service.conftest import PREFIX, Service

from polderlab_catalog.bootstrap import assemble
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
    for username in ("rivierstad-steward", "kustregio-analyst"):
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
    async with allowed.visit("waterdienst-admin") as browser:
        stolen = form(allowed, address, act="test", password="", tried=hidden)
        stolen["csrf"] = allowed.csrf("waterdienst-admin")
        assert (await browser.post(PAGE, data=stolen)).status_code == 422


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
