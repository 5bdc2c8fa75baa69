"""The catalogue as a table in a notebook."""

from __future__ import annotations

from html import escape

from polderlab.wire import Catalogue, CatalogueEntry

WORDS = {
    "nl": {
        "caption": "Wat project {project} mag lezen",
        "heads": ("Naam", "Wat het is", "Van", "Rubricering", "Rijen", "Toegang tot en met"),
        "public": "openbaar",
        "internal": "intern",
        "confidential": "vertrouwelijk",
        "always": "doorlopend",
        "empty": "Nog niets. Vraag toegang aan op de cataloguspagina van het lab.",
    },
    "en": {
        "caption": "What project {project} may read",
        "heads": ("Name", "What it is", "From", "Classification", "Rows", "Access until"),
        "public": "public",
        "internal": "internal",
        "confidential": "confidential",
        "always": "ongoing",
        "empty": "Nothing yet. Ask for access on the lab's catalogue page.",
    },
}


def as_html(catalogue: Catalogue, language: str) -> str:
    """Return the catalogue as an HTML table; every text in it is escaped."""
    words = WORDS.get(language, WORDS["nl"])
    caption = escape(str(words["caption"]).format(project=catalogue.project))
    heads = "".join(
        f'<th scope="col" style="text-align:left">{escape(h)}</th>' for h in words["heads"]
    )
    rows = "".join(_row(entry, words) for entry in catalogue.datasets) or (
        f'<tr><td colspan="6">{escape(str(words["empty"]))}</td></tr>'
    )
    return (
        f'<table><caption style="text-align:left">{caption}</caption>'
        f"<thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"
    )


def _row(entry: CatalogueEntry, words: dict[str, str | tuple[str, ...]]) -> str:
    rows = sum(file.rows or 0 for file in entry.files)
    name = escape(entry.name)
    if entry.page.startswith(("http://", "https://")):
        name = f'<a href="{escape(entry.page)}" target="_blank" rel="noopener">{name}</a>'
    cells = [
        f"<code>{name}</code>",
        escape(entry.title),
        escape(entry.organisation),
        escape(str(words.get(entry.classification, entry.classification))),
        f"{rows:,}".replace(",", "\N{NO-BREAK SPACE}") if rows else "",
        escape(entry.until or str(words["always"])),
    ]
    return "<tr>" + "".join(f'<td style="text-align:left">{cell}</td>' for cell in cells) + "</tr>"
