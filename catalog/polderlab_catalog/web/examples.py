"""Examples for the API's description: values by field name, put together by the shapes."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

Json = dict[str, Any]

_VALUES: Mapping[str, Any] = {
    "actor": "person:kustregio-steward",
    "allowed": True,
    "bbox": [3.2, 50.7, 7.3, 53.6],
    "bytes": 514_000_000,
    "classification": "internal",
    "closed": None,
    "code": "allowed",
    "columns": ["region", "year"],
    "contact": "data@rivierstad.example",
    "cpus": 2.0,
    "crs": "EPSG:28992",
    "dataset": "soil_survey",
    "decimal": ",",
    "delimiter": ";",
    "displayName": "Ravi Analyst",
    "encoding": "utf-8",
    "ends": "2027-12-31",
    "file": "soil.gpkg",
    "frequency": "ANNUAL",
    "grantedBy": "person:rivierstad-steward",
    "hvdCategory": "",
    "id": "3f0c52a4-0b7e-4f0e-9a57-5f9d3f7f5a10",
    "image": "python-geo",
    "language": "NLD",
    "legalBasis": "public-task",
    "licence": "https://creativecommons.org/licenses/by/4.0/",
    "mediaType": "application/vnd.apache.parquet",
    "memoryBytes": 4_294_967_296,
    "message": "Allowed.",
    "en": "Soil survey of the river area",
    "nl": "Bodemkartering van het rivierengebied",
    "name": "soil_survey",
    "number": 3,
    "organisation": "rivierstad",
    "page": "https://lab.example/services/lab/datasets/soil_survey",
    "place": "Rivierstad",
    "project": "river-access",
    "purpose": "Find out how many people live close to large water",
    "query": "soil",
    "reason": "For the study of the river area",
    "revoked": None,
    "revokedBy": None,
    "role": "analyst",
    "roles": ["steward"],
    "session": "3f0c52a4-0b7e-4f0e-9a57-5f9d3f7f5a10",
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "size": "small",
    "slug": "river-access",
    "source": "Own survey, 2025",
    "starts": "2026-01-01",
    "state": "running",
    "steward": "Team Onderzoek Rivierstad",
    "theme": "ENVI",
    "audience": "organisation",
    "type": "double",
    "until": "2027-06-30",
    "username": "rivierstad-analyst",
    "version": 3,
    "words": "soil",
}
_FORMATS: Mapping[str, Any] = {
    "date": "2027-06-30",
    "date-time": "2026-11-20T09:41:00+01:00",
    "uuid": "3f0c52a4-0b7e-4f0e-9a57-5f9d3f7f5a10",
    "uri": "https://lab.example/services/lab",
    "binary": "",
}
_DEEPEST = 12


def example_of(schema: Json, schemas: Json, name: str, depth: int = 0) -> Any:
    """Return a value that fits ``schema``; ``name`` is the field's, ``schemas`` the components."""
    if "$ref" in schema:
        schema = schemas[schema["$ref"].rpartition("/")[2]]
    for given in (schema.get("example"), *schema.get("examples", ())):
        if given is not None:
            return given
    if "const" in schema:
        return schema["const"]
    for options in (schema.get("anyOf"), schema.get("oneOf"), schema.get("allOf")):
        if options:
            return _choose(options, schemas, name, depth)
    if "enum" in schema:
        known = _VALUES.get(name)
        return known if known in schema["enum"] else schema["enum"][0]
    return _of_type(schema, schemas, name, depth)


def _choose(options: list[Json], schemas: Json, name: str, depth: int) -> Any:
    filled = [each for each in options if each.get("type") != "null"]
    if len(filled) < len(options) and _VALUES.get(name, "") is None:
        return None
    return example_of(filled[0], schemas, name, depth) if filled else None


def _of_type(schema: Json, schemas: Json, name: str, depth: int) -> Any:
    kind = schema.get("type")
    if kind == "object" or "properties" in schema:
        return _object(schema, schemas, depth)
    if kind == "array":
        return _array(schema, schemas, name, depth)
    if kind == "string":
        return _string(schema, name)
    known = _VALUES.get(name)
    if kind == "boolean":
        return known if isinstance(known, bool) else bool(schema.get("default", False))
    return _number(schema, known) if kind in ("integer", "number") else known


def _number(schema: Json, known: Any) -> Any:
    least = schema.get("minimum", schema.get("exclusiveMinimum", 0) + 1)
    if isinstance(known, int | float) and _within(known, schema):
        return known
    return schema.get("default") or least


def _object(schema: Json, schemas: Json, depth: int) -> Any:
    if depth > _DEEPEST:
        return {}
    properties = schema.get("properties", {})
    if not properties and isinstance(schema.get("additionalProperties"), dict):
        return {}
    return {
        each: example_of(inside, schemas, each, depth + 1) for each, inside in properties.items()
    }


def _array(schema: Json, schemas: Json, name: str, depth: int) -> Any:
    known = _VALUES.get(name)
    inside = schema.get("prefixItems") or [schema.get("items", {})]
    if isinstance(known, list) and "$ref" not in inside[0]:
        return known
    if depth > _DEEPEST or schema.get("maxItems") == 0:
        return []
    return [example_of(each, schemas, name.removesuffix("s"), depth + 1) for each in inside]


def _string(schema: Json, name: str) -> str:
    if "format" in schema and schema["format"] in _FORMATS:
        return str(_FORMATS[schema["format"]])
    known = _VALUES.get(name)
    if not isinstance(known, str):
        known = str(schema.get("default") or name or "text")
    return known[: schema.get("maxLength", 10_000)]


def _within(value: float, schema: Json) -> bool:
    return bool(schema.get("minimum", value) <= value <= schema.get("maximum", value))


def problem_example(status: int) -> Json:
    """Return an example of a problem detail with ``status``."""
    known = HTTPStatus(status)
    english = _SENTENCES.get(status, ("", ""))
    return {
        "type": "about:blank",
        "title": known.phrase,
        "status": status,
        "detail": english[1],
        "code": known.phrase.lower().replace(" ", "-"),
        "messages": {"nl": english[0], "en": english[1]},
        "help": "https://lab.example/services/lab/help",
    }


_SENTENCES: Mapping[int, tuple[str, str]] = {
    400: (
        "Een deel van wat is ingevuld, is niet te gebruiken. body.until: Field required.",
        "Some of what was filled in cannot be used. body.until: Field required.",
    ),
    401: ("Je bent niet aangemeld.", "You are not signed in."),
    403: (
        "Alleen een bronhouder van Kustregio beslist over growth_study.",
        "Only a steward of Kustregio decides on growth_study.",
    ),
    404: ("Hier is niets.", "There is nothing here."),
    405: ("Dit adres doet dat niet.", "This address does not do that."),
    413: ("Dit is meer dan het lab ineens aanneemt.", "This is more than the lab accepts at once."),
    500: ("Er ging iets mis in het lab.", "Something went wrong in the lab."),
    503: ("Een deel van het lab antwoordt niet.", "Part of the lab does not answer."),
}
