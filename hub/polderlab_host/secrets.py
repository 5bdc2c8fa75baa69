"""The lab's own secrets: made once, kept readable by root alone."""

from __future__ import annotations

import json
import secrets
from dataclasses import asdict, dataclass, field
from pathlib import Path

from polderlab_host.files import write_private


@dataclass(frozen=True)
class Secrets:
    """Tokens by which the lab's processes know each other."""

    proxy_token: str = field(default_factory=lambda: secrets.token_hex(32), repr=False)
    hub_token: str = field(default_factory=lambda: secrets.token_hex(32), repr=False)
    service_token: str = field(default_factory=lambda: secrets.token_hex(32), repr=False)
    culler_token: str = field(default_factory=lambda: secrets.token_hex(32), repr=False)
    cookie_secret: str = field(default_factory=lambda: secrets.token_hex(32), repr=False)
    source_key: str = field(default_factory=lambda: secrets.token_hex(32), repr=False)
    hub_cookie_secret: str = field(default_factory=lambda: secrets.token_hex(32), repr=False)


def load_or_make(path: Path) -> Secrets:
    """Return the secrets in ``path``; those that are not there yet are made and kept."""
    known = json.loads(path.read_text()) if path.exists() else {}
    made = Secrets(**known)
    if asdict(made) != known:
        write_private(path, json.dumps(asdict(made), indent=1))
    return made
