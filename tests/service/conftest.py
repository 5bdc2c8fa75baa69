"""The lab service as it runs, over a real SQLite register, with the one fake there is: the hub."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr
from starlette.types import ASGIApp
from tests.fakes.hub import SERVICE_TOKEN, FakeHub
from tests.fakes.world import World

from polderlab_catalog.bootstrap import Lab, assemble
from polderlab_catalog.hub_client import HubClient, HubFolders
from polderlab_catalog.settings import LabSettings
from polderlab_catalog.storage.migrate import upgrade
from polderlab_catalog.storage.register import SqlRegister
from polderlab_catalog.web.apps import gateway_app, portal_app
from polderlab_catalog.web.identity import HubIdentity
from polderlab_catalog.web.portal import Portal
from polderlab_catalog.web.visitors import SESSION_COOKIE

HOST = "http://127.0.0.1:8000"
PREFIX = "/services/lab"
HUB_TOKEN = "what the hub shows"
CALLBACK = f"{HOST}{PREFIX}/oauth_callback"


@dataclass
class Service:
    """Everything a test needs: the lab, its applications, the world behind it, the hub beside."""

    lab: Lab
    world: World
    hub: FakeHub
    portal: Portal
    portal_app: ASGIApp
    gateway_app: ASGIApp
    data: Path

    def visit(self, username: str | None = None, language: str = "en") -> httpx.AsyncClient:
        """Return a browser; with a name, one in which that person is signed in."""
        client = httpx.AsyncClient(
            transport=httpx.ASGITransport(self.portal_app, raise_app_exceptions=False),
            base_url=HOST,
            headers={"Accept": "text/html,*/*", "Accept-Language": language},
        )
        if username:
            sealed = self.portal.sessions.seal(
                {"token": self.hub.token(username), "session": f"session of {username}"}
            )
            client.cookies.set(SESSION_COOKIE, sealed, domain="127.0.0.1", path=PREFIX)
        return client

    def csrf(self, username: str) -> str:
        """Return the form token of the browser ``visit`` returned."""
        return self.portal.csrf.token(f"session of {username}")

    def gateway(self, token: str, address: str = "10.213.0.2") -> httpx.AsyncClient:
        """Return a session's way to the gateway."""
        return httpx.AsyncClient(
            transport=httpx.ASGITransport(
                self.gateway_app, client=(address, 40000), raise_app_exceptions=False
            ),
            base_url="http://10.213.0.1:8020/v1",
            headers={"Authorization": f"Bearer {token}"} if token else {},
        )

    def put(self, relative: str, content: bytes) -> Path:
        """Put a file in the data folder."""
        path = self.data / relative
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return path


class Filled(World):
    """The same world over a register that holds it already."""

    def _fill(self) -> None:
        """Leave the register as it is."""


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a database with the world in it, made once and copied for each test."""
    path = tmp_path_factory.mktemp("filled") / "register.sqlite"
    register = SqlRegister(f"sqlite:///{path}")
    upgrade(register.engine)
    World(register)
    register.engine.dispose()
    return path


@pytest.fixture
def service(tmp_path: Path, filled: Path) -> Iterator[Service]:
    data = tmp_path / "data"
    data.mkdir()
    settings = LabSettings(
        state=tmp_path,
        data=data,
        database=f"sqlite:///{tmp_path / 'register.sqlite'}",
        public_url=HOST,
        prefix=PREFIX,
        hub_api=f"{HOST}/hub/api",
        service_token=SecretStr(SERVICE_TOKEN),
        hub_token=SecretStr(HUB_TOKEN),
        cookie_secret=SecretStr("a secret of the tests"),
    )
    shutil.copy(filled, tmp_path / "register.sqlite")
    register = SqlRegister(settings.database_url)
    world = Filled(register)
    hub = FakeHub(CALLBACK, folders=tmp_path / "folders")
    client = HubClient(settings.hub_api, SERVICE_TOKEN, transport=hub.transport)
    folders = HubFolders(settings.hub_api, SERVICE_TOKEN, transport=hub.transport)
    lab = assemble(settings, register, world.clock, client, folders=folders)
    identity = HubIdentity(settings.hub_api, SERVICE_TOKEN, CALLBACK, transport=hub.transport)
    portal = Portal.build(lab, identity)
    yield Service(lab, world, hub, portal, portal_app(portal), gateway_app(lab), data)
    register.close()


@pytest.fixture
async def analyst(service: Service) -> AsyncIterator[httpx.AsyncClient]:
    async with service.visit("rivierstad-analyst") as client:
        yield client


@pytest.fixture
async def steward(service: Service) -> AsyncIterator[httpx.AsyncClient]:
    async with service.visit("kustregio-steward") as client:
        yield client
