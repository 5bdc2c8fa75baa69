"""Wrong tries make whoever tries wait, longer each time, and time forgives."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.fakes.world import ORGANISATIONS, PEOPLE

from polderlab_catalog.domain.organisations import OrganisationKind, OrganisationState
from polderlab_catalog.domain.people import LabRole
from polderlab_catalog.domain.sign_ins import Tries
from polderlab_catalog.policy.decisions import Code
from polderlab_catalog.policy.sign_ins import (
    BY_ADDRESS,
    BY_NAME,
    LONGEST_WAIT,
    Allowance,
    address_counted,
    after_failure,
    may_be_vouched_for,
    may_enter,
    may_try,
)

NOW = datetime(2026, 11, 2, tzinfo=UTC)
TODAY = NOW.date()
MINUTE = timedelta(minutes=1)
ADA, RAVI = PEOPLE["waterdienst-admin"], PEOPLE["rivierstad-analyst"]


def after(failures: int, allowance: Allowance = BY_NAME) -> Tries:
    tries = Tries("name:ravi")
    for _ in range(failures):
        tries = after_failure(tries, allowance, NOW)
    return tries


def waits(tries: Tries) -> timedelta:
    return (tries.locked_until or NOW) - NOW


@pytest.mark.parametrize(("allowance", "free"), [(BY_NAME, 5), (BY_ADDRESS, 30)])
def test_the_last_free_try_is_the_first_that_locks(allowance: Allowance, free: int) -> None:
    assert may_try([after(free - 1, allowance)], NOW)
    locked = may_try([after(free, allowance)], NOW)
    assert locked.code is Code.ACCOUNT_LOCKED
    assert "in 1 min" in locked.message
    assert may_try([after(free, allowance)], NOW + MINUTE)


def test_each_further_failure_doubles_the_wait_up_to_an_hour() -> None:
    assert [waits(after(n)) // MINUTE for n in range(4, 13)] == [0, 1, 2, 4, 8, 16, 32, 60, 60]


def test_of_two_locks_the_longer_one_counts() -> None:
    held = [after(5), Tries("address:192.0.2.7", 40, NOW, NOW + 7 * MINUTE)]
    assert "in 7 min" in may_try(held, NOW).message
    assert "in 7 min" in may_try(held[::-1], NOW).message


def test_the_minutes_left_are_rounded_up() -> None:
    almost = NOW + waits(after(7)) - timedelta(seconds=61)
    assert "in 2 min" in may_try([after(7)], almost).message


def test_time_forgives_one_failure_at_a_time() -> None:
    later = after_failure(after(9), BY_NAME, NOW + 3 * BY_NAME.forgiven)
    assert later.failed == 7
    assert after_failure(after(9), BY_NAME, NOW + timedelta(days=2)).failed == 1


@given(st.lists(st.integers(0, 10**6), max_size=300))
def test_no_lock_is_longer_than_an_hour_whatever_was_tried(seconds: list[int]) -> None:
    tries, now = Tries("address:x"), NOW
    for passed in seconds:
        now += timedelta(seconds=passed)
        tries = after_failure(tries, BY_ADDRESS, now)
        assert tries.failed >= 1
        assert (tries.locked_until or now) - now <= LONGEST_WAIT
        assert may_try([tries], now + LONGEST_WAIT)


@pytest.mark.parametrize(
    ("origin", "counted"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("127.0.0.1", ""),
        ("::1", ""),
        ("::ffff:127.0.0.1", ""),
        ("", ""),
        ("no address", ""),
    ],
)
def test_tries_are_counted_by_network_and_never_for_the_machine_itself(
    origin: str, counted: str
) -> None:
    assert address_counted(origin) == counted


def test_where_administrators_need_a_second_factor_only_they_are_asked_for_it() -> None:
    lead, city = ORGANISATIONS["waterdienst"], ORGANISATIONS["rivierstad"]
    one = may_enter(ADA, lead, TODAY, second_factor=False, administrators_need_one=True)
    assert one.code is Code.SECOND_FACTOR_NEEDED
    assert may_enter(ADA, lead, TODAY, second_factor=True, administrators_need_one=True)
    assert may_enter(ADA, lead, TODAY)
    assert may_enter(RAVI, city, TODAY, administrators_need_one=True)


def test_nobody_enters_after_the_last_day_of_the_agreement() -> None:
    city = replace(ORGANISATIONS["rivierstad"], agreed_until=TODAY)
    administrator = replace(RAVI, roles=frozenset({LabRole.ORGANISATION_ADMINISTRATOR}))
    for person in (RAVI, administrator):
        assert may_enter(person, city, TODAY)
        ended = may_enter(person, city, TODAY + timedelta(days=1))
        assert ended.code is Code.AGREEMENT_ENDED
        assert city.name.nl in ended.message


def test_nobody_enters_from_an_organisation_that_is_not_in() -> None:
    for state in set(OrganisationState) - {OrganisationState.ACTIVE}:
        city = replace(ORGANISATIONS["rivierstad"], state=state)
        assert may_enter(RAVI, city, TODAY).code is Code.ORGANISATION_NOT_ACTIVE


def test_a_day_set_for_the_lead_agency_itself_locks_no_lab_administrator_out() -> None:
    lead = replace(ORGANISATIONS["waterdienst"], agreed_until=TODAY - timedelta(days=1))
    assert may_enter(ADA, lead, TODAY)
    assert may_enter(ADA, replace(lead, kind=OrganisationKind.PARTNER), TODAY).code is (
        Code.AGREEMENT_ENDED
    )


def test_a_provider_speaks_for_people_of_its_organisation_only() -> None:
    assert may_be_vouched_for(RAVI, "rivierstad")
    assert may_be_vouched_for(RAVI, "kustregio").code is Code.NOT_IN_REGISTER
    # Whether the person exists at all cannot be told from the answer.
    assert may_be_vouched_for(None, "kustregio") == may_be_vouched_for(RAVI, "kustregio")
