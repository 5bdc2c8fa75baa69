"""The API's description (OpenAPI): made from the routes, completed with what those do not say.

Every operation gets an identifier, an example of what goes in and comes out, the problems it can
answer with, and the header that tells the version. Examples are put together from the shapes and
the values in :mod:`.examples`, so that a new field has one as soon as it is there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from fastapi import FastAPI, Request
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from pydantic.alias_generators import to_camel
from starlette.responses import JSONResponse, Response

from polderlab_catalog.web.examples import example_of, problem_example
from polderlab_catalog.web.problems import MEDIA_TYPE
from polderlab_catalog.web.security_headers import API_VERSION

Json = dict[str, Any]

_PROBLEMS: Mapping[str, str] = {
    "400": "Input that cannot be used; the detail says where",
    "401": "Not signed in",
    "403": "Refused; the problem says why and what to do next",
    "404": "Unknown, or not for you to know of",
    "405": "This address does not do that",
    "413": "More than is taken at once",
    "500": "Something went wrong in the lab",
    "503": "Part of the lab does not answer",
}
_VERSION_HEADER = {
    "description": "The full version of this API.",
    "schema": {"type": "string", "examples": [API_VERSION]},
}


def operation_id(route: APIRoute) -> str:
    """Return the identifier of an operation: the name of its function, in camelCase."""
    return to_camel(route.name)


def install(app: FastAPI, prefix: str) -> None:
    """Serve the description where the NL API Design Rules want it."""

    def show(_request: Request) -> Response:
        if app.openapi_schema is None:
            app.openapi_schema = describe(app, prefix)
        # open to tools on other sites; it holds nothing of the lab's
        return JSONResponse(app.openapi_schema, headers={"Access-Control-Allow-Origin": "*"})

    app.add_api_route(f"{prefix}/api/v1/openapi.json", show, include_in_schema=False)


def describe(app: FastAPI, prefix: str) -> Json:
    """Return the whole description."""
    found = get_openapi(
        title=f"{app.title} API",
        version=API_VERSION,
        summary=app.summary,
        description=_ABOUT,
        routes=app.routes,
        contact=app.contact,
        license_info=app.license_info,
        servers=[{"url": "/", "description": "This lab"}],
    )
    components: Json = found.setdefault("components", {})
    schemas: Json = components.setdefault("schemas", {})
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    schemas.setdefault("Problem", _problem_schema())
    components["securitySchemes"] = {
        "token": {
            "type": "http",
            "scheme": "bearer",
            "description": "A token made at the hub, under Token.",
        }
    }
    for operation in _operations(found, prefix):
        operation["security"] = [{"token": []}]
        _complete(operation, schemas)
    return found


def _operations(found: Json, prefix: str) -> Iterator[Json]:
    for path, item in found["paths"].items():
        if path.startswith(f"{prefix}/api/"):
            yield from (item[each] for each in item if each in _METHODS)


_METHODS = ("get", "put", "post", "delete", "patch")


def _complete(operation: Json, schemas: Json) -> None:
    responses: Json = operation["responses"]
    responses.pop("422", None)
    for status, description in _PROBLEMS.items():
        responses[status] = {
            "description": description,
            "content": {
                MEDIA_TYPE: {
                    "schema": {"$ref": "#/components/schemas/Problem"},
                    "example": problem_example(int(status)),
                }
            },
        }
    for answer in responses.values():
        answer.setdefault("headers", {})["API-Version"] = _VERSION_HEADER
    for parameter in operation.get("parameters", ()):
        if "example" not in parameter and "examples" not in parameter:
            schema = parameter["schema"]
            parameter["example"] = example_of(schema, schemas, parameter["name"])
    contents = [answer.get("content", {}) for answer in responses.values()]
    contents.append(operation.get("requestBody", {}).get("content", {}))
    for content in contents:
        for media in content.values():
            binary = media.get("schema", {}).get("format") == "binary"
            if "example" not in media and "examples" not in media and not binary:
                media["example"] = example_of(media.get("schema", {}), schemas, "")


def _problem_schema() -> Json:
    text = {"type": "string"}
    return {
        "title": "Problem",
        "description": "A problem detail (RFC 9457).",
        "type": "object",
        "required": ["type", "title", "status", "detail", "code", "messages"],
        "properties": {
            "type": text,
            "title": text,
            "status": {"type": "integer"},
            "detail": {**text, "description": "What was refused, why, and what to do next."},
            "code": {**text, "description": "The stable word for programs."},
            "messages": {
                "type": "object",
                "description": "The detail in both languages.",
                "additionalProperties": text,
            },
            "help": {"anyOf": [text, {"type": "null"}], "description": "Where to find help."},
        },
    }


_ABOUT = """What the pages of the lab do, for programs, by the NL API Design Rules.

Sign in with a token of the hub in the header `Authorization: Bearer …`. Every error is a problem
detail (RFC 9457) with a sentence in Dutch and English that says what to do next. Field names are
in camelCase, moments in RFC 3339 with an offset. Within version 1 nothing that is there goes or
changes its meaning; the header `API-Version` tells the full version.
"""
