"""The hub's doors to projects' folders and the lab service's way through them, over real HTTP."""

from __future__ import annotations

import asyncio
import logging
import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from jupyterhub import orm
from tests.support.lab import eventually
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application

from polderlab_catalog.application.errors import NotFound, Unavailable
from polderlab_catalog.domain.results import ItemKind, path_of
from polderlab_catalog.hub_client import HubFolders
from polderlab_disk.volumes import PlainVolumes
from polderlab_hub import results
from polderlab_hub.results import HANDLERS, FileHandler
from polderlab_hub.roles import CULLER, LAB

PROJECT = "river-access"
WHO: dict[str, Any] = {
    "the lab": orm.Service(name=LAB),
    "the culler": orm.Service(name=CULLER),
    "somebody": orm.User(name="lab"),
    "nobody": None,
}


@dataclass
class Hub:
    """The doors, with JupyterHub's own sign-in left out: the header says who asks."""

    url: str
    folder: Path
    clients: list[HubFolders] = field(default_factory=list)

    def client(self) -> HubFolders:
        self.clients.append(HubFolders(self.url, "the lab"))
        return self.clients[-1]

    def get(self, who: str, path: str) -> httpx.Response:
        headers = {"Authorization": f"token {who}"}
        return httpx.get(f"{self.url}/{path}", headers=headers, trust_env=False)


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    folder = tmp_path / "projects" / PROJECT
    folder.mkdir(parents=True)
    monkeypatch.setattr(results, "the_volumes", lambda: PlainVolumes(tmp_path))

    async def told(self: Any) -> None:
        shown = self.request.headers.get("Authorization", "").partition(" ")[2]
        self._jupyterhub_user = WHO[shown]

    settings = {
        "db": SimpleNamespace(dirty=False),
        "hub": SimpleNamespace(base_url="/hub/"),
        "log": logging.getLogger("tests"),
        "log_function": lambda _handler: None,
    }
    doors = [
        (f"/hub{path}", type(door.__name__, (door,), {"prepare": told})) for path, door in HANDLERS
    ]
    (listening,) = bind_sockets(0, "127.0.0.1")
    loop, ready = asyncio.new_event_loop(), threading.Event()

    def serve() -> None:
        asyncio.set_event_loop(loop)

        async def begin() -> HTTPServer:
            server = HTTPServer(Application(doors, **settings))  # type: ignore[arg-type]
            server.add_socket(listening)
            return server

        server = loop.run_until_complete(begin())
        ready.set()
        loop.run_forever()
        server.stop()
        loop.run_until_complete(server.close_all_connections())
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()

    thread = threading.Thread(target=serve)
    thread.start()
    ready.wait(10)
    made = Hub(f"http://127.0.0.1:{listening.getsockname()[1]}/hub/api", folder)
    yield made
    for client in made.clients:
        client._client.close()
    loop.call_soon_threadsafe(loop.stop)
    thread.join(10)
    listening.close()


def taken(client: HubFolders, path: bytes, most: int | None = None) -> bytes:
    parts = path_of(path)
    assert parts is not None
    file = client.open(PROJECT, parts, most)
    try:
        return b"".join(iter(file.read, b""))
    finally:
        file.close()


def test_a_folder_and_its_files_come_through_as_they_are(hub: Hub) -> None:
    strange = b"\xff line\nend & path=x"
    large = os.urandom(3 * 2**20 + 7)
    (hub.folder / "maps").mkdir()
    (hub.folder / os.fsdecode(strange)).write_bytes(large)
    client = hub.client()
    found = client.look(PROJECT, (), 1)
    assert [(each.name, each.kind) for each in found.items] == [
        (b"maps", ItemKind.FOLDER),
        (strange, ItemKind.FILE),
    ]
    assert found.items[1].bytes == len(large)
    assert taken(client, strange) == large
    assert taken(client, strange, 100) == large[:100]
    part = client.open(PROJECT, (strange,), 100)
    assert (part.size, part.length) == (len(large), 100)
    part.close()
    assert client.look(PROJECT, (b"maps",), 1).items == ()


def test_an_empty_file_is_a_file(hub: Hub) -> None:
    (hub.folder / "empty").touch()
    assert taken(hub.client(), b"empty") == b""


def test_what_is_not_there_is_not_found(hub: Hub) -> None:
    (hub.folder / "link").symlink_to("/etc/passwd")
    os.mkfifo(hub.folder / "pipe")
    client = hub.client()
    for name in (b"link", b"pipe", b"absent", b"..", b".hidden", b"a\0b"):
        with pytest.raises(NotFound):
            client.open(PROJECT, (name,))
        with pytest.raises(NotFound):
            client.look(PROJECT, (name,), 1)
    with pytest.raises(Unavailable):
        client.look("no--project", (), 1)


@pytest.mark.parametrize("who", ["the culler", "somebody", "nobody"])
@pytest.mark.parametrize("door", ["folder?path=", "file?path=report.txt"])
def test_the_doors_open_for_the_lab_alone(hub: Hub, who: str, door: str) -> None:
    (hub.folder / "report.txt").write_text("report")
    refused = hub.get(who, f"projects/{PROJECT}/{door}")
    assert refused.status_code == 403
    assert "report" not in refused.text
    assert hub.get("the lab", f"projects/{PROJECT}/{door}").status_code == 200


def test_a_file_that_shrinks_while_it_is_read_breaks_off_and_is_not_padded(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = hub.folder / "log.txt"
    file.write_bytes(b"x" * (64 * 2**20))
    monkeypatch.setattr(results, "PIECE", 64 * 1024)
    opened = hub.client().open(PROJECT, (b"log.txt",))
    assert opened.read()
    os.truncate(file, 1000)
    with pytest.raises(Unavailable):
        list(iter(opened.read, b""))
    opened.close()
    assert taken(hub.client(), b"log.txt") == b"x" * 1000


def test_a_file_that_grows_is_sent_as_far_as_it_was(hub: Hub) -> None:
    file = hub.folder / "log.txt"
    file.write_bytes(b"x" * (32 * 2**20))
    opened = hub.client().open(PROJECT, (b"log.txt",))
    with file.open("ab") as more:
        more.write(b"y" * 1000)
    assert sum(map(len, iter(opened.read, b""))) == 32 * 2**20
    opened.close()


def test_who_takes_nothing_is_cut_off_and_holds_no_place(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(results, "PATIENCE", 0.3)
    monkeypatch.setattr(results, "AT_ONCE", 1)
    (hub.folder / "large").write_bytes(bytes(256 * 2**20))
    slow = hub.client().open(PROJECT, (b"large",))
    with pytest.raises(Unavailable):
        hub.client().open(PROJECT, (b"large",))
    eventually(lambda: FileHandler.under_way == 0, 10, "the place is given back")
    (hub.folder / "small").write_bytes(b"1")
    assert taken(hub.client(), b"small") == b"1"
    with pytest.raises(Unavailable):
        list(iter(slow.read, b""))
    slow.close()


def test_who_goes_away_half_way_leaves_nothing_open(hub: Hub) -> None:
    (hub.folder / "large").write_bytes(bytes(64 * 2**20))
    for _ in range(20):
        file = hub.client().open(PROJECT, (b"large",))
        assert file.read()
        file.close()
    eventually(lambda: FileHandler.under_way == 0, 10, "all places are given back")
    held = [os.path.realpath(each) for each in Path("/proc/self/fd").iterdir()]
    assert not [each for each in held if each.endswith("/large")]
