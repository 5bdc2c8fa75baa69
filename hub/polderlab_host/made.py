"""What this lab made outside its own folder, so that it can be undone and nothing else is."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from polderlab_host.files import write_private


@dataclass(frozen=True)
class Made:
    """The ledger. Docker's things need no line here: they carry the instance as a label."""

    user: bool = False
    """We made the system user."""
    engine: int | None = None
    """Process id of the Docker Engine we started ourselves (not by systemd)."""
    passages: tuple[str, ...] = ()
    """Folders above the checkout that we let the system user walk through."""


def read(run: Path) -> Made:
    """Return the ledger of the lab whose run folder this is."""
    path = run / "made.json"
    if not path.exists():
        return Made()
    known = json.loads(path.read_text())
    return Made(known["user"], known["engine"], tuple(known["passages"]))


def note(run: Path, **changes: Any) -> None:
    """Write ``changes`` into the ledger."""
    write_private(run / "made.json", json.dumps(asdict(replace(read(run), **changes))))
