"""The catalogue as a table in a notebook."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape

from polderlab.wire import Name, Names


@dataclass(frozen=True, slots=True)
class _Words:
    caption: str
    heads: tuple[str, ...]
    classifications: Mapping[str, str]
    always: str
    empty: str
    more: str


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
        more="en nog {count}: list(cat) noemt ze alle",
    ),
    "en": _Words(
        caption="What project {project} may read",
        heads=("Name", "What it is", "From", "Classification", "Rows", "Access until"),
        classifications={},
        always="ongoing",
        empty="Nothing yet. Ask for access on the lab's catalogue page.",
        more="and {count} more: list(cat) names them all",
    ),
}
MOST_SHOWN = 100
"""Rows of the table; the others are counted."""
LEFT = ' style="text-align:left"'


def as_html(names: Names, language: str) -> str:
    """Return the list as an HTML table; every text in it is escaped."""
    words = WORDS.get(language, WORDS["nl"])
    caption = escape(words.caption.format(project=names.project))
    heads = "".join(f'<th scope="col"{LEFT}>{escape(head)}</th>' for head in words.heads)
    shown = names.datasets[:MOST_SHOWN]
    more = len(names.datasets) - len(shown)
    rows = "".join(_row(each, names.pages, words) for each in shown)
    if not shown or more:
        said = words.more.format(count=more) if shown else words.empty
        rows += f'<tr><td colspan="{len(words.heads)}"{LEFT}>{escape(said)}</td></tr>'
    return (
        f"<table><caption{LEFT}>{caption}</caption>"
        f"<thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"
    )


def _row(entry: Name, pages: str, words: _Words) -> str:
    name = f"<code>{escape(entry.name)}</code>"
    if pages.startswith(("http://", "https://")):
        page = escape(pages + entry.name)
        name = f'<a href="{page}" target="_blank" rel="noopener">{name}</a>'
    cells = [
        name,
        escape(entry.title),
        escape(entry.organisation),
        escape(words.classifications.get(entry.classification, entry.classification)),
        f"{entry.rows:,}".replace(",", "\N{NO-BREAK SPACE}") if entry.rows else "",
        escape(entry.until or words.always),
    ]
    return "<tr>" + "".join(f"<td{LEFT}>{cell}</td>" for cell in cells) + "</tr>"
