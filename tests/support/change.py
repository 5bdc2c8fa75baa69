"""Puts the register in a state people meet but the demo does not have: a project that ended.

``python -m tests.support.change project river-access '{"ends": "2026-01-31"}'`` runs as the lab's
own user and prints the fields as they were, so that they can be put back.
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, is_dataclass, replace
from datetime import date
from typing import Any

from polderlab_catalog.bootstrap import Lab, build
from polderlab_catalog.domain.actors import Actor
from polderlab_catalog.domain.allocations import Level
from polderlab_catalog.settings import LabSettings


def main(kind: str, slug: str, fields: dict[str, Any]) -> dict[str, Any]:
    """Change the fields of a ``project``, an ``organisation`` or an ``allocation``; return what
    they were."""
    lab = build(LabSettings())
    if kind == "allocation":
        return _allocate(lab, Level.parse(slug), fields)
    with lab.register.read() as t:
        found: Any = {"project": t.projects, "organisation": t.organisations}[kind].get(slug)
    assert found is not None, f"there is no {kind} {slug}"
    before = {name: getattr(found, name) for name in fields}
    changed = replace(found, **{name: _value(before[name], new) for name, new in fields.items()})
    register = {
        "project": lab.administration.register_project,
        "organisation": lab.administration.register_organisation,
    }[kind]
    register(Actor.lab(), changed)
    return before


def _allocate(lab: Lab, level: Level, fields: dict[str, Any]) -> dict[str, Any]:
    own = lab.allocations.show(Actor.lab(), level).own
    before = {name: getattr(own, name) for name in fields}
    lab.allocations.set(Actor.lab(), level, replace(own, **fields))
    return before


def _value(old: Any, new: Any) -> Any:
    """Return ``new``, as JSON has it, in the kind of ``old``; a part of a dataclass will do."""
    if is_dataclass(old):
        return replace(old, **new)  # type: ignore[type-var]
    if isinstance(old, date):
        return date.fromisoformat(new)
    return tuple(new) if isinstance(old, tuple) else new


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else asdict(value)


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1], sys.argv[2], json.loads(sys.argv[3])), default=_plain))
