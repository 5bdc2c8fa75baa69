"""Once an organisation takes no part any more, its own people decide on nothing of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from tests.fakes.world import DATASETS, ORGANISATIONS, PEOPLE, PROJECTS

from polderlab_catalog.domain.actors import Actor
from polderlab_catalog.domain.datasets import Classification, Version
from polderlab_catalog.domain.ingests import Ingest, IngestState
from polderlab_catalog.domain.organisations import Organisation, OrganisationState
from polderlab_catalog.domain.projects import LegalBasis
from polderlab_catalog.domain.requests import AccessRequest, ApprovalRole
from polderlab_catalog.policy.dcat import may_be_downloaded
from polderlab_catalog.policy.decisions import Code, Decision
from polderlab_catalog.policy.grants import may_grant, may_revoke
from polderlab_catalog.policy.handing_in import may_follow, may_see_rows
from polderlab_catalog.policy.publishing import (
    may_describe,
    may_download,
    may_fetch,
    may_publish,
    may_publish_for,
)
from polderlab_catalog.policy.requests import (
    Case,
    can_see,
    is_decider,
    may_approve,
    may_decide,
    may_see_uses,
)

LAST = date(2026, 11, 30)
AFTER = LAST + timedelta(days=1)
STUDY = replace(DATASETS["growth_study"], classification=Classification.INTERNAL)
OPEN = replace(STUDY, classification=Classification.PUBLIC, open_download=True)
AGREED = replace(ORGANISATIONS["kustregio"], agreed_until=LAST)
LEFT = replace(ORGANISATIONS["kustregio"], state=OrganisationState.LEFT)
STEWARD = Actor.for_person(PEOPLE["kustregio-steward"])
REQUEST = AccessRequest(
    id="1",
    dataset=STUDY.name,
    project="river-access",
    asked_by="person:rivierstad-analyst",
    asked=datetime(2026, 11, 1, tzinfo=UTC),
    purpose="to know",
    legal_basis=LegalBasis.PUBLIC_TASK,
    until=date(2026, 12, 31),
)
INGEST = Ingest(
    "1", STUDY.name, "person:other", "x.csv", "x", 1, REQUEST.asked, IngestState.DETECTED
)
VERSION = Version(STUDY.name, 1, REQUEST.asked, ())


def case(owner: Organisation, today: date) -> Case:
    return Case(STEWARD, REQUEST, STUDY, owner, None, today)


RULES: dict[str, Callable[[Organisation, date], Decision | bool]] = {
    "grant": lambda owner, today: may_grant(
        STEWARD, STUDY, owner, PROJECTS["river-access"], until=date(2026, 12, 31), today=today
    ),
    "revoke": lambda owner, today: may_revoke(STEWARD, STUDY, owner, today),
    "publish": lambda owner, today: may_publish(STEWARD, STUDY, owner, today),
    "publish anew": lambda owner, today: may_publish_for(STEWARD, owner, today),
    "describe": lambda owner, today: may_describe(STEWARD, STUDY, OPEN, owner, today),
    "fetch": lambda owner, today: may_fetch(STEWARD, STUDY, owner, today),
    "download": lambda owner, today: may_download(STEWARD, STUDY, owner, VERSION, today),
    "follow a file": lambda owner, today: may_follow(STEWARD, INGEST, STUDY, owner, today),
    "see its rows": lambda owner, today: may_see_rows(STEWARD, INGEST, STUDY, owner, today),
    "answer": lambda owner, today: is_decider(STEWARD, STUDY, owner, today),
    "see a request": lambda owner, today: can_see(case(owner, today)),
    "decide": lambda owner, today: may_decide(case(owner, today)),
    "approve": lambda owner, today: may_approve(case(owner, today), ApprovalRole.STEWARD),
    "see uses": lambda owner, today: may_see_uses(STEWARD, STUDY, owner, today),
    "give to anyone": lambda owner, today: may_be_downloaded(OPEN, owner, today),
}


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_it_holds_through_the_last_day_of_the_agreement(
    rule: Callable[[Organisation, date], Decision | bool],
) -> None:
    assert rule(AGREED, LAST)
    assert not rule(AGREED, AFTER)


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_an_organisation_that_left_decides_on_nothing(
    rule: Callable[[Organisation, date], Decision | bool],
) -> None:
    assert rule(replace(LEFT, state=OrganisationState.ACTIVE), LAST)
    assert not rule(LEFT, LAST)


def test_the_refusal_says_what_ended() -> None:
    decision = may_revoke(STEWARD, STUDY, AGREED, AFTER)
    assert decision.code is Code.AGREEMENT_ENDED
    assert is_decider(STEWARD, STUDY, LEFT, LAST).code is Code.ORGANISATION_NOT_ACTIVE
