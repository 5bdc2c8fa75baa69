"""What can be the matter with another catalogue, and the sentence for it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

from polderlab_catalog.policy.decisions import MESSAGES, N_, Code

NO_ANSWER = N_("The catalogue does not answer.")
STATUS = N_("The catalogue answers with status {status}.")
ROUND = N_("The catalogue sends us from one address to the next without end.")
NO_ADDRESS = N_("The catalogue sends us to what is no web address.")
LARGE_PAGE = N_("A page of the catalogue is larger than {size} MiB.")
SLOW_PAGE = N_("A page of the catalogue takes longer than {seconds} seconds.")
SLOW = N_("Reading the whole catalogue takes longer than {minutes} minutes.")
MANY_PAGES = N_("The catalogue has more than {count} pages.")
MANY_DATASETS = N_("The catalogue has more than {count} datasets.")
MANY_STATEMENTS = N_("A page of the catalogue holds more than {count} statements.")
OTHER_FORM = N_("The catalogue is not written as Turtle, RDF/XML or JSON-LD.")
NOT_WELL_FORMED = N_("The catalogue cannot be read: it is not well-formed.")
ENTITIES = N_("The catalogue declares XML entities, which the lab does not follow.")
CONTEXT = N_(
    "The catalogue refers to a JSON-LD context elsewhere, which the lab does not fetch. Ask for "
    "Turtle, or for the context within the document."
)
NOTHING = N_("There are no datasets in this catalogue.")
ADDRESS = N_("give a web address that begins with https:// or http://")
LONGEST_HOURS = 24 * 31
HOURS = N_("give a number from 1 to 744")
KNOWN = N_("this catalogue is harvested already")

_SENTENCES = (
    NO_ANSWER, STATUS, ROUND, NO_ADDRESS, LARGE_PAGE, SLOW_PAGE, SLOW, MANY_PAGES, MANY_DATASETS,
    MANY_STATEMENTS, OTHER_FORM, NOT_WELL_FORMED, ENTITIES, CONTEXT, NOTHING,
    MESSAGES[Code.SOURCE_NOT_ALLOWED],
)  # fmt: skip
_BLANK = re.compile(r"\\{(\w+)\\}")


def recognised(error: str) -> tuple[str, Mapping[str, str]]:
    """Return the sentence that ``error`` was made of, and what fills its blanks.

    The register keeps what was told then, in English; this is how pages tell it in Dutch. What
    nobody knows any more stays as it was.
    """
    for sentence, pattern in _patterns():
        found = pattern.fullmatch(error)
        if found:
            return sentence, found.groupdict()
    return error.replace("{", "{{").replace("}", "}}"), {}


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple(
        (each, re.compile(_BLANK.sub(r"(?P<\1>\\S+)", re.escape(each)))) for each in _SENTENCES
    )
