"""How a dataset is cited, licensed and told to machines (schema.org)."""

from __future__ import annotations

import json
import re
from typing import Any

from markupsafe import Markup

from polderlab_catalog.application.catalogue import DatasetCard
from polderlab_catalog.domain.datasets import Classification
from polderlab_catalog.policy.decisions import N_
from polderlab_catalog.policy.descriptions import is_web_address
from polderlab_catalog.policy.previews import extent_shown
from polderlab_catalog.web.languages import Speech

_LICENCES = (
    (re.compile(r"creativecommons\.org/publicdomain/zero/1\.0"), N_("CC0: free for everyone")),
    (re.compile(r"creativecommons\.org/publicdomain/mark/1\.0"), N_("Public domain")),
    (re.compile(r"creativecommons\.org/licenses/by/4\.0"), N_("CC BY 4.0: name the source")),
    (
        re.compile(r"creativecommons\.org/licenses/by-sa/4\.0"),
        N_("CC BY-SA 4.0: name the source, share alike"),
    ),
)


LANGUAGE_TAGS = {"NLD": "nl", "ENG": "en", "DEU": "de", "FRA": "fr", "FRY": "fy"}
"""Languages as the web names them (BCP 47), by the codes of the EU's table."""


def licence_words(licence: str, speech: Speech) -> str:
    """Return what ``licence`` (a URI) allows in a few words; empty when it is not a known one."""
    found = [words for pattern, words in _LICENCES if pattern.search(licence)]
    return speech.gettext(found[0]) if found else ""


def citation(card: DatasetCard, speech: Speech, url: str) -> str:
    """Return how to name the data in a report: who, when, what, which version, where."""
    who, what = _whose(card, speech), speech.text(card.dataset.title)
    if card.version is None:
        return f"{who}. {what}. {url}"
    return speech.gettext(
        "{who} ({year}). {what}, version {number} of {day} [dataset]. {url}"
    ).format(
        who=who,
        year=speech.local_day(card.version.created).year,
        what=what,
        number=card.version.number,
        day=speech.day(card.version.created),
        url=url,
    )


def _whose(card: DatasetCard, speech: Speech) -> str:
    """Return who made the data: of another catalogue's, not who keeps the description here."""
    remote = card.dataset.source or card.dataset.steward if card.dataset.remote else ""
    return remote or speech.text(card.organisation.name)


def structured(card: DatasetCard, speech: Speech, url: str, name: str) -> Markup:
    """Return the description as schema.org's ``Dataset`` in JSON-LD, safe inside an element.

    ``name`` is the URI of the dataset itself, empty where it lies elsewhere.

    A data block is not run, so the content security policy has no say in it.
    """
    dataset, version = card.dataset, card.version
    files = version.data if version else ()
    owner = {"@type": "Organization", "name": _whose(card, speech)}
    if is_web_address(card.organisation.identifier) and not dataset.remote:
        owner["@id"] = card.organisation.identifier
    told: dict[str, Any] = {
        "@context": "https://schema.org/",
        "@type": "Dataset",
        "@id": name or None,
        "name": speech.text(dataset.title),
        # what searches the web wants one, and says nothing of a dataset without
        "description": speech.text(dataset.description) or speech.text(dataset.title),
        "url": url,
        "identifier": name or url,
        "sameAs": dataset.remote if is_web_address(dataset.remote) else None,
        "inLanguage": LANGUAGE_TAGS.get(dataset.language),
        "isAccessibleForFree": dataset.classification is Classification.PUBLIC,
        "creator": owner,
        "publisher": owner,
        "license": dataset.licence or None,
        "keywords": list(dataset.keywords) or None,
        "spatialCoverage": dataset.place or _box(card),
        "temporalCoverage": "/".join(day.isoformat() for day in dataset.period or ()) or None,
        "variableMeasured": [column.name for file in files for column in file.columns] or None,
        "version": str(version.number) if version else None,
        "dateModified": version.created.date().isoformat() if version else None,
    }
    text = json.dumps({key: value for key, value in told.items() if value is not None})
    for character in "<>&":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)  # noqa: S704  (JSON in which nothing can end the element)


def _box(card: DatasetCard) -> dict[str, Any] | None:
    files = card.version.data if card.version else ()
    box = extent_shown(card.dataset, next((file.bbox for file in files if file.bbox), None))
    if box is None:
        return None
    west, south, east, north = box
    shape = {"@type": "GeoShape", "box": f"{south} {west} {north} {east}"}
    return {"@type": "Place", "geo": shape}
