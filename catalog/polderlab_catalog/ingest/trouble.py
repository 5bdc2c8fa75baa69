"""Stop reading a file, and say why."""

from __future__ import annotations

from polderlab_catalog.policy.ingests import Trouble


class Rejected(Exception):  # noqa: N818  (reads as the verdict it is)
    """The file cannot be taken in; ``details`` fill the blanks of the sentence."""

    def __init__(self, trouble: Trouble, **details: str | int | float) -> None:
        super().__init__(trouble.value)
        self.trouble, self.details = trouble, details
