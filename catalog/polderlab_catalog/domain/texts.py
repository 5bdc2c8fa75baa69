"""Text that exists in both languages of the lab."""

from __future__ import annotations

from dataclasses import dataclass

LANGUAGES = ("nl", "en")
"""ISO 639-1 codes the lab speaks; the first is the default."""


@dataclass(frozen=True, slots=True)
class Text:
    """A sentence or title in Dutch and English.

    Where only one is given the other falls back on it, so that nothing is ever shown empty.
    """

    nl: str = ""
    en: str = ""

    def in_(self, language: str) -> str:
        """Return the text in ``language`` (ISO 639-1), else in the other language."""
        return (self.en or self.nl) if language == "en" else (self.nl or self.en)
