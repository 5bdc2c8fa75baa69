"""Text becomes the words it is found by."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from polderlab_catalog.storage.words import MOST_WORDS, asked, beginning, indexed, stem, words


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Eén Waterschap: ’t Zuiden", ["een", "waterschap", "t", "zuiden"]),
        ("growth_study", ["growth", "study"]),
        ("ﬁets Straße İ", ["fiets", "strasse", "i"]),
        ('\x00 🌊 -- "', []),
    ],
)
def test_words_are_cut_and_freed_of_accents(text: str, found: list[str]) -> None:
    assert words(text) == found


def test_a_word_is_found_by_its_dutch_and_its_english_stem() -> None:
    assert {"gemeenten", stem("gemeente", "nl")} <= indexed("Gemeenten", "nl")
    assert asked("schools") == [{"schools", "school"}]


def test_common_words_count_only_when_there_are_no_others() -> None:
    assert len(asked("de bodem van de stad")) == 2
    assert asked("de") == [{"de"}]
    assert len(asked("a1 " * 5 + " ".join(f"w{n}" for n in range(50)))) == MOST_WORDS


@pytest.mark.parametrize(
    ("query", "last"), [("water", "water"), ("mijn wat", "wat"), ("wat ", ""), ("w", ""), ("", "")]
)
def test_only_a_last_word_that_may_go_on_is_a_beginning(query: str, last: str) -> None:
    assert beginning(query) == last


def test_threads_that_stem_at_once_do_not_mix_their_words() -> None:
    made = [f"waterschappen{n}en" for n in range(400)]
    alone = [stem.__wrapped__(word, "nl") for word in made]
    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(lambda word: stem(word, "nl"), made)) == alone
