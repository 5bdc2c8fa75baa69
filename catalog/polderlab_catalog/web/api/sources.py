"""Live sources, for stewards of the owner. Credentials go in and never come out."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Literal

from fastapi import APIRouter, Response
from pydantic import ConfigDict, Field, SecretStr

from polderlab_catalog.application.errors import NotFound
from polderlab_catalog.domain.scopes import Condition, Operator, Scope
from polderlab_catalog.domain.sources import Login, Parameter, Probe, Source, SourceKind
from polderlab_catalog.web.api.shapes import Shape
from polderlab_catalog.web.portal import Portal
from polderlab_catalog.web.visitors import ThePortal, Visiting, Visitor

router = APIRouter(prefix="/datasets/{name}/source", tags=["sources"])

_Line = Annotated[str, Field(max_length=1000)]
_Value = Annotated[str, Field(max_length=200)] | bool | int | float


class ParameterShape(Shape):
    """A blank in the query, filled by the reader."""

    name: Annotated[str, Field(max_length=40, examples=["year"])]
    type: Literal["text", "integer", "number", "date"]
    default: _Line | None = None


class ConditionShape(Shape):
    """What every row must meet."""

    column: Annotated[str, Field(max_length=200, examples=["town"])]
    operator: Operator
    values: list[_Value] = Field([], max_length=100)


class LoginShape(Shape):
    """What opens the source; a token goes into ``password`` alone."""

    username: Annotated[str, Field(max_length=200)] = ""
    password: SecretStr = SecretStr("")


class SourceShape(Shape):
    """Where a dataset is consulted, and within which bounds."""

    kind: SourceKind
    location: Annotated[str, Field(max_length=1000, examples=["postgresql://db.example.nl/soil"])]
    table: Annotated[str, Field(max_length=200, examples=["soil.samples"])] = ""
    query: Annotated[str, Field(max_length=20_000)] = ""
    parameters: list[ParameterShape] = Field([], max_length=50)
    columns: list[Annotated[str, Field(max_length=200)]] = Field([], max_length=2000)
    conditions: list[ConditionShape] = Field([], max_length=10)
    timeout_seconds: Annotated[int, Field(ge=1, le=3600)] = 60
    row_limit: Annotated[int, Field(ge=1, le=1_000_000_000)] = 10_000_000
    snapshot_hours: Annotated[int, Field(ge=1, le=8784)] | None = None


class NewSource(SourceShape):
    """A source to consult. Without ``login`` the credentials kept for the same place stay."""

    model_config = ConfigDict(extra="forbid")

    login: LoginShape | None = None


class KnownSource(SourceShape):
    """A source that is consulted, and what was wrong with it last."""

    has_login: bool
    snapshot_at: datetime | None
    problem: str
    problem_columns: str
    problem_at: datetime | None


class ProbedColumn(Shape):
    """A column as the source has it; ``type`` is Arrow's."""

    name: str
    type: str


class ProbeShape(Shape):
    """What a source holds: names and Arrow types of all columns, and the first rows as text."""

    columns: list[ProbedColumn]
    crs: str | None
    shown: list[str]
    rows: list[list[str]]


class PublishedShape(Shape):
    """The version that says so."""

    dataset: str
    version: int


@router.get("")
def show_source(portal: ThePortal, visitor: Visiting, name: str) -> KnownSource:
    """Show where the dataset is consulted."""
    return _known(portal, visitor, name)


@router.put("")
def connect_source(
    portal: ThePortal, visitor: Visiting, name: str, body: NewSource
) -> PublishedShape:
    """Consult the source from now on. It is tried first; what goes wrong is told and not kept."""
    version = portal.lab.sources.register(visitor.actor, _source(name, body), _login(body))
    return PublishedShape(dataset=name, version=version.number)


@router.post("/tests")
def test_source(portal: ThePortal, visitor: Visiting, name: str, body: NewSource) -> ProbeShape:
    """Go to the source and tell what it holds, without keeping anything."""
    probe: Probe = portal.lab.sources.test(visitor.actor, _source(name, body), _login(body))
    return ProbeShape(
        columns=[ProbedColumn(name=each.name, type=each.type) for each in probe.columns],
        crs=probe.crs,
        shown=list(probe.scope.columns or (column.name for column in probe.columns)),
        rows=[list(row) for row in probe.rows],
    )


@router.delete("", status_code=HTTPStatus.NO_CONTENT)
def disconnect_source(portal: ThePortal, visitor: Visiting, name: str) -> Response:
    """Consult the source no longer; the next read is refused."""
    if not portal.lab.sources.remove(visitor.actor, name):
        raise NotFound("source", name)
    return Response(status_code=HTTPStatus.NO_CONTENT)


def _known(portal: Portal, visitor: Visitor, name: str) -> KnownSource:
    source = portal.lab.sources.show(visitor.actor, name)
    if source is None:
        raise NotFound("source", name)
    return KnownSource(
        kind=source.kind,
        location=source.location,
        table=source.table,
        query=source.query,
        parameters=[
            ParameterShape.model_validate(each, from_attributes=True) for each in source.parameters
        ],
        columns=list(source.scope.columns),
        conditions=[
            ConditionShape(column=row.column, operator=row.operator, values=list(row.values))
            for row in source.scope.rows
        ],
        timeout_seconds=source.timeout_seconds,
        row_limit=source.row_limit,
        snapshot_hours=source.snapshot_hours,
        has_login=portal.lab.sources.has_login(name),
        snapshot_at=source.snapshot_at,
        problem=source.problem,
        problem_columns=source.problem_columns,
        problem_at=source.problem_at,
    )


def _source(name: str, body: NewSource) -> Source:
    rows = tuple(Condition(row.column, row.operator, tuple(row.values)) for row in body.conditions)
    return Source(
        dataset=name,
        kind=body.kind,
        location=body.location,
        table=body.table,
        query=body.query,
        parameters=tuple(Parameter(p.name, p.type, p.default) for p in body.parameters),
        scope=Scope(tuple(body.columns), rows),
        timeout_seconds=body.timeout_seconds,
        row_limit=body.row_limit,
        snapshot_hours=body.snapshot_hours,
    )


def _login(body: NewSource) -> Login | None:
    if body.login is None:
        return None
    return Login(body.login.username, body.login.password.get_secret_value())
