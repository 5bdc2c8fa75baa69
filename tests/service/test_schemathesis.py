"""Schemathesis looks for anything the API does that its own description does not say.

Every operation gets data that fits its description and data that does not, from a steward, who
may change things. The examples are the same in every run.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
import schemathesis
from fastapi import FastAPI
from fastapi.responses import JSONResponse
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from pydantic import BaseModel
from schemathesis import Case
from schemathesis.core.failures import FailureGroup
from schemathesis.generation.modes import GenerationMode
from schemathesis.specs.openapi import checks
from starlette.types import ASGIApp
from tests.service.conftest import PREFIX, Service

EXAMPLES = 25
"""For each operation, in each of both modes."""

CHECKS = [
    schemathesis.checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
    checks.negative_data_rejection,
    checks.unsupported_method,
]


def probe(app: ASGIApp, path: str, headers: dict[str, str], mode: GenerationMode) -> int:
    """Send every operation its data; return how many requests were made."""
    tried = 0
    schema = schemathesis.openapi.from_asgi(path, app)
    # Every request carries the key: without this, leaving it out counts as wrong data.
    schema.raw_schema.pop("security", None)
    for operations in schema.raw_schema["paths"].values():
        for described in operations.values():
            described.pop("security", None)
    for result in schema.get_all_operations():
        operation = result.ok()
        parts = (operation.body, operation.query, operation.path_parameters)
        if mode is GenerationMode.NEGATIVE and not any(parts):
            continue  # nothing in it can be wrong

        @settings(
            max_examples=EXAMPLES,
            derandomize=True,
            database=None,
            deadline=None,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy(generation_mode=mode))
        def hold(case: Case) -> None:
            nonlocal tried
            tried += 1
            case.call_and_validate(headers=headers, checks=CHECKS)

        try:
            hold()
        except Unsatisfiable:
            # Whatever is sent fits, such as any text in an address.
            assert mode is GenerationMode.NEGATIVE
    return tried


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
def test_the_api_does_what_it_says_whatever_it_is_sent(
    service: Service, mode: GenerationMode
) -> None:
    headers = {
        "Authorization": f"Bearer {service.hub.token('kustregio-steward')}",
        "Accept": "application/json",
    }
    tried = probe(service.portal_app, f"{PREFIX}/api/v1/openapi.json", headers, mode)
    assert tried > 100


@pytest.mark.parametrize(
    ("mode", "answer"),
    [
        (GenerationMode.POSITIVE, lambda: {"word": 3}),
        (GenerationMode.POSITIVE, lambda: 1 / 0),
        (GenerationMode.NEGATIVE, lambda: {"word": "fine"}),
    ],
    ids=["another shape", "a crash", "anything goes"],
)
def test_the_probe_notices_an_api_that_lies(
    mode: GenerationMode, answer: Callable[[], object]
) -> None:
    app = FastAPI()

    @app.get("/words", openapi_extra={"parameters": [NUMBER]}, response_model=Word)
    def words() -> JSONResponse:
        return JSONResponse(answer())

    with pytest.raises((FailureGroup, ZeroDivisionError)):
        probe(app, "/openapi.json", {}, mode)


class Word(BaseModel):
    word: str


NUMBER = {"name": "number", "in": "query", "required": True, "schema": {"type": "integer"}}
