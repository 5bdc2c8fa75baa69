"""Months in local time, and sums that are exact."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polderlab_catalog.domain.usage import MICROSECOND, Month, Span, Use

ZONES = [ZoneInfo(z) for z in ("Europe/Amsterdam", "UTC", "America/St_Johns", "Pacific/Apia")]
moments = st.datetimes(
    datetime(2025, 1, 1),  # noqa: DTZ001  (hypothesis wants bounds without a zone)
    datetime(2027, 12, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)


@pytest.mark.parametrize(
    ("day", "hours"),
    [
        (date(2026, 3, 15), 31 * 24 - 1),
        (date(2026, 10, 31), 31 * 24 + 1),
        (date(2026, 11, 30), 30 * 24),
        (date(2028, 2, 29), 29 * 24),
    ],
)
def test_a_month_is_as_long_as_it_is_where_the_lab_is(day: date, hours: int) -> None:
    month = Month.of(day, ZoneInfo("Europe/Amsterdam"))
    assert month.ends - month.begins == timedelta(hours=hours)


def test_a_session_over_new_year_is_split_at_local_midnight() -> None:
    amsterdam = ZoneInfo("Europe/Amsterdam")
    started = datetime(2026, 12, 31, 22, 30, tzinfo=UTC)  # half past eleven there
    span = Span("s", "u", "p", 2, 10, started, started + timedelta(hours=2))
    december = Use.of(span, Month.of(date(2026, 12, 1), amsterdam), started)
    january = Use.of(span, Month.of(date(2027, 1, 1), amsterdam), started)
    assert (december.cpu_hours, january.cpu_hours) == (1, 3)


@given(st.sampled_from(ZONES), moments, st.timedeltas(timedelta(0), timedelta(days=200)))
def test_the_months_of_a_session_add_up_to_the_session(
    zone: ZoneInfo, started: datetime, lasted: timedelta
) -> None:
    ended = started + lasted
    span = Span("s", "u", "p", 0.5, 3 * 2**30 + 1, started, ended)
    month, parts = Month.at(started, zone), Use()
    while month.begins <= ended:
        parts += Use.of(span, month, ended)
        month = Month.of(month.renews, zone)
    whole = lasted // MICROSECOND
    assert parts == Use(whole, 500 * whole, (3 * 2**30 + 1) * whole)


def test_a_clock_that_was_put_back_makes_no_negative_use() -> None:
    started = datetime(2026, 11, 2, tzinfo=UTC)
    span = Span("s", "u", "p", 1, 1, started, started - timedelta(hours=1))
    assert Use.of(span, Month.at(started, ZONES[0]), started) == Use()
