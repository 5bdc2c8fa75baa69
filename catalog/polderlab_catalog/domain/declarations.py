"""The lab as one file tells it: what there is, by kind and name, and how two tellings differ."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    """What a file declares, in the order it is made: each rests on those before it.

    Names are slugs, but ``<project>/<person>`` for a member, ``<dataset>/<project>`` for a grant,
    and a level as :class:`~.allocations.Level` writes it for an allocation.
    """

    SIZES = "sizes"
    IMAGES = "images"
    ORGANISATIONS = "organisations"
    PEOPLE = "people"
    PROJECTS = "projects"
    MEMBERS = "members"
    ALLOCATIONS = "allocations"
    GRANTS = "grants"


Facts = Mapping[str, Any]
"""What is told of one thing: attribute and value, of the domain's own types. What is not told is
left alone."""
Picture = Mapping[Kind, Mapping[str, Facts]]
"""What is told of a lab."""


class Turn(StrEnum):
    """What becomes of a thing."""

    NEW = "new"
    CHANGED = "changed"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not as it was told; ``facts`` are those that differ, before and after."""

    kind: Kind
    name: str
    turn: Turn
    facts: Mapping[str, tuple[Any, Any]]

    @property
    def given(self) -> dict[str, Any]:
        """What is told of it that differs."""
        return {field: after for field, (_, after) in self.facts.items()}
