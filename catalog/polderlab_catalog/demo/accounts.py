"""The file that tells whoever set up the lab how to sign in: ``demo-accounts.json``."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import TypedDict

from polderlab_catalog.application.passwords import Passwords
from polderlab_catalog.demo.people import Account
from polderlab_catalog.domain.actors import Actor

_LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"  # no l, o, 0 or 1: people type these over


class Entry(TypedDict):
    """One account as the file names it."""

    username: str
    password: str
    role: str
    organisation: str
    projects: list[str]


def hand_out(
    passwords: Passwords, actor: Actor, accounts: Sequence[Account], path: Path, url: str
) -> list[Entry]:
    """Make sure each account has a password and that the file at ``path`` names it.

    A password in the file stays. An account the file does not name gets a new one, so that
    removing the file and loading the demo again helps whoever lost it.
    """
    known = _read(path)
    entries = []
    for account in accounts:
        username = account.person.username
        password = known.get(username, "")
        if not password or not passwords.has_password(username):
            password = _new_password()
            passwords.set_password(username, password, actor)
        entries.append(
            Entry(
                username=username,
                password=password,
                role=account.role,
                organisation=account.person.organisation,
                projects=[project for project, _ in account.projects],
            )
        )
    _write(path, json.dumps({"url": url, "accounts": entries}, indent=2) + "\n")
    return entries


def _new_password() -> str:
    """Return 80 random bits, in four groups of four that can be read out and typed over."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(4))


def _read(path: Path) -> dict[str, str]:
    try:
        entries = json.loads(path.read_text(encoding="utf-8"))["accounts"]
        return {entry["username"]: entry["password"] for entry in entries}
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        # Missing, or not whole: new passwords are better than none.
        return {}


def _write(path: Path, text: str) -> None:
    # In place: the folder may be root's, and the file handed to us beforehand.
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        os.fchmod(descriptor, 0o600)
        file.write(text)
