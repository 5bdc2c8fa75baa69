"""Every refusal is a whole sentence that says what to do next."""

from __future__ import annotations

import string

import pytest

from polderlab_catalog.policy.decisions import ALLOWED, MESSAGES, WORDS, Code, refused


def blanks(message: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(message) if name}


def test_every_code_has_its_sentence() -> None:
    assert set(MESSAGES) == set(Code)


@pytest.mark.parametrize("code", [code for code in Code if code is not Code.HUB_REFUSED])
def test_a_sentence_ends_as_one_and_leaves_no_blanks(code: Code) -> None:
    details = dict.fromkeys(blanks(MESSAGES[code]), "something")
    message = refused(code, **details).message
    assert message.endswith(".")
    assert "{" not in message
    assert "}" not in message


@pytest.mark.parametrize("code", [code for code in Code if code is not Code.ALLOWED])
def test_a_refusal_is_false(code: Code) -> None:
    assert not refused(code)


def test_only_allowed_is_true() -> None:
    assert ALLOWED
    assert ALLOWED.allowed


def test_braces_in_a_name_stay_as_they_are() -> None:
    odd = "{0.__class__}"
    assert odd in refused(Code.UNKNOWN_DATASET, dataset=odd).message


def test_words_among_the_details_are_translated_with_the_sentence() -> None:
    decision = refused(
        Code.NO_ROOM_IN_ORGANISATION, organisation="X", resource="memory", free="1", asked="2"
    )
    assert "memory" in WORDS
    assert "MEMORY" in decision.say(lambda text: "{resource}" if " " in text else text.upper())
