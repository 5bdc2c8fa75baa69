"""JupyterHub, as the lab service asks it to start and stop servers, to sign people out, and what
lies in the folders of projects."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from urllib.parse import quote, unquote_to_bytes

import httpx
from pydantic import TypeAdapter, ValidationError

from polderlab import wire
from polderlab_catalog.application import ports
from polderlab_catalog.application.errors import NotFound, Refused, Unavailable
from polderlab_catalog.domain.results import Item, ItemKind, Listing, Path, legible_name
from polderlab_catalog.policy.decisions import Code, refused

_PAGE = 100
_PIECE = 256 * 1024
_AWAY = "JupyterHub does not answer. Try again in a moment."
_FOLDER = TypeAdapter(wire.ResultFolder)
_STRANGER = "JupyterHub does not know this account yet. Sign out, sign in and try again."


class HubClient(ports.Hub):
    """Talks to JupyterHub's REST API with the lab's service token.

    Nothing is taken from the environment (proxies, .netrc): the hub is on this machine.
    """

    def __init__(
        self, api: str, token: str, *, transport: httpx.BaseTransport | None = None
    ) -> None:
        self._client = _client(api, token, transport)

    def start(
        self,
        username: str,
        project: str,
        *,
        image: str | None,
        size: str | None,
        language: str | None = None,
    ) -> None:
        """Ask for the server. The hub knows everyone who has signed in, and nobody else."""
        asked = {"image": image, "size": size, "language": language}
        options = {name: value for name, value in asked.items() if value is not None}
        answer = self._send("POST", _server(username, project), options)
        if answer.status_code == HTTPStatus.NOT_FOUND:
            raise Refused(refused(Code.HUB_REFUSED, message=_STRANGER))
        if answer.status_code == HTTPStatus.BAD_REQUEST and _already(answer):
            return
        self._check(answer)

    def stop(self, username: str, project: str) -> None:
        """Stop the server; one that is not there is stopped already."""
        answer = self._send("DELETE", _server(username, project))
        if answer.status_code != HTTPStatus.NOT_FOUND:
            self._check(answer)

    def sign_out(self, username: str) -> None:
        """End the sign-ins; somebody who never signed in has none."""
        answer = self._send("DELETE", f"users/{quote(username, safe='')}/sign-ins")
        if answer.status_code != HTTPStatus.NOT_FOUND:
            self._check(answer)

    def activity(self) -> Mapping[tuple[str, str], datetime]:
        """Return when each server that runs last did something, page by page."""
        found: dict[tuple[str, str], datetime] = {}
        offset: int | None = 0
        while offset is not None:
            answer = self._send("GET", f"users?state=active&limit={_PAGE}&offset={offset}")
            self._check(answer)
            try:
                page = answer.json()
                users = page if isinstance(page, list) else page["items"]
                more = None if isinstance(page, list) else page["_pagination"]["next"]
                offset = more["offset"] if more else None
                for user in users:
                    for name, server in user.get("servers", {}).items():
                        if server.get("last_activity"):
                            at = datetime.fromisoformat(server["last_activity"])
                            found[user["name"], name] = at
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                raise Unavailable(_AWAY) from error
        return found

    def _send(self, method: str, path: str, body: object = None) -> httpx.Response:
        try:
            return self._client.request(method, path, json=body)
        except httpx.HTTPError as error:
            raise Unavailable(_AWAY) from error

    def _check(self, answer: httpx.Response) -> None:
        if answer.is_success:
            return
        if answer.status_code in (HTTPStatus.UNAUTHORIZED, HTTPStatus.BAD_GATEWAY):
            raise Unavailable(_AWAY)
        raise Refused(refused(Code.HUB_REFUSED, message=_message(answer)))


class HubFolders(ports.ProjectFolders):
    """Asks the hub, which has a right to the folders. It looks at every name again."""

    def __init__(
        self, api: str, token: str, *, transport: httpx.BaseTransport | None = None
    ) -> None:
        self._client = _client(api, token, transport)

    def look(self, project: str, path: Path, page: int) -> Listing:
        """Return a page of the folder."""
        answer = self._ask(project, "folder", path, page=str(page))
        try:
            found = _FOLDER.validate_json(answer.read())
            items = tuple(
                Item(
                    unquote_to_bytes(each.name),
                    ItemKind(each.kind),
                    each.bytes,
                    datetime.fromtimestamp(each.changed, UTC),
                )
                for each in found.items
            )
        except (httpx.HTTPError, ValidationError, ValueError, OverflowError) as error:
            raise Unavailable(_AWAY) from error
        return Listing(items, found.total, found.cut)

    def open(self, project: str, path: Path, most: int | None = None) -> ports.OpenResult:
        """Ask for the file; its bytes come as they are asked for."""
        more = {} if most is None else {"most": str(most)}
        answer = self._ask(project, "file", path, **more)
        try:
            size, length = answer.headers[wire.SIZE_HEADER], answer.headers["Content-Length"]
            return _Answer(answer, int(size), int(length))
        except (KeyError, ValueError) as error:
            answer.close()
            raise Unavailable(_AWAY) from error

    def _ask(self, project: str, what: str, path: Path, **more: str) -> httpx.Response:
        where = quote(b"/".join(path), safe="")
        query = "&".join([f"path={where}", *(f"{name}={value}" for name, value in more.items())])
        asked = self._client.build_request(
            "GET", f"projects/{quote(project, safe='')}/{what}?{query}"
        )
        try:
            answer = self._client.send(asked, stream=True)
        except httpx.HTTPError as error:
            raise Unavailable(_AWAY) from error
        if answer.status_code == HTTPStatus.OK:
            return answer
        answer.close()
        if answer.status_code == HTTPStatus.NOT_FOUND:
            raise NotFound("file", legible_name(b"/".join(path)))
        raise Unavailable(_AWAY)


class _Answer(ports.OpenResult):
    def __init__(self, answer: httpx.Response, size: int, length: int) -> None:
        self._answer, self.size, self.length = answer, size, length
        self._pieces = answer.iter_raw(_PIECE)

    def read(self) -> bytes:
        try:
            return next(self._pieces, b"")
        except (httpx.HTTPError, httpx.StreamError) as error:
            raise Unavailable(_AWAY) from error

    def close(self) -> None:
        self._answer.close()


def _client(api: str, token: str, transport: httpx.BaseTransport | None) -> httpx.Client:
    return httpx.Client(
        base_url=api.rstrip("/") + "/",
        headers={
            "Authorization": f"token {token}",
            "Accept": "application/jupyterhub-pagination+json, application/json",
            "Accept-Encoding": "identity",
        },
        timeout=30,
        trust_env=False,
        transport=transport,
    )


def _server(username: str, project: str) -> str:
    return f"users/{quote(username, safe='')}/servers/{quote(project, safe='')}"


def _message(answer: httpx.Response) -> str:
    """Return the hub's own sentence; a refused spawn passes the lab's on in it."""
    try:
        message = answer.json()["message"]
    except (json.JSONDecodeError, KeyError, TypeError):
        message = ""
    return str(message) or f"JupyterHub answered {answer.status_code}. Try again in a moment."


def _already(answer: httpx.Response) -> bool:
    """Whether the server runs or is on its way: what was asked for is so."""
    return "already running" in _message(answer) or "pending" in _message(answer)
