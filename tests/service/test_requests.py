"""The desk: asking on a page, talking, deciding, and what a page must not let through."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

import httpx
import pytest
from tests.fakes.world import PEOPLE, distribution
from tests.service.conftest import PREFIX, Service

from polderlab_catalog.application.actors import Actor
from polderlab_catalog.domain.datasets import Column
from polderlab_catalog.domain.requests import ApprovalRole
from polderlab_catalog.domain.scopes import Condition, Operator, Scope
from polderlab_catalog.domain.texts import Text

STUDY = f"{PREFIX}/datasets/growth_study"
COLUMNS = (
    Column("hgt", "double", Text("lengte", "height")),
    Column("age", "int32"),
    Column("reg", "string"),
)
ASKER, LEAD = "rivierstad-analyst", "rivierstad-lead"
STEWARD, PRIVACY = "kustregio-steward", "kustregio-privacy"


@pytest.fixture(autouse=True)
def columns(service: Service) -> None:
    service.lab.administration.publish_version(
        service.world.operator,
        "growth_study",
        (replace(distribution("growth_study", 2), columns=COLUMNS),),
    )


async def post(
    service: Service, username: str, path: str, form: dict[str, object]
) -> httpx.Response:
    async with service.visit(username) as client:
        return await client.post(path, data={**form, "csrf": service.csrf(username)})


async def look(service: Service, username: str, path: str, language: str = "en") -> httpx.Response:
    async with service.visit(username, language) as client:
        return await client.get(path)


def form(**changes: object) -> dict[str, object]:
    return {
        "project": "river-access",
        "purpose": "Compare growth",
        "legal_basis": "legal-obligation",
        "until": "2027-06-30",
        "offered": "1",
        "column": ["hgt", "age"],
    } | changes


async def asked(service: Service, **changes: object) -> str:
    answer = await post(service, ASKER, f"{STUDY}/requests", form(**changes))
    assert answer.status_code == 303
    return answer.headers["location"]


async def test_a_request_goes_from_page_to_page_to_its_grant(service: Service) -> None:
    page = await asked(service)
    assert "waits for the steward and the privacy officer" in (await look(service, LEAD, page)).text
    menu = (await look(service, STEWARD, f"{PREFIX}/")).text
    assert re.search(r'pl-count">1<', menu)

    await post(service, STEWARD, f"{page}/messages", {"text": "Are whole years enough?"})
    shown = (await look(service, ASKER, page)).text
    assert "Are whole years enough?" in shown
    assert "waits for your answer" in shown
    await post(service, ASKER, f"{page}/messages", {"text": "They are."})

    decision = {
        "role": "steward", "until": "2027-01-31", "offered": "1", "column": ["age"],
        "condition_column": ["age", "", ""], "condition_operator": ["<", "=", "="],
        "condition_value": ["12", "", ""], "conditions": "Groups of ten.", "note": "Fine",
    }  # fmt: skip
    answer = await post(service, STEWARD, f"{page}/approvals", decision)
    assert (answer.status_code, service.lab.grants.of_dataset("growth_study")) == (303, [])
    shown = (await look(service, PRIVACY, page)).text
    assert "With this approval the project can read at once" in shown
    assert "Groups of ten." in shown

    answer = await post(
        service, PRIVACY, f"{page}/approvals",
        {"role": "privacy-officer", "until": "2027-01-31", "offered": "1", "column": ["age"]},
    )  # fmt: skip
    assert answer.status_code == 303
    (grant,) = service.lab.grants.of_dataset("growth_study")
    assert grant.scope == Scope(("age",), (Condition("age", Operator.LESS, (12,)),))
    assert grant.conditions == "Groups of ten."
    plan = service.world.run(ASKER, "river-access")
    assert service.world.read(plan, "growth_study")

    desk = (await look(service, STEWARD, STUDY)).text
    assert "Sara, Pim" in desk
    assert "only rows where <code>age</code> is less than 12" in desk
    assert "approved, until and including" in (await look(service, ASKER, STUDY)).text


@pytest.mark.parametrize(
    ("changes", "sentences"),
    [
        ({"purpose": " "}, ["Write what the project uses the data for"]),
        ({"until": "soon"}, ["Choose the last day of the access"]),
        ({"until": "2030-01-01"}, ["Choose an end date on or before 31 December 2027"]),
        ({"column": []}, ["Choose at least one column"]),
        ({"column": ["nothing"]}, ["growth_study has no column “nothing” to choose"]),
        ({"project": "youth-health"}, ["You are not a member of project youth-health"]),
        ({"project": ""}, ["Choose one of your projects"]),
        ({"legal_basis": "because"}, ["Choose a legal basis from the list"]),
        ({"purpose": "x" * 2001}, ["Write something here, and keep it short"]),
    ],
)
async def test_a_form_with_mistakes_comes_back_whole_with_what_to_do(
    service: Service, changes: dict[str, object], sentences: list[str]
) -> None:
    given = form(**{"purpose": "My very own purpose", "column": ["age"], **changes})
    answer = await post(service, ASKER, f"{STUDY}/requests", given)
    assert answer.status_code == 422
    for sentence in sentences:
        assert answer.text.count(sentence) == 2, "in the summary and beside the field"
    if "purpose" not in changes:
        assert "My very own purpose</textarea>" in answer.text
    if "column" not in changes:
        assert re.search(r'value="age" checked', answer.text)
    assert service.lab.requests.of(service.world.operator) == []


async def test_a_decision_with_mistakes_comes_back_whole(service: Service) -> None:
    page = await asked(service)
    wrong = {
        "role": "steward", "until": "2030-01-01", "offered": "1", "column": ["age"],
        "conditions": "Keep this", "note": "and this",
    }  # fmt: skip
    for change, sentence in (
        ({}, "Choose an end date on or before 30 June 2027"),
        ({"until": "x"}, "Choose the last day of the access"),
        ({"until": "2027-01-01", "column": []}, "Choose at least one column"),
        (
            {
                "until": "2027-01-01",
                "condition_column": ["age"],
                "condition_operator": ["<"],
                "condition_value": ["twelve"],
            },
            "Column age cannot be compared like that",
        ),
        (
            {
                "until": "2027-01-01",
                "condition_column": ["age"],
                "condition_operator": ["; DROP TABLE grants"],
                "condition_value": ["12"],
            },
            "Choose a comparison and write a value for column age",
        ),
        ({"until": "2027-01-01", "role": "boss"}, "Choose in which role you decide"),
    ):
        answer = await post(service, STEWARD, f"{page}/approvals", {**wrong, **change})
        assert answer.status_code == 422
        assert answer.text.count(sentence) >= 1, sentence
        assert "Keep this</textarea>" in answer.text
        assert "and this</textarea>" in answer.text
    (card,) = service.lab.requests.of(service.world.operator)
    assert card.request.approvals == ()


async def test_the_purpose_of_another_project_is_not_sent_along(service: Service) -> None:
    from polderlab_catalog.domain.projects import MemberRole, Membership

    joined = Membership(ASKER, "youth-health", MemberRole.ANALYST)
    service.lab.administration.register_member(service.world.operator, joined)
    given = form(project="youth-health", purpose="purpose of river-access")
    answer = await post(service, ASKER, f"{STUDY}/requests", given)
    assert answer.status_code == 422
    assert "purpose of youth-health</textarea>" in answer.text


@pytest.mark.parametrize("username", ["rivierstad-steward", "kustregio-analyst"])
async def test_to_others_a_request_does_not_exist(service: Service, username: str) -> None:
    page = await asked(service)
    unknown = f"{PREFIX}/requests/00000000-0000-0000-0000-000000000000"
    for path in (page, unknown):
        assert (await look(service, username, path)).status_code == 404
        for act in ("messages", "approvals", "refusal", "withdrawal"):
            answer = await post(
                service, username, f"{path}/{act}",
                {"text": "x", "reason": "x", "role": "steward", "until": "2027-01-01"},
            )  # fmt: skip
            assert answer.status_code == 404
    assert "growth_study" not in (await look(service, username, f"{PREFIX}/requests")).text
    assert (await look(service, STEWARD, page)).status_code == 200  # the probe works


async def test_who_asked_cannot_decide_and_one_person_cannot_give_both(service: Service) -> None:
    page = await asked(service)
    approval = {"role": "steward", "until": "2027-01-31", "offered": "1", "column": ["age"]}
    answer = await post(service, ASKER, f"{page}/approvals", approval)
    assert answer.status_code == 403
    assert "Only stewards and privacy officers of Kustregio" in answer.text
    both = replace(PEOPLE[STEWARD], roles=PEOPLE[STEWARD].roles | PEOPLE[PRIVACY].roles)
    service.lab.administration.register_person(service.world.operator, both)
    assert (await post(service, STEWARD, f"{page}/approvals", approval)).status_code == 303
    second = {**approval, "role": "privacy-officer"}
    answer = await post(service, STEWARD, f"{page}/approvals", second)
    assert answer.status_code == 403
    assert "confidential data takes two people" in answer.text
    assert service.lab.grants.of_dataset("growth_study") == []


async def test_what_people_write_never_becomes_mark_up(service: Service) -> None:
    evil = '<script>alert(1)</script>"><img src=x onerror=alert(1)>'
    page = await asked(service, purpose=evil)
    await post(service, STEWARD, f"{page}/messages", {"text": evil})
    await post(
        service, STEWARD, f"{page}/approvals",
        {"role": "steward", "until": "2027-01-31", "offered": "1", "column": ["age", "hgt"],
         "conditions": evil, "note": evil, "condition_column": ["reg"],
         "condition_operator": ["="], "condition_value": [evil]},
    )  # fmt: skip
    operator = Actor.for_person(PEOPLE[PRIVACY])
    (card,) = service.lab.requests.of(operator)
    service.lab.requests.approve(operator, card.request.id, ApprovalRole.PRIVACY_OFFICER)
    service.world.read(service.world.run(ASKER, "river-access"), "growth_study")
    for username, path in (
        (STEWARD, page), (ASKER, page), (STEWARD, STUDY), (STEWARD, f"{STUDY}/uses"), (ASKER, STUDY)
    ):  # fmt: skip
        text = (await look(service, username, path)).text
        assert "<script>alert" not in text
        assert "<img src=x" not in text
    assert "&lt;script&gt;alert" in (await look(service, STEWARD, page)).text


async def test_uses_are_shown_to_those_who_answer_for_the_dataset(service: Service) -> None:
    plan = service.world.run(ASKER, "river-access")
    with pytest.raises(Exception, match="never granted"):
        service.world.read(plan, "growth_study")
    service.lab.grants.grant(
        service.world.operator, "growth_study", "river-access", date(2026, 12, 31)
    )
    service.world.read(plan, "growth_study")
    for username in (STEWARD, PRIVACY):
        shown = (await look(service, username, f"{STUDY}/uses", "nl")).text
        assert "doel van river-access" in shown
        assert "Ravi" in shown
        assert "geen toegang" in shown
    for username in (ASKER, "rivierstad-steward", "waterdienst-admin", "kustregio-analyst"):
        answer = await look(service, username, f"{STUDY}/uses")
        assert answer.status_code == 403
        assert "Ravi" not in answer.text.replace("Account:", "").split("<main")[1]


async def test_uses_come_a_page_at_a_time(service: Service) -> None:
    plan = service.world.run(ASKER, "river-access")
    for _ in range(60):
        with pytest.raises(Exception, match="never granted"):
            service.world.read(plan, "growth_study")
    first = (await look(service, STEWARD, f"{STUDY}/uses")).text
    assert first.count("no access") == 50
    older = re.search(r'uses\?before=(\d+)"', first)
    assert older is not None
    last = (await look(service, STEWARD, f"{STUDY}/uses?before={older[1]}")).text
    assert last.count("no access") == 10
    assert "before=" not in last.split("<main")[1]


@pytest.mark.parametrize(
    ("username", "act", "fields"),
    [
        (ASKER, "", form()),
        (STEWARD, "messages", {"text": "Why?"}),
        (
            STEWARD,
            "approvals",
            {"role": "steward", "until": "2027-01-31", "offered": "1", "column": ["age"]},
        ),
        (STEWARD, "refusal", {"reason": "No"}),
        (ASKER, "withdrawal", {}),
    ],
)
async def test_a_forged_form_changes_nothing(
    service: Service, username: str, act: str, fields: dict[str, object]
) -> None:
    path = f"{await asked(service)}/{act}" if act else f"{STUDY}/requests"
    before = [card.request for card in service.lab.requests.of(service.world.operator)]
    token = service.csrf(username)
    forged: list[tuple[str, dict[str, str]]] = [
        ("", {}),
        ("wrong", {}),
        (service.csrf(LEAD), {}),
        (token, {"Sec-Fetch-Site": "cross-site"}),
        (token, {"Sec-Fetch-Site": "same-site"}),
        (token, {"Origin": "https://evil.example"}),
        (token, {"Origin": "null"}),
    ]
    async with service.visit(username) as client:
        for csrf, headers in forged:
            answer = await client.post(path, data={**fields, "csrf": csrf}, headers=headers)
            assert answer.status_code == 403
        await client.get(path, params={"csrf": token})
        now = [card.request for card in service.lab.requests.of(service.world.operator)]
        assert now == before
        honest = await client.post(path, data={**fields, "csrf": token})  # the probe works
    assert honest.status_code == 303
    after = [card.request for card in service.lab.requests.of(service.world.operator)]
    assert after != before
