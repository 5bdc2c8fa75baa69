"""Which language a request is answered in."""

from __future__ import annotations

from babel.core import negotiate_locale

from polderlab_catalog.domain.texts import LANGUAGES
from polderlab_catalog.speech import LOCALES, Speech, translations

__all__ = ["COOKIE", "LOCALES", "Speech", "choose", "translations"]

COOKIE = "polderlab-language"


def choose(cookie: str | None, accept_language: str | None) -> str:
    """Return the language someone chose, else the best their browser asks for, else Dutch."""
    if cookie in LANGUAGES:
        return str(cookie)
    wanted: list[tuple[float, str]] = []
    for item in (accept_language or "")[:500].split(","):
        tag, _, parameters = item.strip().partition(";")
        quality = 1.0
        if parameters.strip().startswith("q="):
            try:
                quality = float(parameters.strip()[2:])
            except ValueError:
                continue
        if tag and quality > 0:
            wanted.append((-quality, tag.split("-")[0].lower()))
    tags = [tag for _, tag in sorted(wanted, key=lambda pair: pair[0])]
    return negotiate_locale(tags, LANGUAGES) or LANGUAGES[0]
