"""Harvesting over real HTTP: another lab's pages, and servers that mean no good."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from tests.fakes.register import MemoryRegister
from tests.fakes.world import World
from tests.service.conftest import PREFIX, Service

from polderlab_catalog.application import dcat
from polderlab_catalog.application.errors import LabError, Refused, Unavailable
from polderlab_catalog.application.harvests import Harvests, Taken
from polderlab_catalog.dcat.fetching import Fetcher
from polderlab_catalog.dcat.reading import Reader
from polderlab_catalog.sources.guard import Guard

Answer = tuple[int, dict[str, str], bytes]


@dataclass
class Elsewhere:
    """A server of somebody else, on this machine."""

    port: int
    answers: dict[str, Callable[[], Answer]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def serving() -> Iterator[Elsewhere]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            elsewhere.asked.append(self.path)
            status, headers, body = elsewhere.answers.get(self.path, lambda: (404, {}, b""))()
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    elsewhere = Elsewhere(server.server_address[1])
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield elsewhere
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def elsewhere() -> Iterator[Elsewhere]:
    with serving() as running:
        yield running


def reader(allowed: str, most_bytes: int = 1_000_000) -> Reader:
    return Reader(Fetcher(Guard(allowed).resolve, most_bytes=most_bytes).fetch)


def turtle(body: str) -> Answer:
    prefixes = (
        "@prefix dcat: <http://www.w3.org/ns/dcat#> . @prefix dct: <http://purl.org/dc/terms/> ."
    )
    return 200, {"Content-Type": "text/turtle"}, (prefixes + body).encode()


ONE = '<https://x.example/1> a dcat:Dataset ; dct:title "One" .'


async def test_one_lab_harvests_another_page_by_page(
    service: Service, elsewhere: Elsewhere, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dcat, "PAGE_SIZE", 2)
    there = service.lab.settings.portal_url
    async with service.visit("rivierstad-analyst") as client:
        for page in (1, 2):
            for path in (f"/catalogue.ttl?page={page}", "/catalogue"):
                answer = await client.get(f"{PREFIX}{path}", headers={"Accept": "text/turtle"})
                body = answer.content.replace(
                    f"{there}/catalogue.ttl?".encode(), f"{elsewhere.url}/catalogue.ttl?".encode()
                )
                sent = (200, {"Content-Type": answer.headers["content-type"]}, body)
                elsewhere.answers[path] = lambda sent=sent: sent
    world = World(MemoryRegister())
    with world.register.write() as t:
        for dataset in t.datasets.all():
            t.datasets.remove(dataset.name)
    harvests = Harvests(world.register, world.clock, reader("127.0.0.1"))
    harvest = harvests.add(world.operator, f"{elsewhere.url}/catalogue", "waterdienst")
    assert harvests.run(world.operator, harvest.id) == Taken(added=3)
    assert elsewhere.asked == ["/catalogue", "/catalogue.ttl?page=2"]
    with world.register.read() as t, service.lab.register.read() as ours:
        for original in ours.datasets.all():
            found = t.datasets.get(original.name)
            assert found == replace(
                original,
                organisation="waterdienst",
                classification=found.classification if found else original.classification,
                theme="GOVE",
                contact=f"{there}/datasets/{original.name}",
                remote=f"{there}/datasets/{original.name}",
            )


def test_the_lab_goes_nowhere_it_may_not_go(elsewhere: Elsewhere) -> None:
    elsewhere.answers["/c"] = lambda: turtle(ONE)
    assert len(reader("127.0.0.1").read(f"{elsewhere.url}/c")) == 1, "the positive control"
    asked = len(elsewhere.asked)
    for url in (
        f"{elsewhere.url}/c",
        f"http://localhost:{elsewhere.port}/c",
        f"http://[::ffff:127.0.0.1]:{elsewhere.port}/c",
        f"http://0.0.0.0:{elsewhere.port}/c",
        "http://169.254.169.254/latest/meta-data",
        "http://10.213.0.1:8020/v1/datasets",
    ):
        with pytest.raises(Refused):
            reader("").read(url)
    assert len(elsewhere.asked) == asked


def test_a_redirect_is_judged_like_any_address(elsewhere: Elsewhere) -> None:
    with serving() as inside:
        inside.answers["/c"] = lambda: turtle(ONE)
        for target in (
            f"{inside.url}/c",
            "http://169.254.169.254/x",
            "file:///etc/passwd",
            "gopher://x.example/",
        ):
            elsewhere.answers["/c"] = lambda target=target: (302, {"Location": target}, b"")
            with pytest.raises(LabError):
                reader(f"127.0.0.1:{elsewhere.port}").read(f"{elsewhere.url}/c")
        assert inside.asked == []
        elsewhere.answers["/c"] = lambda: (302, {"Location": f"{inside.url}/c"}, b"")
        assert len(reader("127.0.0.1").read(f"{elsewhere.url}/c")) == 1, "the positive control"


def test_a_redirect_without_end_and_a_page_without_end_both_end(elsewhere: Elsewhere) -> None:
    elsewhere.answers["/round"] = lambda: (302, {"Location": "/round"}, b"")
    with pytest.raises(Unavailable, match="without end"):
        reader("127.0.0.1").read(f"{elsewhere.url}/round")
    elsewhere.answers["/large"] = lambda: turtle("#" * 2_000_000)
    with pytest.raises(Unavailable, match="larger"):
        reader("127.0.0.1").read(f"{elsewhere.url}/large")


@pytest.mark.parametrize("status", [401, 404, 500])
def test_a_catalogue_that_answers_otherwise_is_reported(elsewhere: Elsewhere, status: int) -> None:
    elsewhere.answers["/c"] = lambda: (status, {}, b"a secret of the server")
    with pytest.raises(Unavailable, match=f"status {status}") as told:
        reader("127.0.0.1").read(f"{elsewhere.url}/c")
    assert "secret" not in str(told.value)


def test_a_catalogue_that_is_away_is_reported(elsewhere: Elsewhere) -> None:
    with serving() as gone:
        url = gone.url
    for address in (f"{url}/c", "http://does-not-exist.invalid/c"):
        with pytest.raises(Unavailable, match="does not answer"):
            reader("127.0.0.1").read(address)


def test_a_page_that_fails_half_way_fails_the_whole(elsewhere: Elsewhere) -> None:
    following = f"<{elsewhere.url}/2>"
    hydra = "http://www.w3.org/ns/hydra/core#"
    elsewhere.answers["/1"] = lambda: turtle(
        f"{ONE} <x:> a <{hydra}PagedCollection> ; <{hydra}next> {following} ."
    )
    with pytest.raises(Unavailable, match="status 404"):
        reader("127.0.0.1").read(f"{elsewhere.url}/1")
