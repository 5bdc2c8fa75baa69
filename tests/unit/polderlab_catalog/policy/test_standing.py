"""Who may be in a project today."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from tests.fakes.world import MEMBERS, ORGANISATIONS, PEOPLE, PROJECTS

from polderlab_catalog.domain.projects import MemberRole
from polderlab_catalog.policy.decisions import Code
from polderlab_catalog.policy.standing import Standing, may_belong, may_work

TODAY = date(2026, 11, 2)
RAVI = Standing(
    asked="river-access",
    today=TODAY,
    person=PEOPLE["rivierstad-analyst"],
    organisation=ORGANISATIONS["rivierstad"],
    project=PROJECTS["river-access"],
    owner=ORGANISATIONS["rivierstad"],
    membership=MEMBERS[1],
)
SUSPENDED = replace(ORGANISATIONS["kustregio"], suspended=True)


def test_a_member_of_a_running_project_may_work() -> None:
    assert may_work(RAVI)


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        (replace(RAVI, person=None), Code.NOT_A_MEMBER),
        (replace(RAVI, project=None), Code.NOT_A_MEMBER),
        (replace(RAVI, membership=None), Code.NOT_A_MEMBER),
        (
            replace(RAVI, person=replace(PEOPLE["rivierstad-analyst"], active=False)),
            Code.PERSON_INACTIVE,
        ),
        (replace(RAVI, organisation=SUSPENDED), Code.ORGANISATION_SUSPENDED),
        (replace(RAVI, owner=SUSPENDED), Code.ORGANISATION_SUSPENDED),
        (replace(RAVI, today=date(2025, 12, 31)), Code.PROJECT_NOT_STARTED),
        (replace(RAVI, today=date(2028, 1, 1)), Code.PROJECT_ENDED),
    ],
)
def test_others_may_not(facts: Standing, code: Code) -> None:
    assert may_belong(facts).code is code
    assert may_work(facts).code is code


@pytest.mark.parametrize("day", [date(2026, 1, 1), date(2027, 12, 31)])
def test_the_first_and_the_last_day_count(day: date) -> None:
    assert may_work(replace(RAVI, today=day))


def test_a_viewer_belongs_but_does_not_work() -> None:
    viewer = replace(RAVI, membership=replace(MEMBERS[1], role=MemberRole.VIEWER))
    assert may_belong(viewer)
    assert may_work(viewer).code is Code.VIEWER_STARTS_NO_SESSION


def test_anothers_project_and_no_project_look_alike() -> None:
    absent = may_belong(replace(RAVI, project=None, owner=None, membership=None))
    forbidden = may_belong(replace(RAVI, membership=None))
    assert absent == forbidden


def test_an_ended_project_says_when() -> None:
    day_after = replace(RAVI, today=PROJECTS["river-access"].ends + timedelta(days=1))
    assert "ended on 2027-12-31" in may_work(day_after).message
