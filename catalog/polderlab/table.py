"""The catalogue as a table in a notebook."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape

from polderlab.wire import Catalogue, CatalogueEntry


@dataclass(frozen=True, slots=True)
class _Words:
    caption: str
    heads: tuple[str, ...]
    classifications: Mapping[str, str]
    always: str
    empty: str


WORDS = {
    "nl": _Words(
        caption="Wat project {project} mag lezen",
        heads=("Naam", "Wat het is", "Van", "Rubricering", "Rijen", "Toegang tot en met"),
        classifications={
            "public": "openbaar",
            "internal": "intern",
            "confidential": "vertrouwelijk",
        },
        always="doorlopend",
        empty="Nog niets. Vraag toegang op de cataloguspagina van het lab.",
    ),
    "en": _Words(
        caption="What project {project} may read",
        heads=("Name", "What it is", "From", "Classification", "Rows", "Access until"),
        classifications={},
        always="ongoing",
        empty="Nothing yet. Ask for access on the lab's catalogue page.",
    ),
}
LEFT = ' style="text-align:left"'


def as_html(catalogue: Catalogue, language: str) -> str:
    """Return the catalogue as an HTML table; every text in it is escaped."""
    words = WORDS.get(language, WORDS["nl"])
    caption = escape(words.caption.format(project=catalogue.project))
    heads = "".join(f'<th scope="col"{LEFT}>{escape(head)}</th>' for head in words.heads)
    rows = "".join(_row(entry, words) for entry in catalogue.datasets) or (
        f'<tr><td colspan="{len(words.heads)}"{LEFT}>{escape(words.empty)}</td></tr>'
    )
    return (
        f"<table><caption{LEFT}>{caption}</caption>"
        f"<thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"
    )


def _row(entry: CatalogueEntry, words: _Words) -> str:
    rows = sum(file.rows or 0 for file in entry.files)
    name = f"<code>{escape(entry.name)}</code>"
    if entry.page.startswith(("http://", "https://")):
        name = f'<a href="{escape(entry.page)}" target="_blank" rel="noopener">{name}</a>'
    cells = [
        name,
        escape(entry.title),
        escape(entry.organisation),
        escape(words.classifications.get(entry.classification, entry.classification)),
        f"{rows:,}".replace(",", "\N{NO-BREAK SPACE}") if rows else "",
        escape(entry.until or words.always),
    ]
    return "<tr>" + "".join(f"<td{LEFT}>{cell}</td>" for cell in cells) + "</tr>"
