"""Folders of projects in which nothing lies yet."""

from __future__ import annotations

from polderlab_catalog.application import ports
from polderlab_catalog.application.errors import NotFound
from polderlab_catalog.domain.results import Listing, Path


class EmptyFolders(ports.ProjectFolders):
    def look(self, project: str, path: Path, page: int) -> Listing:
        return Listing((), 0)

    def open(self, project: str, path: Path, most: int | None = None) -> ports.OpenResult:
        raise NotFound("result", project)
