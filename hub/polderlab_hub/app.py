"""The hub: JupyterHub, which waits for its engine and keeps in step with the register."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from docker import APIClient
from docker.errors import DockerException
from docker.utils import kwargs_from_env
from jupyterhub.app import JupyterHub
from requests.exceptions import RequestException

from polderlab_disk.volumes import BtrfsVolumes
from polderlab_hub import openid_pages
from polderlab_hub.disks import DiskKeeper, today_in
from polderlab_hub.issuers import Issuer
from polderlab_hub.lab_client import lab_client
from polderlab_hub.leavings import Leavings
from polderlab_hub.openid import OpenIdAuthenticator
from polderlab_hub.pages import HANDLERS, LabApplication
from polderlab_hub.providers import providers
from polderlab_hub.reconcile import Reconciler
from polderlab_hub.settings import hub_settings
from polderlab_hub.storage import the_volumes

CONFIG_FILE = Path(__file__).with_name("jupyterhub_config.py")
SECONDS_BETWEEN_TRIES = 2


class LabHub(JupyterHub):
    """JupyterHub with a few habits of its own, see the methods."""

    name = "jupyterhub"
    _reconciling: asyncio.Task[None] | None = None
    _keeping: asyncio.Task[None] | None = None
    _leaving: asyncio.Task[None] | None = None
    _engine: APIClient | None = None

    def init_handlers(self) -> None:
        """Put the lab's own pages before JupyterHub's: the first that fits is taken."""
        super().init_handlers()
        own = [*HANDLERS, *openid_pages.handlers(self._authenticators())]
        self.handlers[:0] = self.add_url_prefix(self.hub_prefix, own)

    def init_tornado_application(self) -> None:
        """Make the application one that tells templates which request they answer."""
        self.tornado_application = LabApplication(self.handlers, **self.tornado_settings)

    async def init_spawners(self) -> Any:
        """Look which servers still run, once the engine can tell.

        Asked too early, JupyterHub takes "no answer" for "stopped" and forgets servers that run.
        """
        self._engine = await self._engine_ready()
        return await super().init_spawners()

    async def start(self) -> None:
        """Start, and from then on keep engine, hub and register of one mind."""
        await super().start()
        if self._engine is not None:
            reconciler = Reconciler(
                self, lab_client(), self._engine, hub_settings().instance, the_volumes()
            )
            self._reconciling = asyncio.create_task(reconciler.run(), name="reconciler")
            leavings = Leavings(
                lab_client(),
                the_volumes(),
                hub_settings().folders,
                hub_settings().state / "archives",
                reconciler.in_use,
            )
            self._leaving = asyncio.create_task(leavings.run(), name="leavings")
        settings, volumes = hub_settings(), the_volumes()
        if settings.disk_report and isinstance(volumes, BtrfsVolumes):
            keeper = DiskKeeper(
                volumes,
                settings.disk_report,
                days=settings.snapshot_days,
                today=today_in(settings.timezone),
            )
            self._keeping = asyncio.create_task(keeper.run(), name="disk keeper")

    def _authenticators(self) -> list[OpenIdAuthenticator]:
        url = hub_settings().public_url
        return [
            OpenIdAuthenticator(Issuer(each), lab_client(), url, parent=self)
            for each in providers()
        ]

    async def _engine_ready(self) -> APIClient:
        while True:
            try:
                return await asyncio.to_thread(_connect)
            except (DockerException, RequestException) as error:
                self.log.warning("The Docker Engine does not answer yet, waiting: %s", error)
                await asyncio.sleep(SECONDS_BETWEEN_TRIES)


def _connect() -> APIClient:
    engine = APIClient(version="auto", timeout=30, **kwargs_from_env())
    engine.ping()
    return engine
