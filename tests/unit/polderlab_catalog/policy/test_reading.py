"""Whose key works, and what it opens."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.fakes.world import AMSTERDAM, DATASETS, PROJECTS
from tests.unit.polderlab_catalog.policy.test_sessions import RUNNING

from polderlab_catalog.domain.grants import Grant
from polderlab_catalog.domain.sessions import SessionState
from polderlab_catalog.policy.decisions import Code
from polderlab_catalog.policy.reading import last_day, live_grant, may_read, session_holds

NOW = datetime(2026, 11, 2, 11, tzinfo=UTC)
DAY = timedelta(days=1)
PROJECT, STUDY = PROJECTS["river-access"], DATASETS["growth_study"]
GRANT = Grant("g", STUDY.name, PROJECT.slug, NOW - DAY, NOW + DAY, "person:x")
HERE = replace(RUNNING, address="10.213.0.2")


@pytest.mark.parametrize(
    ("session", "address", "code"),
    [
        (HERE, "10.213.0.2", Code.ALLOWED),
        (HERE, "::ffff:10.213.0.2", Code.ALLOWED),
        (HERE, "10.213.0.3", Code.WRONG_ADDRESS),
        (HERE, "", Code.WRONG_ADDRESS),
        (HERE, "10.213.0.2, 10.213.0.3", Code.WRONG_ADDRESS),
        (replace(HERE, address=None), "10.213.0.2", Code.WRONG_ADDRESS),
        (replace(HERE, state=SessionState.STARTING), "10.213.0.2", Code.SESSION_NOT_READY),
        (replace(HERE, state=SessionState.CLOSED), "10.213.0.2", Code.SESSION_CLOSED),
        (None, "10.213.0.2", Code.NOT_SIGNED_IN),
    ],
)
def test_a_key_works_while_the_session_runs_and_from_its_own_address(
    session: object, address: str, code: Code
) -> None:
    assert session_holds(session, address).code is code  # type: ignore[arg-type]


def test_public_data_needs_no_grant() -> None:
    assert may_read(PROJECT, DATASETS["water_bodies"], [], NOW, AMSTERDAM)


@pytest.mark.parametrize("name", ["growth_study", "soil_survey"])
def test_internal_and_confidential_data_do(name: str) -> None:
    assert may_read(PROJECT, DATASETS[name], [], NOW, AMSTERDAM).code is Code.NO_GRANT


@pytest.mark.parametrize(
    ("grants", "code", "says"),
    [
        ([GRANT], Code.ALLOWED, ""),
        ([replace(GRANT, starts=NOW)], Code.ALLOWED, ""),
        ([replace(GRANT, ends=NOW)], Code.GRANT_ENDED, "ended on 2026-11-02"),
        ([replace(GRANT, starts=NOW + DAY, ends=NOW + 2 * DAY)], Code.GRANT_NOT_STARTED, "11-03"),
        ([replace(GRANT, revoked=NOW)], Code.GRANT_REVOKED, "revoked on 2026-11-02"),
        ([replace(GRANT, revoked=NOW), replace(GRANT, id="h")], Code.ALLOWED, ""),
        ([replace(GRANT, project="youth-health")], Code.NO_GRANT, "never granted"),
        ([replace(GRANT, dataset="soil_survey")], Code.NO_GRANT, "never granted"),
    ],
)
def test_a_grant_is_told_as_it_stands(grants: list[Grant], code: Code, says: str) -> None:
    decision = may_read(PROJECT, STUDY, grants, NOW, AMSTERDAM)
    assert decision.code is code
    assert says in decision.message


def test_the_last_day_is_the_day_before_midnight_in_the_lab() -> None:
    midnight = datetime(2026, 6, 30, 22, tzinfo=UTC)  # 1 July, 0:00 in Amsterdam
    assert last_day(replace(GRANT, ends=midnight), AMSTERDAM) == "2026-06-30"


moments = st.integers(-5, 5).map(lambda hours: NOW + timedelta(hours=hours))


@given(
    st.lists(
        st.builds(
            Grant,
            id=st.just("g"),
            dataset=st.sampled_from(sorted(DATASETS)),
            project=st.sampled_from(sorted(PROJECTS)),
            starts=moments,
            ends=moments,
            granted_by=st.just("x"),
            revoked=st.none() | moments,
        ),
        max_size=6,
    ),
    moments,
)
def test_reading_and_holding_a_live_grant_are_the_same_thing(
    grants: list[Grant], now: datetime
) -> None:
    may = may_read(PROJECT, STUDY, grants, now, AMSTERDAM)
    assert may.allowed == any(
        g.project == PROJECT.slug
        and g.dataset == STUDY.name
        and g.revoked is None
        and g.starts <= now < g.ends
        for g in grants
    )
    assert may.allowed == (live_grant(grants, PROJECT.slug, STUDY.name, now) is not None)
    assert "{" not in may.message
