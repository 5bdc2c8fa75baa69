"""What the lab's readers know beside reading: other versions of the same dataset."""

from __future__ import annotations

from typing import TYPE_CHECKING

from polderlab.filesystem import LabPath

if TYPE_CHECKING:
    from intake.readers.readers import BaseReader


class Versions:
    """Mixed into every reader of the lab."""

    def version(self, number: int) -> BaseReader:
        """Return the reader of version ``number``, as ``cat["name"].version(3)``.

        ``PermissionError`` says why it cannot be read, ``KeyError`` that there is none.
        """
        from polderlab.catalog import LabCatalog  # only here: the catalogue imports the readers

        url: str = self.kwargs["data"].url  # type: ignore[attr-defined]
        here = LabPath.parse(url.removeprefix("lab://"))
        whole = LabCatalog()[f"{here.dataset}@{number}"]
        live = "live" in self.metadata or "live" in whole.metadata  # type: ignore[attr-defined]
        if live and here.file not in whole.metadata["files"]:
            return whole  # what is a source now was a file before, or the reverse
        return LabCatalog()[f"{here.dataset}@{number}/{here.file}"]
