"""What a dataset's description must hold before it can be found, cited and harvested."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterator
from dataclasses import replace
from urllib.parse import urlsplit

from polderlab_catalog.domain.codelists import FREQUENCIES, HIGH_VALUE, LANGUAGES, THEMES
from polderlab_catalog.domain.datasets import Classification, Dataset
from polderlab_catalog.domain.names import is_dataset_name
from polderlab_catalog.domain.texts import Text
from polderlab_catalog.policy.checks import MOST_CHECKS
from polderlab_catalog.policy.checks import mistakes as wrong
from polderlab_catalog.policy.decisions import N_

MAX_TITLE, MAX_DESCRIPTION, MAX_LINE = 200, 4000, 500
MAX_KEYWORDS, MAX_KEYWORD = 30, 60
_MAIL = re.compile(r"[\w.!#$%&*+/=?^{|}~-]+@[\w-]+(?:\.[\w-]+)+")


def mistakes(dataset: Dataset) -> dict[str, str]:
    """Return what must be mended: field → sentence (a message id); empty when all is well."""
    return {
        field: sentence
        for field, right, sentence in (*_words(dataset), *_facts(dataset))
        if not right
    }


def fitting(before: Dataset, after: Dataset) -> Dataset:
    """Return ``after`` without what no longer goes with it: data that is not public any more is
    not downloaded by everyone any more, and becomes so again only when a steward says it."""
    closed = before.classification is Classification.PUBLIC is not after.classification
    return replace(after, open_download=False) if closed else after


def is_web_address(value: str) -> bool:
    """Tell whether ``value`` is an http(s) address: nothing else may become a link."""
    try:
        parts = urlsplit(value)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.netloc) and _line(value)


def is_contact(value: str) -> bool:
    """Tell whether ``value`` is an e-mail address or a web page."""
    return _MAIL.fullmatch(value) is not None or is_web_address(value)


def _words(dataset: Dataset) -> Iterator[tuple[str, bool, str]]:
    yield (
        "name",
        is_dataset_name(dataset.name),
        N_("Use 3 to 40 lower-case letters, digits and underscores, a letter first"),
    )
    yield (
        "title",
        _said(dataset.title) and _both(dataset.title, lambda text: _line(text, MAX_TITLE)),
        N_("Give a title of one line, at most 200 characters, in Dutch or English"),
    )
    yield (
        "description",
        _said(dataset.description) and _both(dataset.description, _paragraphs),
        N_("Say in at most 4,000 characters what the data is about, in Dutch or English"),
    )
    yield (
        "steward",
        bool(dataset.steward.strip()) and _line(dataset.steward),
        N_("Name the team or role that decides on the data"),
    )
    yield "source", _line(dataset.source), N_("Keep this to one line of at most 500 characters")
    yield "place", _line(dataset.place), N_("Keep this to one line of at most 500 characters")
    yield (
        "keywords",
        len(dataset.keywords) <= MAX_KEYWORDS
        and all(word.strip() and _line(word, MAX_KEYWORD) for word in dataset.keywords),
        N_("Use at most 30 keywords of at most 60 characters"),
    )


def _facts(dataset: Dataset) -> Iterator[tuple[str, bool, str]]:
    yield (
        "licence",
        not dataset.licence or is_web_address(dataset.licence),
        N_("Give the web address of the licence, beginning with https://"),
    )
    yield (
        "contact",
        not dataset.contact or (is_contact(dataset.contact) and _line(dataset.contact)),
        N_("Give an e-mail address or a web page"),
    )
    yield "theme", _from(THEMES, dataset.theme), N_("Choose from the list")
    yield "frequency", _from(FREQUENCIES, dataset.frequency), N_("Choose from the list")
    yield "language", _from(LANGUAGES, dataset.language), N_("Choose from the list")
    yield (
        "hvd_category",
        _from(HIGH_VALUE, dataset.hvd_category),
        N_("Choose from the list"),
    )
    yield (
        "period",
        dataset.period is None or dataset.period[0] <= dataset.period[1],
        N_("Choose a last day on or after the first"),
    )
    yield (
        "checks",
        len(dataset.checks) <= MOST_CHECKS and not any(wrong(check) for check in dataset.checks),
        N_("Declare at most 50 checks, each complete"),
    )
    yield (
        "open_download",
        not dataset.open_download or dataset.classification is Classification.PUBLIC,
        N_("Only public data can be downloaded by everyone"),
    )


def _said(text: Text) -> bool:
    return bool(text.nl.strip() or text.en.strip())


def _both(text: Text, right: Callable[[str], bool]) -> bool:
    return right(text.nl) and right(text.en)


def _line(value: str, longest: int = MAX_LINE) -> bool:
    return len(value) <= longest and value.isprintable()


def _paragraphs(value: str) -> bool:
    return len(value) <= MAX_DESCRIPTION and all(line.isprintable() for line in value.split("\n"))


def _from(known: Container[str], value: str) -> bool:
    return not value or value in known
