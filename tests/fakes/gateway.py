"""A data gateway on localhost: files in memory, grants in a set, real HTTP and real ranges."""

from __future__ import annotations

import asyncio
import hashlib
import json
import threading
from dataclasses import asdict, dataclass, field
from types import TracebackType

from aiohttp import web

from polderlab.wire import Catalogue, CatalogueCard, CatalogueEntry, CatalogueFile, Problem

TOKEN = "token-of-the-test-session"
PORTAL = "http://lab.test/services/lab"


@dataclass
class FakeDataset:
    """A dataset with one file; ``versions`` maps a number to the file's bytes."""

    name: str
    versions: dict[int, bytes]
    geo: bool = False
    title: str = "A title"
    rows: int = 3

    @property
    def file(self) -> str:
        return f"{self.name}.parquet"


@dataclass
class Received:
    """A publication as it came in."""

    described: dict[str, object]
    content: bytes


@dataclass
class FakeGateway:
    """Serves ``datasets``; only those named in ``granted`` may be read."""

    datasets: dict[str, FakeDataset] = field(default_factory=dict)
    granted: set[str] = field(default_factory=set)
    requests: list[tuple[str, str, str]] = field(default_factory=list)
    url: str = ""
    host: str = "127.0.0.1"
    asked: list[dict[str, str]] = field(default_factory=list)
    received: list[Received] = field(default_factory=list)
    """What was published: the description and the file's bytes."""
    states: list[dict[str, object]] = field(default_factory=list)
    """What a publication answers, one after the other; the last one stays."""
    refusal: web.Response | None = None

    def add(self, dataset: FakeDataset, *, granted: bool = True) -> None:
        self.datasets[dataset.name] = dataset
        if granted:
            self.granted.add(dataset.name)

    def __enter__(self) -> FakeGateway:
        started = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._serve, args=(started,), daemon=True)
        self._thread.start()
        assert started.wait(10)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def _serve(self, started: threading.Event) -> None:
        asyncio.set_event_loop(self._loop)
        app = web.Application(middlewares=[self._note_and_check], client_max_size=2**30)
        app.router.add_get("/v1/datasets", self._list)
        app.router.add_get("/v1/datasets/{dataset}/preview", self._preview)
        app.router.add_get("/v1/names", self._names)
        app.router.add_get("/v1/datasets/{dataset}", self._describe)
        app.router.add_get("/v1/datasets/{dataset}/{file}", self._file)
        app.router.add_get("/v1/catalogue", self._search)
        app.router.add_get("/v1/requests", self._requests)
        app.router.add_post("/v1/requests", self._ask)
        app.router.add_post("/v1/publications", self._publish)
        app.router.add_post("/v1/publications/checks", self._check)
        app.router.add_get("/v1/publications/{id}", self._state)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        self._loop.run_until_complete(runner.setup())
        site = web.TCPSite(runner, self.host, 0)
        self._loop.run_until_complete(site.start())
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
        started.set()
        self._loop.run_forever()
        self._loop.run_until_complete(runner.cleanup())

    @web.middleware
    async def _note_and_check(self, request: web.Request, handler) -> web.StreamResponse:
        self.requests.append((request.method, request.path, request.headers.get("Range", "")))
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            return problem(401, "This session has ended.", "Deze sessie is voorbij.")
        return await handler(request)

    async def _list(self, _: web.Request) -> web.Response:
        entries = [_entry(self.datasets[name]) for name in sorted(self.granted)]
        told = asdict(Catalogue(project="river-access", datasets=entries))
        told["a-field-of-a-newer-lab"] = True
        for entry in told["datasets"]:
            entry["a-field-of-a-newer-lab"] = True
        return web.json_response(told)

    async def _names(self, request: web.Request) -> web.Response:
        names = [
            {
                "name": each.name,
                "title": each.title,
                "organisation": "Waterdienst",
                "classification": "public",
                "rows": each.rows,
                "until": None,
                "a-field-of-a-newer-lab": True,
            }
            for each in (self.datasets[name] for name in sorted(self.granted))
        ]
        told = {"project": "river-access", "pages": f"{PORTAL}/datasets/", "datasets": names}
        etag = f'"{hashlib.sha256(json.dumps(told).encode()).hexdigest()}"'
        if request.headers.get("If-None-Match") == etag:
            return web.Response(status=304, headers={"ETag": etag})
        return web.json_response(told, headers={"ETag": etag})

    async def _describe(self, request: web.Request) -> web.Response:
        name, _, number = request.match_info["dataset"].partition("@")
        found = self._refused(name, int(number) if number else None)
        if found is not None:
            return found
        told = asdict(_entry(self.datasets[name], int(number) if number else None))
        return web.json_response({**told, "a-field-of-a-newer-lab": True})

    def _refused(self, name: str, number: int | None) -> web.Response | None:
        dataset = self.datasets.get(name)
        if dataset is None:
            return problem(404, "There is no such dataset.", "Die dataset is er niet.")
        if name not in self.granted:
            return problem(
                403,
                f"Project river-access may not read {name}.",
                f"Project river-access mag {name} niet lezen.",
                f"{PORTAL}/datasets/{name}",
            )
        if number is not None and number not in dataset.versions:
            return problem(404, "There is no such version.", "Die versie is er niet.")
        return None

    async def _search(self, request: web.Request) -> web.Response:
        words, page = request.query.get("query", ""), int(request.query.get("page", "1"))
        found = [each for each in self.datasets.values() if words in each.title.lower()]
        part = found[(page - 1) * 20 : page * 20]
        cards = [asdict(self._card(each)) for each in part]
        return web.json_response(
            {"project": "river-access", "total": len(found), "page": page, "cards": cards}
        )

    def _card(self, dataset: FakeDataset) -> CatalogueCard:
        granted = dataset.name in self.granted
        asked = any(each["dataset"] == dataset.name for each in self.asked)
        return CatalogueCard(
            name=dataset.name,
            title=dataset.title,
            description="What it holds.",
            organisation="Waterdienst",
            classification="public" if granted else "confidential",
            access="open" if granted else "asked" if asked else "locked",
            formats=["Parquet"],
            rows=dataset.rows,
            until="2027-03-31" if granted else None,
            reason="" if granted else f"Project river-access may not read {dataset.name}.",
            page=f"{PORTAL}/datasets/{dataset.name}",
        )

    async def _preview(self, request: web.Request) -> web.Response:
        name = request.match_info["dataset"]
        if name not in self.granted:
            return problem(403, f"May not read {name}.", f"Mag {name} niet lezen.")
        rows = [["Lek", 1.5, None], ["Waal", 2.5, True]]
        return web.json_response(
            {"dataset": name, "version": 1, "columns": ["name", "depth", "open"], "rows": rows}
        )

    async def _requests(self, _: web.Request) -> web.Response:
        return web.json_response([{**each, "state": "open"} for each in self.asked])

    async def _ask(self, request: web.Request) -> web.Response:
        asked = await request.json()
        self.asked.append(asked)
        return web.json_response({**asked, "state": "open"}, status=201)

    async def _check(self, _: web.Request) -> web.Response:
        return web.Response(status=204) if self.refusal is None else self.refusal

    async def _publish(self, request: web.Request) -> web.Response:
        described = json.loads(await request.content.readline())
        content = await request.content.read()
        self.received.append(Received(described, content))
        return web.json_response(self._next_state(), status=202)

    async def _state(self, _: web.Request) -> web.Response:
        return web.json_response(self._next_state())

    def _next_state(self) -> dict[str, object]:
        return self.states.pop(0) if len(self.states) > 1 else self.states[0]

    async def _file(self, request: web.Request) -> web.StreamResponse:
        name, _, number = request.match_info["dataset"].partition("@")
        found = self._refused(name, int(number) if number else None)
        if found is not None:
            return found
        dataset = self.datasets[name]
        if request.match_info["file"] != dataset.file:
            return problem(404, "There is no such file.", "Dat bestand is er niet.")
        content = dataset.versions[int(number) if number else max(dataset.versions)]
        return _bytes(request, content)


