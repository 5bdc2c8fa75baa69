"""A real lab for the tests: its own instance, state, ports and networks, taken away afterwards.

It is started by the very command people type, so that what is tested is what they get. Nothing
in it is a stand-in: engine, hub, proxy, register, images and data are the real ones.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import docker
import httpx
from docker.models.containers import Container

from polderlab_host import engine, environments, loops, supervision, user
from polderlab_host.secrets import Secrets, load_or_make
from polderlab_host.settings import REPOSITORY, HostSettings, program
from tests.support import outside
from tests.support.kernel import Kernel
from tests.support.web import sign_in, xsrf

SLOT = int(os.environ.get("POLDERLAB_TEST_SLOT", "0"))
"""Runs at the same time on one machine need a number each, 0 to 9; one number is one lab."""
INSTANCE = f"pltest{SLOT or ''}"
SOURCE_PORT = 18403 + 10 * SLOT
"""Where a test may put a database that the lab consults."""
SETTINGS = {
    "POLDERLAB_INSTANCE": INSTANCE,
    "POLDERLAB_STATE": str(REPOSITORY / "var" / INSTANCE),
    "POLDERLAB_PUBLIC_BIND": f"127.0.0.1:{18400 + 10 * SLOT}",
    "POLDERLAB_PROXY_API": f"127.0.0.1:{18401 + 10 * SLOT}",
    "POLDERLAB_PORTAL_BIND": f"127.0.0.1:{18402 + 10 * SLOT}",
    "POLDERLAB_SUBNET": f"10.{230 + SLOT}.0.0/16",
    "POLDERLAB_SOURCE_HOSTS": f"localhost:{SOURCE_PORT}",
    # So that what is read can be looked up in the log soon after.
    "POLDERLAB_READ_SILENCE_SECONDS": "2",
    # So that whoever has used up the hours is stopped while a test looks on.
    "POLDERLAB_HOURS_GRACE_MINUTES": "1",
}
PORTAL = "/services/lab"
KEEP = "POLDERLAB_TEST_KEEP"
"""Set this to leave the lab running after the tests and to find it running the next time."""


@dataclass(frozen=True)
class Account:
    """A line of the demo accounts file."""

    username: str
    password: str = field(repr=False)
    role: str
    organisation: str
    projects: tuple[str, ...]


class Lab:
    """The running lab, and what a test does with it."""

    def __init__(self) -> None:
        self.settings = HostSettings(
            **{name.removeprefix("POLDERLAB_").lower(): value for name, value in SETTINGS.items()}
        )
        self.url = self.settings.url
        self.portal = f"{self.url}{PORTAL}"
        self.state = self.settings.state
        self.accounts: dict[str, Account] = {}
        self._people: dict[str, httpx.Client] = {}

    # The lab itself -------------------------------------------------------------------------

    def up(self, **settings: str) -> str:
        """Bring it up, with other settings if given, and return what the command said."""
        said = self.host("up", seconds=1800, **settings)
        found = json.loads(self.settings.accounts.read_text())["accounts"]
        self.accounts = {
            account["username"]: Account(**{**account, "projects": tuple(account["projects"])})
            for account in found
        }
        return said

    def purge(self) -> str:
        """Take all of it away but the images, which are the engine's and dear to build."""
        self.leave()
        return self.host("purge", "--yes", "--keep-images", seconds=300)

    def sweep(self) -> None:
        """Take away what a killed run has left, also that of another checkout.

        The ledger that purging goes by lies in the checkout; the names are the tests' own, so
        whatever bears them is theirs.
        """
        self.purge()
        sweep_volumes(self.settings.instance)
        outside.sweep(self.settings.instance)
        if user.exists(self.settings.user):
            subprocess.run(["userdel", self.settings.user], check=True, timeout=30)

    def leave(self) -> None:
        """Close everybody's browser."""
        for client in self._people.values():
            client.close()
        self._people.clear()

    def host(self, *arguments: str, seconds: float = 120, **settings: str) -> str:
        """Run ``polderlab-host``; a failure fails the test with what it said."""
        done = self.command("polderlab-host", *arguments, seconds=seconds, **settings)
        assert done.returncode == 0, f"polderlab-host {arguments[0]}:\n{done.stdout}{done.stderr}"
        return done.stdout

    def polderlab(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run the operator's command line on this lab."""
        done = self.command("polderlab", *arguments)
        assert not check or done.returncode == 0, f"{arguments}: {done.stdout}{done.stderr}"
        return done

    def command(
        self, name: str, *arguments: str, seconds: float = 60, **settings: str
    ) -> subprocess.CompletedProcess[str]:
        """Run a program of the virtual environment with this lab's settings."""
        return subprocess.run(
            [program(name), *arguments],
            env={**os.environ, **SETTINGS, **settings},
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )

    @property
    def secrets(self) -> Secrets:
        """Return the tokens its processes know each other by."""
        return load_or_make(self.settings.run / "secrets.json")

    def internal(self, method: str, path: str, **more: Any) -> httpx.Response:
        """Speak to the lab service as the hub does."""
        return httpx.request(
            method,
            f"http://{self.settings.portal_bind}/internal{path}",
            headers={"Authorization": f"Bearer {self.secrets.hub_token}"},
            trust_env=False,
            **more,
        )

    def kill_hub(self) -> None:
        """Kill the hub as a crash would; the supervisor starts it again."""
        supervision.signal_hub(self.settings, "KILL")

    def wait_for_hub(self, seconds: float = 60) -> None:
        """Return when the hub answers through the proxy."""
        eventually(lambda: _status(f"{self.url}/hub/api/") == 200, seconds, "the hub answers")

    @contextlib.contextmanager
    def changed(self, kind: str, slug: str, **fields: Any) -> Iterator[None]:
        """Change a ``project``, an ``organisation`` or an ``allocation`` (by its level) in the
        register for a while."""
        before = self._change(kind, slug, fields)
        try:
            yield
        finally:
            self._change(kind, slug, before)

    def _change(self, kind: str, slug: str, fields: dict[str, Any]) -> dict[str, Any]:
        said = self.as_service("tests.support.change", kind, slug, json.dumps(fields))
        before: dict[str, Any] = json.loads(said)
        return before

    def as_service(self, module: str, *arguments: str) -> str:
        """Run a module on the register as the lab service's own user; return what it printed."""
        done = subprocess.run(
            [program("python"), "-m", module, *arguments],
            env={**environments.common(), **environments.lab(self.settings, self.secrets)},
            cwd=REPOSITORY,
            user=self.settings.user,
            group=self.settings.user,
            extra_groups=[],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    # People ---------------------------------------------------------------------------------

    def login(self, username: str, *, language: str = "en") -> httpx.Client:
        """Sign in afresh, through the form, and return the client with the cookies."""
        return sign_in(self.url, username, self.accounts[username].password, language=language)

    def person(self, username: str) -> httpx.Client:
        """Return somebody who is signed in already."""
        if username not in self._people:
            self._people[username] = self.login(username)
        return self._people[username]

    def hub(self, username: str, method: str, path: str, **more: Any) -> httpx.Response:
        """Ask the hub's API as this person's browser would; ``path`` follows ``/hub/api``."""
        client = self.person(username)
        return client.request(
            method,
            f"/hub/api{path}",
            headers={"X-XSRFToken": xsrf(client, "/hub/"), "Accept": "application/json"},
            **more,
        )

    @contextlib.contextmanager
    def somebody(self, username: str, project: str) -> Iterator[None]:
        """Let somebody come in for a while, who has never been here: they have used nothing."""
        password = "only here for a while"
        self.as_service("tests.support.leaver", "make", username, password)
        self.admit(username, password, project)
        try:
            yield
        finally:
            self.forget(username)

    def admit(self, username: str, password: str, project: str) -> None:
        """Know somebody's password, so that they can sign in."""
        self.accounts[username] = Account(username, password, "", "rivierstad", (project,))

    def forget(self, username: str) -> None:
        """Close somebody's browser for good."""
        self.accounts.pop(username, None)
        client = self._people.pop(username, None)
        if client is not None:
            client.close()

    # Sessions -------------------------------------------------------------------------------

    def ask_to_start(
        self, username: str, project: str, options: dict[str, Any] | None = None
    ) -> httpx.Response:
        """Ask the hub for a session and return its answer, whatever it is."""
        path = f"/users/{username}/servers/{project}"
        return self.hub(username, "POST", path, json=options or {})

    def start(self, username: str, project: str, **options: Any) -> Container:
        """Start a session and return its container once it can be used."""
        answer = self.ask_to_start(username, project, options)
        assert answer.status_code in {201, 202}, f"{answer.status_code}: {answer.text}"
        what = f"the session of {username} in {project} is ready"
        eventually(lambda: self.ready(username, project), 90, what)
        container = self.container(username, project)
        assert container is not None, f"{what}, but it has no container"
        return container

    def stop(self, username: str, project: str) -> None:
        """Stop a session and return when it is gone."""
        answer = self.hub(username, "DELETE", f"/users/{username}/servers/{project}")
        assert answer.status_code in {202, 204}, f"{answer.status_code}: {answer.text}"
        what = f"the session of {username} in {project} is gone"
        eventually(lambda: project not in self.servers(username), 30, what)

    def stop_all(self) -> None:
        """Stop every session there is."""
        for username in self.accounts:
            with contextlib.suppress(KeyError):
                for project in self.servers(username):
                    self.stop(username, project)
        eventually(lambda: not self.containers(), 30, "no container is left")

    def servers(self, username: str) -> dict[str, Any]:
        """Return the person's servers as the hub sees them: project → description."""
        answer = self.hub(username, "GET", f"/users/{username}")
        if answer.status_code == 404:
            return {}  # never signed in
        assert answer.status_code == 200, f"{answer.status_code}: {answer.text}"
        servers: dict[str, Any] = answer.json().get("servers", {})
        return {name: server for name, server in servers.items() if not server.get("stopped")}

    def ready(self, username: str, project: str) -> bool:
        """Tell whether the session can be used."""
        return bool(self.servers(username).get(project, {}).get("ready"))

    def kernel(self, username: str, project: str) -> Kernel:
        """Return a new kernel in the running session."""
        return Kernel.new(self.person(username), f"/user/{username}/{project}/")

    def run(self, username: str, project: str, code: str) -> str:
        """Run ``code``, which must succeed, in a kernel of its own; return what it printed."""
        with self.kernel(username, project) as kernel:
            return kernel.out(code)

    # The engine -----------------------------------------------------------------------------

    @property
    def docker(self) -> docker.DockerClient:
        """Return the engine."""
        return engine.client()

    def containers(self) -> list[Container]:
        """Return all containers of this lab."""
        with contextlib.closing(self.docker) as client:
            return engine.sessions(client, self.settings)

    def container(self, username: str, project: str) -> Container | None:
        """Return the container of this person's session in the project."""
        wanted = {"polderlab.person": username, "polderlab.project": project}
        for container in self.containers():
            if wanted.items() <= container.labels.items():
                return container
        return None


def sweep_volumes(instance: str) -> None:
    """Take away the homes' file system that a killed run of another checkout has left mounted.

    It bears the lab's name, wherever its file is, also when that is gone.
    """
    for known in Path("/sys/fs/btrfs").glob("*-*-*"):
        if (known / "label").read_text().strip() != f"polderlab-{instance}":
            continue
        devices = {f"/dev/{device.name}" for device in (known / "devices").iterdir()}
        for device, folder in list(loops.mounts()):
            if device in devices:
                subprocess.run(["umount", "--lazy", folder], check=True, timeout=30)
    for told in Path("/sys/block").glob("loop*/loop/backing_file"):
        with contextlib.suppress(OSError):  # with its mount the device goes by itself
            if (
                told.read_text()
                .strip()
                .removesuffix(" (deleted)")
                .endswith(f"/{instance}/volumes.btrfs")
            ):
                command = ["losetup", "--detach", f"/dev/{told.parents[1].name}"]
                subprocess.run(command, capture_output=True, timeout=30)


def environment(container: Container) -> dict[str, str]:
    """Return the variables a container was started with."""
    return dict(line.split("=", 1) for line in container.attrs["Config"]["Env"])


def eventually(true: Callable[[], object], seconds: float, what: str) -> None:
    """Return as soon as ``true`` holds; fail if it does not within ``seconds``."""
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until, f"not within {seconds:g} s: {what}"
        time.sleep(0.2)


def _status(url: str) -> int:
    try:
        return httpx.get(url, timeout=5, trust_env=False).status_code
    except httpx.HTTPError:
        return 0
