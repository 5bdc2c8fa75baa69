"""Announcements: what the lab tells its people, for a while."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from polderlab_catalog.domain.texts import Text


class Audience(StrEnum):
    """Who is told: everyone, organisations, projects, or people by name."""

    EVERYONE = "everyone"
    ORGANISATION = "organisation"
    PROJECT = "project"
    PEOPLE = "people"


@dataclass(frozen=True, slots=True)
class Announcement:
    """A message shown from ``starts`` until ``ends`` (timezone-aware) to whom it concerns.

    ``names`` are slugs or usernames, as ``audience`` says; none for everyone.
    """

    id: str
    text: Text
    audience: Audience
    names: tuple[str, ...]
    starts: datetime
    ends: datetime
    by: str
    made: datetime
    withdrawn: datetime | None = None

    def live(self, now: datetime) -> bool:
        """Whether it is shown at ``now``."""
        return self.withdrawn is None and self.starts <= now < self.ends

    def concerns(self, username: str, organisation: str, projects: Collection[str]) -> bool:
        """Whether it is meant for ``username`` of ``organisation``, member of ``projects``."""
        match self.audience:
            case Audience.EVERYONE:
                return True
            case Audience.ORGANISATION:
                return organisation in self.names
            case Audience.PROJECT:
                return not set(self.names).isdisjoint(projects)
            case Audience.PEOPLE:
                return username in self.names
