"""JupyterHub, as far as the lab service sees it: OAuth, whose token this is, start and stop."""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import parse_qs, parse_qsl, urlsplit

import httpx

from polderlab_catalog.application import ports
from polderlab_catalog.application.errors import Unavailable

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
        if self.refusal and request.method == "POST":
            return httpx.Response(403, json={"status": 403, "message": self.refusal})
        return httpx.Response(202 if request.method == "POST" else 204)

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
