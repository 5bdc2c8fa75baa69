"""JupyterHub, as far as the lab service sees it: OAuth, whose token this is, start and stop, and
what lies in the folders of projects, which the hub's own code reads."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from urllib.parse import parse_qs, parse_qsl, unquote_to_bytes, urlsplit

import httpx

from polderlab import wire
from polderlab_catalog.application import ports
from polderlab_catalog.application.errors import Unavailable
from polderlab_disk.volumes import PlainVolumes
from polderlab_hub.results import Results

SCOPE = "access:services!service=lab"
SERVICE_TOKEN = "the lab's own token"


@dataclass
class FakeHub:
    """Answers like JupyterHub 6, from memory. ``transport`` plugs into httpx, sync or async."""

    redirect_uri: str
    tokens: dict[str, tuple[str, list[str]]] = field(default_factory=dict)
    codes: dict[str, tuple[str, str]] = field(default_factory=dict)
    asked: list[tuple[str, str, bytes]] = field(default_factory=list)
    refusal: str = ""
    down: bool = False
    folders: Path | None = None
    """Above the folders of projects, ``projects/<slug>``."""
    breaks_off: bool = False
    """Whether a file breaks off after its first piece, as one does that became shorter."""

    @property
    def transport(self) -> httpx.MockTransport:
        return httpx.MockTransport(self.handle)

    def token(self, username: str, *, scopes: tuple[str, ...] = (SCOPE,)) -> str:
        """Sign ``username`` in and return the token."""
        made = secrets.token_urlsafe(12)
        self.tokens[made] = (username, list(scopes))
        return made

    def authorize(self, address: str, username: str) -> str:
        """Do what the authorize page does for someone signed in: return where it redirects to."""
        query = dict(parse_qsl(urlsplit(address).query))
        assert query["client_id"] == "service-lab"
        assert query["redirect_uri"] == self.redirect_uri
        assert query["code_challenge_method"] == "S256"
        code = secrets.token_urlsafe(8)
        self.codes[code] = (username, query["code_challenge"])
        return f"{urlsplit(self.redirect_uri).path}?code={code}&state={query['state']}"

    def handle(self, request: httpx.Request) -> httpx.Response:
        self.asked.append((request.method, request.url.path, request.content))
        if self.down:
            raise httpx.ConnectError("nobody listens")
        path = request.url.path.removeprefix("/hub/api")
        if path == "/oauth2/token":
            return self._exchange({k: v[0] for k, v in parse_qs(request.content.decode()).items()})
        if path == "/user":
            return self._whose(request.headers.get("authorization", "").partition(" ")[2])
        assert request.headers["authorization"] == f"token {SERVICE_TOKEN}"
        if path.endswith("/sign-ins"):
            whose = path.split("/")[2]
            self.tokens = {t: held for t, held in self.tokens.items() if held[0] != whose}
        if path.startswith("/projects/"):
            return self._folder(path, dict(self._arguments(request)))
        if self.refusal and request.method == "POST":
            return httpx.Response(403, json={"status": 403, "message": self.refusal})
        return httpx.Response(202 if request.method == "POST" else 204)

    @staticmethod
    def _arguments(request: httpx.Request) -> Iterator[tuple[str, bytes]]:
        for part in request.url.query.split(b"&"):
            name, _, value = part.partition(b"=")
            yield name.decode(), unquote_to_bytes(value)

    def _folder(self, path: str, asked: dict[str, bytes]) -> httpx.Response:
        _, _, project, what = path.split("/")
        assert self.folders is not None
        results = Results(PlainVolumes(self.folders))
        try:
            if what == "folder":
                found = results.look(project, asked["path"], int(asked["page"]))
                return httpx.Response(200, content=json.dumps(asdict(found)))
            file = results.open(project, asked["path"])
        except (FileNotFoundError, NotADirectoryError):
            return httpx.Response(404)
        with os.fdopen(file.descriptor, "rb") as stream:
            content = stream.read(int(asked.get("most", b"-1")))
        headers = {wire.SIZE_HEADER: str(file.size), "Content-Length": str(len(content))}
        return httpx.Response(200, headers=headers, stream=_Pieces(content, self.breaks_off))

    def _exchange(self, form: dict[str, str]) -> httpx.Response:
        username, challenge = self.codes.pop(form["code"], ("", ""))
        digest = hashlib.sha256(form["code_verifier"].encode()).digest()
        proof = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if not username or proof != challenge or form["client_secret"] != SERVICE_TOKEN:
            return httpx.Response(400, json={"error": "invalid_grant"})
        return httpx.Response(200, json={"access_token": self.token(username)})

    def _whose(self, token: str) -> httpx.Response:
        if token not in self.tokens:
            return httpx.Response(403, json={"status": 403, "message": "Forbidden"})
        username, scopes = self.tokens[token]
        model = {"kind": "user", "name": username, "scopes": ["read:users:name", *scopes]}
        return httpx.Response(200, json=model)


@dataclass
class _Pieces(httpx.SyncByteStream):
    content: bytes
    breaks_off: bool

    def __iter__(self) -> Iterator[bytes]:
        half = len(self.content) // 2
        yield self.content[:half]
        if self.breaks_off:
            raise httpx.RemoteProtocolError("the file became shorter")
        yield self.content[half:]


@dataclass
class MemoryHub(ports.Hub):
    """The port, for unit tests: who was signed out and what was stopped, in order."""

    signed_out: list[str] = field(default_factory=list)
    stopped: list[tuple[str, str]] = field(default_factory=list)
    active: dict[tuple[str, str], datetime] = field(default_factory=dict)
    down: bool = False

    def activity(self) -> Mapping[tuple[str, str], datetime]:
        if self.down:
            raise Unavailable("nobody answers")
        return self.active

    def start(
        self,
        username: str,
        project: str,
        *,
        image: str | None,
        size: str | None,
        language: str | None = None,
    ) -> None:
        """Start nothing."""

    def stop(self, username: str, project: str) -> None:
        if self.down:
            raise Unavailable("nobody answers")
        self.stopped.append((username, project))

    def sign_out(self, username: str) -> None:
        if self.down:
            raise Unavailable("nobody answers")
        self.signed_out.append(username)
