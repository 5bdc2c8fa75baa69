"""The API's description says all there is to know, and its examples are what the API takes."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from tests.service.conftest import PREFIX, Service

API = f"{PREFIX}/api/v1"
METHODS = ("get", "put", "post", "delete", "patch")


@pytest.fixture
async def described(service: Service) -> dict[str, Any]:
    async with service.visit() as client:
        answer = await client.get(f"{API}/openapi.json")
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == "*"
    found: dict[str, Any] = answer.json()
    return found


def operations(described: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    return [
        (f"{method.upper()} {path}", operation)
        for path, item in described["paths"].items()
        for method, operation in item.items()
        if method in METHODS
    ]


def check(described: dict[str, Any], schema: dict[str, Any], example: Any) -> list[str]:
    whole = {**schema, "components": described["components"]}
    return [each.message for each in Draft202012Validator(whole).iter_errors(example)]


def test_it_has_contact_version_and_licence(described: dict[str, Any]) -> None:
    assert described["openapi"].startswith("3.")
    assert described["info"]["contact"]["url"].endswith("/help")
    assert re.fullmatch(r"1\.\d+\.\d+", described["info"]["version"])
    assert described["info"]["license"]["name"] == "EUPL-1.2"


def test_every_operation_is_named_told_and_answers_with_problems(
    described: dict[str, Any],
) -> None:
    seen = set()
    for name, operation in operations(described):
        assert re.fullmatch(r"[a-z][A-Za-z]+", operation["operationId"]), name
        assert operation["operationId"] not in seen, name
        seen.add(operation["operationId"])
        assert operation["summary"], name
        assert operation["description"], name
        assert operation["security"] == [{"token": []}], name
        assert "422" not in operation["responses"], name
        for status in ("400", "401", "403", "404", "503"):
            answer = operation["responses"][status]
            assert "application/problem+json" in answer["content"], name
        for answer in operation["responses"].values():
            assert "API-Version" in answer["headers"], name
    assert len(seen) > 10


def test_every_operation_has_examples_that_fit_its_shapes(described: dict[str, Any]) -> None:
    for name, operation in operations(described):
        for parameter in operation.get("parameters", ()):
            wrong = check(described, parameter["schema"], parameter["example"])
            assert wrong == [], f"{name}: {parameter['name']}"
        contents = [
            *(answer.get("content", {}) for answer in operation["responses"].values()),
            operation.get("requestBody", {}).get("content", {}),
        ]
        for content in contents:
            for kind, media in content.items():
                if media["schema"].get("format") == "binary":
                    continue
                wrong = check(described, media["schema"], media["example"])
                assert wrong == [], f"{name}: {kind}"


def test_paths_are_in_kebab_case_and_keys_in_camel_case(described: dict[str, Any]) -> None:
    for path in described["paths"]:
        for part in path.removeprefix(API).strip("/").split("/"):
            assert re.fullmatch(r"[a-z]+(-[a-z]+)*|\{[a-z][A-Za-z]*\}", part), path
        assert not path.endswith("/")
    camel = re.compile(r"_?[a-z][A-Za-z0-9]*")
    for name, schema in described["components"]["schemas"].items():
        for key in schema.get("properties", {}):
            assert camel.fullmatch(key), f"{name}.{key}"
    for name, operation in operations(described):
        for parameter in operation.get("parameters", ()):
            assert camel.fullmatch(parameter["name"]), f"{name}: {parameter['name']}"


def test_what_there_are_more_of_is_plural_and_of_this_version(described: dict[str, Any]) -> None:
    for path in described["paths"]:
        assert path.startswith(f"{API}/"), f"{path}: the major version is in the address"
        parts = path.removeprefix(API).strip("/").split("/")
        for part, following in pairwise(parts):
            if following.startswith("{"):
                assert part.endswith("s"), f"{path}: {part} is a collection"


def test_moments_have_a_format_and_bodies_are_problems_or_json(described: dict[str, Any]) -> None:
    for name, operation in operations(described):
        for status, answer in operation["responses"].items():
            kinds = set(answer.get("content", {}))
            wanted = "application/problem+json" if status >= "400" else "application/json"
            assert kinds <= {wanted}, f"{name}: {status}"
    for name, schema in described["components"]["schemas"].items():
        for key, value in schema.get("properties", {}).items():
            if key in ("created", "started", "received", "decided"):
                assert "date-time" in str(value), f"{name}.{key}"


async def test_every_answer_names_the_version_and_no_address_ends_in_a_slash(
    service: Service, described: dict[str, Any]
) -> None:
    async with service.visit() as client:
        client.headers["Authorization"] = f"Bearer {service.hub.token('kustregio-steward')}"
        client.headers["Accept"] = "application/json"
        for path, item in described["paths"].items():
            address = re.sub(r"\{[^}]*\}", "nothing", path)
            if "get" in item:
                answer = await client.get(address)
                assert answer.headers["api-version"] == described["info"]["version"], path
                assert answer.headers["cache-control"] == "no-store", path
                assert "access-control-allow-origin" not in answer.headers, path
            slashed = await client.get(f"{address}/")
            assert slashed.status_code == 404, path
            assert slashed.headers["content-type"] == "application/problem+json", path
            assert slashed.headers["api-version"] == described["info"]["version"], path


async def test_input_that_cannot_be_used_is_400_and_says_where(service: Service) -> None:
    async with service.visit() as client:
        client.headers["Authorization"] = f"Bearer {service.hub.token('kustregio-steward')}"
        answer = await client.post(
            f"{API}/datasets/growth_study/grants",
            json={"project": "river-access", "until": "my secret password"},
        )
        typo = await client.get(f"{API}/datasets?classification=secret")
    assert (answer.status_code, answer.headers["content-type"]) == (
        400,
        "application/problem+json",
    )
    assert answer.json()["code"] == "invalid"
    assert "body.until" in answer.json()["detail"]
    assert "my secret password" not in answer.text
    assert (typo.status_code, typo.json()["title"]) == (400, "Bad Request")
    assert answer.headers["api-version"].startswith("1.")
