"""Ask the gateway something small: JSON there and back; its refusals become Python's own."""

from __future__ import annotations

import json
import os
import urllib.error
import urllib.request
from dataclasses import fields
from typing import Any

from polderlab import errors
from polderlab.wire import SessionEnvironment

_SECONDS = 30


def language() -> str:
    """Return the language of this session (ISO 639-1)."""
    return os.environ.get(SessionEnvironment.LANGUAGE, "nl")


def ask(path: str, words: dict[str, str], body: dict[str, Any] | None = None) -> Any:
    """Return what the gateway answers at ``path``; with ``body`` it is a POST.

    ``words`` hold what to say outside a session (``outside``) and when nobody answers
    (``silent``). Raises ``ConnectionError``, ``ValueError`` for what cannot be read, and what
    :mod:`polderlab.errors` makes of a refusal.
    """
    gateway = os.environ.get(SessionEnvironment.GATEWAY, "").rstrip("/")
    if not gateway.startswith(("http://", "https://")):
        raise ConnectionError(words["outside"].format(variable=SessionEnvironment.GATEWAY))
    headers = {
        "Authorization": f"Bearer {os.environ.get(SessionEnvironment.TOKEN, '')}",
        "Accept-Language": language(),
    }
    data = None
    if body is not None:
        data, headers["Content-Type"] = json.dumps(body).encode(), "application/json"
    request = urllib.request.Request(  # noqa: S310  (the scheme was looked at above)
        f"{gateway}/{path}", data=data, headers=headers
    )
    # No proxy: the gateway is on the session's own network.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=_SECONDS) as response:
            return json.loads(response.read())
    except urllib.error.HTTPError as refusal:
        problem = errors.problem(refusal.code, refusal.read())
    except (urllib.error.URLError, TimeoutError):
        # These may carry the request with its token: none of it goes on.
        raise ConnectionError(words["silent"]) from None
    if problem.status == 422:
        raise ValueError(problem.messages.get(language()) or problem.detail) from None
    raise errors.exception(problem, language()) from None


def known(kind: type, told: dict[str, Any]) -> dict[str, Any]:
    """Return the part of an answer that this client's ``kind`` knows; the rest is left out."""
    names = {field.name for field in fields(kind)}
    return {name: value for name, value in told.items() if name in names}
