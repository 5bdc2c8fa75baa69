"""From text to the words it is found by, the same for indexing, searching and every database.

A word is found as it is written, without its accents, and by its Dutch and its English stem
(Porter's Snowball). Prefixes are matched on the words, so those are indexed beside the stems.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache
from threading import Lock

import snowballstemmer

LANGUAGES = {"nl": "dutch", "en": "english"}
MOST_WORDS, LONGEST_WORD = 12, 40

_TURN = Lock()
"""A stemmer holds the word it works on: one at a time."""

_WORD = re.compile(r"[^\W_]+")
_SMALL = frozenset(
    word
    for line in (
        "aan al als bij dat de den der die dit een en er het hoe in is met naar niet of om onder",
        "ook op over per te tot uit van voor wat wie worden zijn",
        "a an and are as at by for from how of on or that the this to what which who with",
    )
    for word in line.split()
)
"""Words too common to narrow anything; they count only when nothing else is asked."""


def words(text: str) -> list[str]:
    """Return the words of ``text`` in lower case, without accents, in order."""
    plain = text.lower() if text.isascii() else _plain(text)
    return [word[:LONGEST_WORD] for word in _WORD.findall(plain)]


def _plain(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text).casefold()
    return "".join(each for each in decomposed if not unicodedata.combining(each))


def indexed(text: str, *languages: str) -> set[str]:
    """Return what ``text`` is found by: its words and their stems in ``languages``."""
    found = words(text)
    stems = {stem(word, each) for word in found if not word.isdecimal() for each in languages}
    return stems.union(found)


def asked(query: str) -> list[set[str]]:
    """Return per word of ``query`` the forms of which one must be there; at most twelve words."""
    found = list(dict.fromkeys(words(query)))
    telling = [word for word in found if word not in _SMALL] or found
    return [{word, *(stem(word, each) for each in LANGUAGES)} for word in telling[:MOST_WORDS]]


def beginning(query: str) -> str:
    """Return the last word of ``query`` when it may still be being written, else nothing."""
    found = words(query)
    if not found or not query[-1:].isalnum() or len(found[-1]) < 2 or len(found) > MOST_WORDS:
        return ""
    return found[-1]


@lru_cache(maxsize=100_000)
def stem(word: str, language: str) -> str:
    """Return the stem of ``word`` in ``language`` (ISO 639-1)."""
    with _TURN:
        found: str = _stemmer(language).stemWord(word)
    return found


@cache
def _stemmer(language: str) -> snowballstemmer.stemmer:
    return snowballstemmer.stemmer(LANGUAGES[language])
