"""What JupyterLab shows of the lab: the catalogue as one session sees it, and what is announced."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import tzinfo

from polderlab_catalog.application.announcements import current
from polderlab_catalog.application.callers import session_holder
from polderlab_catalog.application.catalogue import Catalogue, Found
from polderlab_catalog.application.ports import Clock, Register
from polderlab_catalog.application.reading import Readable, Reading
from polderlab_catalog.application.search import SearchQuery
from polderlab_catalog.domain.announcements import Announcement
from polderlab_catalog.domain.names import is_dataset_name

SIZE = 20
"""Datasets on a page of the panel."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A page of the catalogue, for ``project``; ``asked`` names what it waits to be given."""

    project: str
    found: Found
    asked: Collection[str]


class Panel:
    """For whoever works in a running session."""

    def __init__(
        self,
        register: Register,
        clock: Clock,
        catalogue: Catalogue,
        reading: Reading,
        *,
        timezone: tzinfo,
    ) -> None:
        self._register, self._clock, self._timezone = register, clock, timezone
        self._catalogue, self._reading = catalogue, reading

    def search(self, token: str, address: str, words: str, page: int, language: str) -> Seen:
        """Return the page of what is found in the whole lab; raise :class:`Refused`."""
        with self._register.read() as t:
            holder = session_holder(t, token, address, self._clock(), self._timezone)
            project = holder.project.slug
            waiting = t.requests.find(project=project, open_only=True)
        query = SearchQuery(words=words, page=page, size=SIZE, language=language)
        found = self._catalogue.search_for_project(holder.person.username, project, query)
        return Seen(project, found, {each.dataset for each in waiting})

    def announcements(self, token: str, address: str) -> list[Announcement]:
        """Return what the session's person is to be shown now; raise :class:`Refused`."""
        now = self._clock()
        with self._register.read() as t:
            holder = session_holder(t, token, address, now, self._timezone)
            return current(t, holder.person, now)

    def first_file(self, token: str, address: str, dataset: str) -> Readable:
        """Return the first file of the newest version, if this session may read it now."""
        with self._register.read() as t:
            version = t.datasets.version(dataset) if is_dataset_name(dataset) else None
        # Which file comes first says nothing yet: who may not read it is refused here.
        file = version.data[0].name if version and version.data else ""
        return self._reading.authorise(token, address, dataset, None, file)
