"""Puts the register in a state people meet but the demo does not have: a project that ended.

``python -m tests.support.change project river-access '{"ends": "2026-01-31"}'`` runs as the lab's
own user and prints the fields as they were, so that they can be put back.
"""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from datetime import date
from typing import Any

from polderlab_catalog.bootstrap import build
from polderlab_catalog.domain.actors import Actor
from polderlab_catalog.settings import LabSettings

DATES = frozenset({"starts", "ends"})
TUPLES = frozenset({"images", "sizes"})


def main(kind: str, slug: str, fields: dict[str, Any]) -> dict[str, Any]:
    """Change the fields of a ``project`` or ``organisation``; return what they were."""
    lab = build(LabSettings())
    with lab.register.read() as t:
        found: Any = {"project": t.projects, "organisation": t.organisations}[kind].get(slug)
    assert found is not None, f"there is no {kind} {slug}"
    before = {name: getattr(found, name) for name in fields}
    changed = replace(found, **{name: _value(name, value) for name, value in fields.items()})
    register = {
        "project": lab.administration.register_project,
        "organisation": lab.administration.register_organisation,
    }[kind]
    register(Actor.lab(), changed)
    return {name: value.isoformat() if name in DATES else value for name, value in before.items()}


def _value(name: str, value: Any) -> Any:
    if name in DATES:
        return date.fromisoformat(value)
    return tuple(value) if name in TUPLES else value


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1], sys.argv[2], json.loads(sys.argv[3]))))
