"""What reading raises: Python's own exceptions, with the lab's sentence and where to go next.

PermissionError     refused; the reason, and the page where access can be asked
FileNotFoundError   no such dataset, version or file; the choices
ConnectionError     the gateway does not answer, or answers what no gateway says

The token stands in request headers, so aiohttp's own errors, which carry those, never leave
this package.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable

from polderlab.wire import Problem

CAN_BE_ASKED = frozenset({"no-grant", "grant-ended", "grant-revoked"})
"""Refusals after which the project can ask for access."""


def problem(status: int, body: bytes) -> Problem:
    """Read an RFC 9457 problem; anything else becomes a problem that only knows its status."""
    try:
        told = json.loads(body)
        return Problem(
            type=str(told.get("type", "about:blank")),
            title=str(told.get("title", "")),
            status=status,
            detail=str(told.get("detail") or told.get("title") or ""),
            code=str(told.get("code", "")),
            messages={str(k): str(v) for k, v in (told.get("messages") or {}).items()},
            help=told.get("help"),
        )
    except (ValueError, AttributeError):
        return Problem("about:blank", "", status, "", "")


def exception(told: Problem, language: str = "") -> OSError:
    """Return the exception that tells ``told`` in ``language`` (``nl``, ``en``) if it can."""
    text = told.messages.get(language) or told.detail
    if told.help:
        text = f"{text}\n→ {told.help}"
    if told.code in CAN_BE_ASKED and told.help:
        dataset = told.help.rpartition("/")[2]
        text = f'{text}\n→ polderlab.request_access("{dataset}", purpose="…")'
    if told.status in (401, 403):
        return PermissionError(text or "The lab refused this without saying why.")
    if told.status in (404, 410):
        return FileNotFoundError(text or "The lab has no such dataset or file.")
    return ConnectionError(
        text or f"The data gateway answered with status {told.status}. Try again in a moment."
    )


def choices(name: str, known: Iterable[str]) -> str:
    """Return what may have been meant by ``name``, and all there is to choose from."""
    names = sorted(known)
    close = difflib.get_close_matches(name, names, n=1)
    hint = f"Did you mean {close[0]!r}? " if close else ""
    return f"{hint}This project reads: {', '.join(names) or 'nothing yet'}."
