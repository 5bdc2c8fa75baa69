"""A lab that people have worked in for two months, so that no page of the portal is empty.

The demo as everyone gets it, with a partner beside it: Waterschap Oeverland. Time stands still at
the end, and nothing leaves this process: only JupyterHub is a fake.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from cryptography.fernet import Fernet
from pydantic import SecretStr

from polderlab_catalog.bootstrap import Lab, assemble
from polderlab_catalog.hub_client import HubFolders
from polderlab_catalog.settings import LabSettings
from polderlab_catalog.storage.migrate import upgrade
from polderlab_catalog.storage.register import SqlRegister
from polderlab_catalog.web.apps import portal_app
from polderlab_catalog.web.identity import HubIdentity
from polderlab_catalog.web.portal import Portal
from polderlab_catalog.web.visitors import SESSION_COOKIE
from tests.fakes.clock import StoppedClock
from tests.fakes.hub import SERVICE_TOKEN, FakeHub, MemoryHub
from tests.support import consulted
from tests.support.lab import PORTAL
from tests.support.life import BEGAN, Life
from tests.support.serving import served
from tests.support.silent import free_port


@dataclass(frozen=True)
class LivedIn:
    """The lab, served, and what its addresses have that is not known beforehand."""

    lab: Lab
    portal: Portal
    hub: FakeHub
    url: str
    blanks: dict[str, str]

    def cookie(self, username: str) -> dict[str, str]:
        """Return the cookie of a browser in which ``username`` is signed in."""
        told = {"token": self.hub.token(username), "session": f"session of {username}"}
        return {
            "name": SESSION_COOKIE,
            "value": self.portal.sessions.seal(told),
            "url": f"{self.url}{PORTAL}",
        }


@contextmanager
def lived_in(folder: Path, sources: Path) -> Iterator[LivedIn]:
    """Serve the lab from ``folder``; ``sources`` keeps the packages with the demo's data."""
    clock, folders = StoppedClock(BEGAN), folder / "folders"
    port = free_port()
    pages = FakeHub(f"{PORTAL}/oauth_callback", folders=folders)
    settings = LabSettings(
        state=folder,
        data=folder / "data",
        database=f"sqlite:///{folder / 'register.sqlite'}",
        public_url="https://lab.example.nl",
        prefix=PORTAL,
        hub_api="http://127.0.0.1:1/hub/api",
        service_token=SecretStr(SERVICE_TOKEN),
        hub_token=SecretStr("what the hub shows"),
        cookie_secret=SecretStr("a secret of the pictures"),
        source_key=SecretStr(Fernet.generate_key().decode()),
        source_hosts=f"localhost:{port}",
        price_cpu_hour=Decimal("0.05"),
        price_memory_gib_hour=Decimal("0.01"),
        price_disk_gib_day=Decimal("0.002"),
        price_gib_read=Decimal("0.10"),
    )
    settings.data_folder.mkdir(parents=True)
    register, hub = SqlRegister(settings.database_url), MemoryHub()
    upgrade(register.engine)
    shared = HubFolders(settings.hub_api, SERVICE_TOKEN, transport=pages.transport)
    lab = assemble(settings, register, clock, hub, folders=shared)
    identity = HubIdentity(settings.hub_api, SERVICE_TOKEN, "", transport=pages.transport)
    portal = Portal.build(lab, identity)
    with consulted.database(port):
        blanks = Life(lab, clock, hub, folders, f"postgresql://localhost:{port}/postgres").led(
            sources
        )
        with served(portal_app(portal)) as url:
            yield LivedIn(lab, portal, pages, url, blanks)
    register.close()
