"""In which language to speak to whoever sent a request, and the hub's sentences in it."""

from __future__ import annotations

from functools import cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from tornado.httputil import HTTPServerRequest

LANGUAGES = ("nl", "en")
COOKIE = "polderlab-language"
LOCALE = Path(__file__).parent / "locale"


def language_of(request: HTTPServerRequest | None) -> str:
    """Return ``nl`` or ``en``: the person's choice, else the browser's, else Dutch."""
    if request is None:
        return LANGUAGES[0]
    chosen = request.cookies.get(COOKIE)
    if chosen is not None and chosen.value in LANGUAGES:
        return chosen.value
    for offer in request.headers.get("Accept-Language", "").split(","):
        primary = offer.split(";")[0].strip().lower().split("-")[0]
        if primary in LANGUAGES:
            return primary
    return LANGUAGES[0]


def say(sentence: str, language: str) -> str:
    """Return ``sentence`` in ``language``; English where there is no translation."""
    return translations(language).gettext(sentence)


@cache
def translations(language: str) -> NullTranslations:
    """Return the hub's catalogue for ``language``, compiled from its ``.po`` file in memory."""
    source = LOCALE / language / "LC_MESSAGES" / "hub.po"
    if not source.exists():
        return NullTranslations()
    compiled = BytesIO()
    with source.open("rb") as po:
        write_mo(compiled, read_po(po, locale=language))
    compiled.seek(0)
    return GNUTranslations(compiled)
