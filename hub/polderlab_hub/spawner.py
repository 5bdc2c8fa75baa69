"""Starting and stopping sessions: the lab decides, the engine does, this module carries messages.

A session ends in the register *before* its container is stopped, so that its token is dead from
the moment somebody presses stop; and whatever goes wrong on the way up ends the session too, so
that its place is given back.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from http import HTTPStatus
from typing import Any

from docker.errors import APIError, DockerException
from dockerspawner import DockerSpawner
from requests.exceptions import RequestException
from traitlets import Instance, Unicode, default

from polderlab.wire import Activation, SessionPlan, SessionRequest
from polderlab_hub.lab_client import LabClient, LabClientError, lab_client
from polderlab_hub.languages import language_of
from polderlab_hub.options import Options, options_from_form, read_options
from polderlab_hub.origins import origin_of
from polderlab_hub.progress import steps
from polderlab_hub.refusals import ContainerDiedError, NoProjectError, refusal
from polderlab_hub.session_plan import LABEL_SESSION, Place, container
from polderlab_hub.settings import hub_settings
from polderlab_hub.storage import prepare, the_volumes

ENGINE_THREADS = 8
SECONDS_TO_STOP = 3
SECONDS_BETWEEN_KNOCKS = 0.1

NEVER_STARTED = "never-started"
STOPPED = "stopped"
GONE = "container-gone"


class LabSpawner(DockerSpawner):
    """One session in a container of its own, as the lab's plan says and no other way."""

    user_options: dict[str, Any]
    _giving_back: asyncio.Future[None] | None = None
    session = Unicode("", help="Id of the session this server is; empty when there is none.")
    lab = Instance(LabClient)
    place = Instance(Place)

    # The engine's client is safe to use from several threads, and starting a container takes a
    # third of a second: one thread would make fifty people wait for each other.
    _executor = ThreadPoolExecutor(ENGINE_THREADS, thread_name_prefix="engine")

    @default("use_internal_ip")
    def _default_use_internal_ip(self) -> bool:
        return True

    @default("remove")
    def _default_remove(self) -> bool:
        # A server that stopped never comes back as it was: JupyterHub deletes its token.
        return True

    @default("apply_user_options")
    def _default_apply_user_options(self) -> Callable[..., None]:
        # Options go to the lab service, none is applied here; without this, JupyterHub would
        # log the names of all of them, which anybody may choose.
        return lambda _spawner, _options: None

    @default("lab")
    def _default_lab(self) -> LabClient:
        return lab_client()

    @default("place")
    def _default_place(self) -> Place:
        settings = hub_settings()
        return Place(
            instance=settings.instance,
            folders=settings.folders,
            catalog=settings.catalog,
            networks=settings.networks,
            limited=settings.limited,
            seccomp=settings.profile,
        )

    def options_from_form(self, form: dict[str, Any]) -> dict[str, str]:
        """Read the choice from a form, or from a query."""
        return options_from_form(form)

    async def start(self) -> str:
        """Start the session and return its address, or raise a Refusal."""
        options = read_options(self.user_options)
        # A choice is for one start. JupyterHub would repeat it for the next start without one, so
        # that whoever once asked for what there is not could not start with the defaults either.
        self.user_options = self.orm_spawner.user_options = {}
        self.db.commit()
        language = options.language or language_of(self.handler and self.handler.request)
        try:
            return await self._carry_out(await self._plan(options, language))
        except Exception as error:
            # Cancelled (the time limit, or somebody pressed stop) is not caught: JupyterHub then
            # calls stop, and waits one second only for this to get out of the way.
            await self._end(NEVER_STARTED)
            told = refusal(error, language)
            if told is None:
                raise
            raise told from error

    async def stop(self, now: bool = False) -> None:  # noqa: ARG002  (JupyterHub's signature)
        """End the session, then its container."""
        await self._close(STOPPED)
        with suppress(APIError):
            await self.docker("stop", self.object_name, timeout=SECONDS_TO_STOP)
        await self._end(STOPPED)

    async def poll(self) -> int | str | None:
        """Return ``None`` while the container of *this* session runs, else how it ended.

        Raises where the engine does not answer: not knowing is not the same as knowing that it
        stopped.
        """
        found = await self._inspect() if self.session else None
        if found is not None and found["State"]["Running"]:
            return None
        if self.session:
            await self._end(GONE)
        return 0 if found is None else f"exit code {found['State']['ExitCode']}"

    def progress(self) -> AsyncIterator[dict[str, Any]]:
        """Tell the start-up page which steps are behind us."""
        return steps(self)

    def get_state(self) -> dict[str, Any]:
        """Keep the session's id with the container's, for a hub that restarts."""
        state: dict[str, Any] = super().get_state()
        if self.session:
            state["session"] = self.session
        return state

    def load_state(self, state: dict[str, Any]) -> None:
        """Take up the session where the hub left it."""
        super().load_state(state)
        self.session = state.get("session", "")

    def clear_state(self) -> None:
        """Forget session and container."""
        super().clear_state()
        self.session = self.object_id = ""

    def get_network_ip(self, network_settings: dict[str, Any]) -> str:
        """Return the container's address: it is in one network, whichever the plan said."""
        (network,) = network_settings["Networks"].values()
        return str(network["IPAddress"])

    async def _plan(self, options: Options, language: str) -> SessionPlan:
        if not self.name:
            raise NoProjectError
        request = SessionRequest(
            username=self.user.name,
            project=self.name,
            image=options.image,
            size=options.size,
            language=language,
        )
        origin = origin_of(self.handler.request) if self.handler else ""
        asked = asyncio.ensure_future(self.lab.plan(request, origin=origin or ""))
        try:
            plan = await asyncio.shield(asked)
        except asyncio.CancelledError:
            # The answer is on its way, and with it a place nobody is going to use.
            self._giving_back = asyncio.ensure_future(self._give_back(asked))
            raise
        self.session = plan.session
        return plan

    async def _give_back(self, asked: asyncio.Future[SessionPlan]) -> None:
        with suppress(LabClientError):
            await self.lab.close((await asked).session, NEVER_STARTED)

    async def _carry_out(self, plan: SessionPlan) -> str:
        await asyncio.to_thread(prepare, plan, the_volumes())
        self.image = plan.image
        spec = container(
            plan,
            self.place,
            command=await self.get_command(),
            environment=self.get_env(),
        )
        self.object_name = spec.create["name"]
        await self._remove(self.object_name)  # what a crash left under this name
        host = self.client.create_host_config(**spec.host)
        created = await self.docker("create_container", **spec.create, host_config=host)
        self.object_id = created["Id"]
        await self.docker("start", self.object_id)
        address, port = await self.get_ip_and_port()
        await self.lab.activate(plan.session, Activation(self.object_id, address))
        await self._listens(address, port)
        return f"http://{address}:{port}"

    async def _listens(self, address: str, port: int) -> None:
        """Return as soon as the server listens; JupyterHub's own wait, which follows, looks
        every few seconds only. Raises when the container dies meanwhile."""
        while True:
            with suppress(OSError):
                _, writer = await asyncio.open_connection(address, port)
                writer.close()
                return
            found = await self._inspect()
            if found is None or not found["State"]["Running"]:
                raise ContainerDiedError(found["State"]["ExitCode"] if found else "unknown")
            await asyncio.sleep(SECONDS_BETWEEN_KNOCKS)

    async def _inspect(self) -> dict[str, Any] | None:
        """Return the engine's description of this session's container, if there is one."""
        try:
            found: dict[str, Any] = await self.docker("inspect_container", self.object_name)
        except APIError as error:
            if error.status_code == HTTPStatus.NOT_FOUND:
                return None
            raise
        return found if found["Config"]["Labels"].get(LABEL_SESSION) == self.session else None

    async def _end(self, reason: str) -> None:
        """Close the session and remove its container, whatever is left of either."""
        await self._close(reason)
        try:
            if self.object_id:
                await self._remove(self.object_id)
        except (DockerException, RequestException) as error:
            self.log.warning("Container of session %s is left: %s", self.session, error)
        # Not clear_state: JupyterHub still needs the server's token, to delete it.
        self.session = self.object_id = ""

    async def _close(self, reason: str) -> None:
        if not self.session:
            return
        try:
            await self.lab.close(self.session, reason)
        except LabClientError as error:
            # The lab learns it from the next reconciliation instead.
            self.log.warning("Session %s is not closed yet: %s", self.session, error)

    async def _remove(self, container_id: str) -> None:
        try:
            await self.docker("remove_container", container_id, v=True, force=True)
        except APIError as error:
            if error.status_code not in {HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT}:
                raise
