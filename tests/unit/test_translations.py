"""Everything people read exists in both languages, and the catalogues hold nothing else."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from babel.messages.catalog import Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parents[2]
METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2")]
OPTIONS = {"**/templates/**.html": {"trim_blocks": "true", "lstrip_blocks": "true"}}
KEYWORDS = {"_": None, "gettext": None, "N_": None, "ngettext": (1, 2)}
BLANK = re.compile(r"{(\w*)}")

LAB = ROOT / "catalog" / "polderlab_catalog"


def extracted() -> set[str]:
    found = extract_from_dir(LAB, METHODS, OPTIONS, keywords=KEYWORDS)
    return {
        each if isinstance(each, str) else each[0]
        for _, _, each, _, _ in found
        if (each if isinstance(each, str) else each[0])
    }


def messages() -> list[Message]:
    with (LAB / "locale" / "nl" / "LC_MESSAGES" / "lab.po").open("rb") as file:
        return [message for message in read_po(file, locale="nl") if message.id]


def strings(value: str | tuple[str, ...] | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def test_every_sentence_of_the_code_is_in_the_catalogue_and_no_other() -> None:
    known = {strings(message.id)[0] for message in messages()}
    assert extracted() == known


@pytest.mark.parametrize("message", messages(), ids=lambda m: str(strings(m.id)[0])[:40])
def test_every_message_is_translated_with_the_same_blanks(message: Message) -> None:
    assert not message.fuzzy
    translated = strings(message.string)
    assert all(translated)
    wanted = {blank for each in strings(message.id) for blank in BLANK.findall(each)}
    for each in translated:
        assert set(BLANK.findall(each)) == wanted
