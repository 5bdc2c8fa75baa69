"""Which language, and how dates and amounts are said in it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from polderlab_catalog.domain.texts import Text
from polderlab_catalog.web.languages import Speech, choose

ZONE = ZoneInfo("Europe/Amsterdam")


@pytest.mark.parametrize(
    ("cookie", "header", "language"),
    [
        (None, None, "nl"),
        (None, "en-GB,en;q=0.9", "en"),
        (None, "de, en;q=0.5, nl;q=0.8", "nl"),
        (None, "fr", "nl"),
        (None, "en;q=nonsense", "nl"),
        (None, "en;q=0", "nl"),
        ("en", "nl", "en"),
        ("xx", "en", "en"),
        (None, "en," * 10000, "en"),
    ],
)
def test_the_choice_comes_first_then_the_browser_then_dutch(
    cookie: str | None, header: str | None, language: str
) -> None:
    assert choose(cookie, header) == language


def test_dates_times_and_numbers_follow_the_language() -> None:
    dutch, english = Speech("nl", ZONE), Speech("en", ZONE)
    now = datetime(2026, 12, 5, 8, 41, tzinfo=UTC)
    earlier = datetime(2026, 12, 4, 23, 30, tzinfo=UTC)
    assert dutch.day(date(2026, 12, 5)) == "5 december 2026"
    assert english.day(date(2026, 12, 5)) == "5 December 2026"
    assert (dutch.moment(now, now), english.moment(now, now)) == ("9.41 uur", "9:41")
    assert dutch.moment(earlier, now) == "0.30 uur", "half past midnight here is today"
    assert (dutch.number(10030), english.number(10030)) == ("10.030", "10,030")
    assert (dutch.size(1536 * 1024), english.size(1536 * 1024)) == ("1,5 MB", "1.5 MB")
    assert dutch.memory(0) == "0 GB"


def test_a_text_that_lacks_a_language_says_which_one_it_is_in() -> None:
    english = Speech("en", ZONE)
    assert english.lang(Text("Wateratlas", "")) == "nl"
    assert english.lang(Text("Wateratlas", "Water atlas")) is None


def test_what_ends_at_midnight_holds_through_the_day_before() -> None:
    midnight = datetime(2026, 12, 5, 0, 0, tzinfo=ZONE)
    speech = Speech("nl", ZONE)
    assert speech.last_day(midnight) == date(2026, 12, 4)
    assert speech.last_day(midnight.replace(hour=9)) == date(2026, 12, 5)
