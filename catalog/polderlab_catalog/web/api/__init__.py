"""The REST API, version 1 (NL API Design Rules): the same use cases as the pages."""

from typing import Any

from fastapi import APIRouter

from polderlab_catalog.web.api import (
    allocations,
    announcements,
    audit,
    datasets,
    endings,
    grants,
    harvests,
    me,
    members,
    organisations,
    people,
    projects,
    proposals,
    publishing,
    reports,
    requests,
    sessions,
    sources,
)
from polderlab_catalog.web.api.shapes import ProblemShape

PROBLEMS: dict[int | str, dict[str, Any]] = {
    status: {
        "description": description,
        "content": {"application/problem+json": {"schema": ProblemShape.model_json_schema()}},
    }
    for status, description in {
        401: "Not signed in",
        403: "Refused; the problem says why and what to do next",
        404: "Unknown",
        422: "Input that cannot be used",
        503: "Part of the lab does not answer",
    }.items()
}

router = APIRouter(responses=PROBLEMS)
for module in (
    me,
    projects,
    datasets,
    grants,
    requests,
    sessions,
    publishing,
    sources,
    harvests,
    members,
    organisations,
    people,
    proposals,
    allocations,
    reports,
    audit,
    announcements,
    endings,
):
    router.include_router(module.router)

__all__ = ["router"]
