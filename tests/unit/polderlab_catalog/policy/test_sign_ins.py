"""Ten wrong passwords lock for ten minutes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from polderlab_catalog.domain.people import Credentials
from polderlab_catalog.policy.decisions import Code
from polderlab_catalog.policy.sign_ins import LOCKED_FOR, after_failure, after_success, may_try

NOW = datetime(2026, 11, 2, tzinfo=UTC)


def after(failures: int) -> Credentials:
    credentials = Credentials("ravi", "hash")
    for _ in range(failures):
        credentials = after_failure(credentials, NOW)
    return credentials


def test_nine_wrong_passwords_leave_the_account_open() -> None:
    assert may_try(after(9), NOW)


def test_the_tenth_locks_it_for_ten_minutes() -> None:
    locked = may_try(after(10), NOW)
    assert locked.code is Code.ACCOUNT_LOCKED
    assert "Wait 10 minutes" in locked.message
    assert may_try(after(10), NOW + LOCKED_FOR)


def test_the_minutes_left_are_rounded_up() -> None:
    almost = NOW + LOCKED_FOR - timedelta(seconds=61)
    assert "Wait 2 minutes" in may_try(after(10), almost).message


def test_a_right_password_forgets_the_wrong_ones() -> None:
    assert after_success(after(9)) == Credentials("ravi", "hash")
