"""What a form sent, with the values of fields that may be sent more than once."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Annotated

from fastapi import Depends, Request

from polderlab_catalog.application.errors import Invalid
from polderlab_catalog.domain.names import legible, one_line, printable
from polderlab_catalog.domain.organisations import Contact
from polderlab_catalog.domain.texts import Text
from polderlab_catalog.policy.decisions import N_
from polderlab_catalog.web.languages import Speech
from polderlab_catalog.web.visitors import form_of

LINE, STORY = 200, 4000


@dataclass(frozen=True, slots=True)
class Sent:
    """The fields of a form, each with all its values, in order."""

    values: dict[str, list[str]] = field(default_factory=dict)

    def line(self, name: str, limit: int = LINE) -> str:
        """Return one line of text, trimmed and printable; empty where nothing was sent."""
        found = self.values.get(name)
        return one_line(found[-1], limit) if found else ""

    def story(self, name: str) -> str:
        """Return some lines of text."""
        found = self.values.get(name)
        return legible(found[-1], STORY) if found else ""

    def secret(self, name: str) -> str:
        """Return a password as it was typed."""
        found = self.values.get(name)
        return found[-1][:1000] if found else ""

    def several(self, name: str) -> list[str]:
        """Return every value, of boxes that were ticked."""
        return [printable(value, LINE) for value in self.values.get(name, ())]

    def ticked(self, name: str) -> bool:
        """Tell whether a box was ticked."""
        return bool(self.values.get(name))

    def day(self, name: str) -> date | None:
        """Return a day; None where none was sent, or none that exists."""
        try:
            return date.fromisoformat(self.line(name))
        except ValueError:
            return None

    def day_if_any(self, name: str) -> date | None:
        """Return a day, None where the field was left empty; raise ``Invalid`` when what was
        sent is no day: it must not count as "no end"."""
        found = self.day(name)
        if self.line(name) and found is None:
            raise Invalid({name: N_("Choose a day, or leave it empty")})
        return found

    def number(self, name: str) -> float | None:
        """Return a number, with a comma or a point; None where none was sent."""
        try:
            return float(self.line(name, 20).replace(",", "."))
        except ValueError:
            return None

    def both(self, name: str) -> Text:
        """Return a text in Dutch and English."""
        return Text(self.story(f"{name}_nl"), self.story(f"{name}_en"))

    def contact(self, name: str) -> Contact:
        """Return a contact."""
        return Contact(self.line(f"{name}_name"), self.line(f"{name}_email"))

    def shown(self, *names: str) -> dict[str, str]:
        """Return what to show again in the fields ``names``."""
        return {name: (self.values.get(name) or [""])[-1][:STORY] for name in names}


async def sent(request: Request) -> Sent:
    """Read the form of a request; files are not taken."""
    form = await form_of(request)
    values: dict[str, list[str]] = {}
    for name, value in form.multi_items():
        if isinstance(value, str):
            values.setdefault(name, []).append(value)
    return Sent(values)


TheForm = Annotated[Sent, Depends(sent)]


def sentences(invalid: Invalid, speech: Speech) -> dict[str, str]:
    """Return what is wrong with each field, in the reader's language."""
    return {name: speech.gettext(sentence) for name, sentence in invalid.fields.items()}
