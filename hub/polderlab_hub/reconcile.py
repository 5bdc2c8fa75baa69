"""Keeping engine, hub and register of one mind.

Hub and containers are killed, engines restart, answers get lost. Every half minute the three are
compared and whatever one of them still believes in and another does not is ended:

* a container without a server in the hub (the hub died while starting it) is removed, its hub
  token with it;
* a session in the register without a container gives its place back;
* a container whose session the register has ended is stopped;
* a folder that may hold more or less than it was told is told.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from docker import APIClient
from docker.errors import APIError, DockerException
from jupyterhub import orm
from jupyterhub.app import JupyterHub
from requests.exceptions import RequestException

from polderlab.wire import Running
from polderlab_disk.names import StorageError, Volume
from polderlab_disk.volumes import Volumes
from polderlab_hub.disks import hold
from polderlab_hub.lab_client import LabClient, LabClientError
from polderlab_hub.session_plan import (
    LABEL_INSTANCE,
    LABEL_PERSON,
    LABEL_PROJECT,
    LABEL_SESSION,
)
from polderlab_hub.spawner import LabSpawner

SECONDS_BETWEEN = 30
TOKEN_VARIABLE = "JUPYTERHUB_API_TOKEN="  # noqa: S105  (the name of a variable, not a secret)

log = logging.getLogger("polderlab.hub.reconcile")


@dataclass(frozen=True, slots=True)
class Found:
    """A container of this lab: its id, the session it was made for, whether it runs."""

    id: str
    session: str
    running: bool


def orphans(found: Iterable[Found], known: Collection[str]) -> list[Found]:
    """Return the containers whose session no server in the hub stands for."""
    return [container for container in found if container.session not in known]


def really_running(found: Iterable[Found], starting: Iterable[str]) -> list[str]:
    """Return the sessions to report: those with a running container, and those on their way up."""
    return sorted({container.session for container in found if container.running} | {*starting})


class Reconciler:
    """Compares and repairs, for as long as the hub runs."""

    def __init__(
        self, app: JupyterHub, lab: LabClient, engine: APIClient, instance: str, volumes: Volumes
    ) -> None:
        self._app, self._lab, self._engine, self._instance = app, lab, engine, instance
        self._volumes = volumes

    async def run(self) -> None:
        """Reconcile now and every half minute; an error is logged and tried again."""
        while True:
            try:
                await self.once()
            except (LabClientError, DockerException, RequestException) as error:
                log.warning("Not reconciled, trying again: %s", error)
            except Exception:
                log.exception("Not reconciled, trying again")
            await asyncio.sleep(SECONDS_BETWEEN)

    async def once(self) -> None:
        """Compare engine, hub and register and repair what differs."""
        # The engine is asked first: a session that starts after that is in `known` and is safe.
        found = await asyncio.to_thread(self._containers)
        known = self._known()
        for orphan in orphans(found, known):
            log.warning("Removing the container of session %s: no server", orphan.session)
            await self._remove(orphan)
            await self._lab.close(orphan.session, "no-server")
        kept = [container for container in found if container.session in known]
        starting = [session for session, spawner in known.items() if not spawner.ready]
        answer = await self._lab.reconcile(Running(really_running(kept, starting)))
        for session in answer.closed:
            log.warning("Session %s no longer runs; its place is free again", session)
        await asyncio.to_thread(hold, self._volumes, answer.limits)
        for session in answer.to_stop:
            if session in known:
                log.warning("Stopping session %s: the register has ended it", session)
                await self._stop(known[session])

    def _containers(self) -> list[Found]:
        filters = {"label": [f"{LABEL_INSTANCE}={self._instance}", LABEL_SESSION]}
        return [
            Found(entry["Id"], entry["Labels"][LABEL_SESSION], entry["State"] == "running")
            for entry in self._engine.containers(all=True, filters=filters)
        ]

    def in_use(self, volume: Volume) -> bool:
        """Tell whether a container that has ``volume`` is still there, whatever its state."""
        *person, project = volume.name.split("/")
        labels = [f"{LABEL_INSTANCE}={self._instance}", f"{LABEL_PROJECT}={project}"]
        labels += [f"{LABEL_PERSON}={name}" for name in person]
        try:
            return bool(self._engine.containers(all=True, filters={"label": labels}))
        except (DockerException, RequestException) as error:
            raise StorageError("the engine does not answer") from error

    def _known(self) -> Mapping[str, LabSpawner]:
        return {
            spawner.session: spawner
            for user in self._app.users.values()
            for spawner in user.spawners.values()
            if isinstance(spawner, LabSpawner) and spawner.session
        }

    async def _remove(self, orphan: Found) -> None:
        try:
            described = await asyncio.to_thread(self._engine.inspect_container, orphan.id)
            self._forget_token(described["Config"]["Env"])
            await asyncio.to_thread(self._engine.remove_container, orphan.id, v=True, force=True)
        except APIError as error:
            log.info("Container %s: %s", orphan.id[:12], error)

    def _forget_token(self, environment: Iterable[str]) -> None:
        """Delete the hub token a server was given: nobody else remembers it."""
        for variable in environment:
            if variable.startswith(TOKEN_VARIABLE):
                token: Any = orm.APIToken.find(self._app.db, variable[len(TOKEN_VARIABLE) :])
                if token is not None:
                    self._app.db.delete(token)
                    self._app.db.commit()

    async def _stop(self, spawner: LabSpawner) -> None:
        if spawner.pending:
            return  # it is on its way up or down; the next round will see
        with contextlib.suppress(Exception):
            await self._app.proxy.delete_user(spawner.user, spawner.name)
        await spawner.user.stop(spawner.name)