def problem(status: int, english: str, dutch: str, page: str | None = None) -> web.Response:
    told = Problem(
        type="about:blank",
        title="No",
        status=status,
        detail=english,
        code="test",
        messages={"en": english, "nl": dutch},
        help=page,
    )
    return web.json_response(asdict(told), status=status, content_type="application/problem+json")


def _entry(dataset: FakeDataset, number: int | None = None) -> CatalogueEntry:
    number = number or max(dataset.versions)
    content = dataset.versions[number]
    file = CatalogueFile(
        name=dataset.file,
        media_type="application/vnd.apache.parquet",
        bytes=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        geo=dataset.geo,
        rows=dataset.rows,
        crs="EPSG:28992" if dataset.geo else None,
    )
    return CatalogueEntry(
        name=dataset.name,
        version=number,
        title=dataset.title,
        description="What it holds.",
        organisation="Waterdienst",
        steward="Waterdienst",
        classification="public",
        licence="http://creativecommons.org/licenses/by/4.0/",
        source="A source",
        files=[file],
        page=f"{PORTAL}/datasets/{dataset.name}",
        fields={"name": "The name"},
    )


def _bytes(request: web.Request, content: bytes) -> web.Response:
    headers = {
        "Accept-Ranges": "bytes",
        "ETag": f'"{hashlib.sha256(content).hexdigest()}"',
        "Content-Type": "application/vnd.apache.parquet",
    }
    if "Range" not in request.headers:
        return web.Response(body=content, headers=headers)
    part = request.http_range
    start, stop, _ = part.indices(len(content))
    if start >= len(content):
        return web.Response(status=416, headers={"Content-Range": f"bytes */{len(content)}"})
    headers["Content-Range"] = f"bytes {start}-{stop - 1}/{len(content)}"
    return web.Response(status=206, body=content[start:stop], headers=headers)
