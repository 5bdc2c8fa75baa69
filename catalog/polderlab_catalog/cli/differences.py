"""Differences between a lab and a file, in plain words and as data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import Any

import typer

from polderlab_catalog.cli.lab_picture import written
from polderlab_catalog.domain.allocations import Level, LevelKind
from polderlab_catalog.domain.declarations import Difference, Kind, Turn
from polderlab_catalog.domain.names import legible

_SIGNS = {
    Turn.NEW: ("+", typer.colors.GREEN),
    Turn.CHANGED: ("~", typer.colors.YELLOW),
    Turn.ENDED: ("-", typer.colors.RED),
}
_ONE = {
    Kind.SIZES: "size",
    Kind.IMAGES: "image",
    Kind.ORGANISATIONS: "organisation",
    Kind.PEOPLE: "person",
    Kind.PROJECTS: "project",
}
_ENDS = {
    Kind.ORGANISATIONS: "is suspended: no access, and what runs stops",
    Kind.PEOPLE: "the account is closed, and what runs stops",
    Kind.PROJECTS: "ends now, and what runs stops",
    Kind.MEMBERS: "is a member no longer, and what runs stops",
    Kind.GRANTS: "is revoked: the next read is refused",
}
_LONGEST = 80


def in_words(difference: Difference) -> str:
    """Return a difference as one line, in colour; a file or a pipe gets it without."""
    sign, colour = _SIGNS[difference.turn]
    if difference.turn is Turn.ENDED:
        told = _ENDS[difference.kind]
    else:
        told = "; ".join(
            _fact(difference, name, before, after)
            for name, (before, after) in difference.facts.items()
        )
    new = "new: " if difference.turn is Turn.NEW else ""
    return typer.style(f"{sign} {_thing(difference)}: {new}{told}".rstrip(": "), fg=colour)


def summed_up(found: Sequence[Difference]) -> str:
    """Return how much differs."""
    if not found:
        return "The lab is as the file tells it."
    counted = Counter(each.turn for each in found)
    told = ", ".join(f"{counted[turn]} {turn}" for turn in Turn if counted[turn])
    return f"{len(found)} {'difference' if len(found) == 1 else 'differences'}: {told}."


def as_json_rows(found: Sequence[Difference]) -> list[dict[str, Any]]:
    """Return differences as data."""
    return [
        {
            "kind": each.kind.value,
            "name": each.name,
            "becomes": each.turn.value,
            "facts": {
                written(each.kind, name, after)[0]: {
                    "from": written(each.kind, name, before)[1],
                    "to": written(each.kind, name, after)[1],
                }
                for name, (before, after) in each.facts.items()
            },
        }
        for each in found
    ]


def _thing(difference: Difference) -> str:
    kind, name = difference.kind, difference.name
    first, _, second = name.partition("/")
    if kind is Kind.MEMBERS:
        return f"{second} in project {first}"
    if kind is Kind.GRANTS:
        return f"access of project {second} to {first}"
    if kind is not Kind.ALLOCATIONS:
        return f"{_ONE[kind]} {name}"
    level = Level.parse(name)
    if level.kind is LevelKind.PERSON:
        return f"allocation of {level.username} in project {level.name}"
    return f"allocation of {level.kind} {level.name}"


def _fact(difference: Difference, name: str, before: Any, after: Any) -> str:
    field, became = written(difference.kind, name, after)
    if difference.turn is Turn.NEW:
        return f"{field} {_shown(became)}"
    return f"{field} {_shown(written(difference.kind, name, before)[1])} → {_shown(became)}"


def _shown(value: Any) -> str:
    """Return a value in one short line: others wrote it, and a terminal obeys what it gets."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        value = " / ".join(str(each) for each in value.values())
    if isinstance(value, list):
        value = ", ".join(_shown(each) for each in value)
    if isinstance(value, date):
        value = value.isoformat()
    return legible(str(value), _LONGEST).replace("\n", " ") if value not in (None, "") else "none"
