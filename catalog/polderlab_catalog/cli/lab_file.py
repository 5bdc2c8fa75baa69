"""A lab as one YAML file: what may stand in it, read strictly and written the same every time."""

from __future__ import annotations

from datetime import date
from difflib import get_close_matches
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from polderlab_catalog.cli.yaml_lines import Lines, Path, Unreadable, read_lines
from polderlab_catalog.domain.names import MAX_LENGTH, MIN_LENGTH, printable
from polderlab_catalog.domain.organisations import OrganisationKind, OrganisationState, PublicBody
from polderlab_catalog.domain.people import LabRole, Vetting
from polderlab_catalog.domain.projects import LegalBasis, MemberRole
from polderlab_catalog.domain.scopes import Operator

_LEFT: Any = None
"""Not in the file, so left alone."""

Slug = Annotated[
    str,
    Field(pattern="^[a-z][a-z0-9]*(-[a-z0-9]+)*$", min_length=MIN_LENGTH, max_length=MAX_LENGTH),
]
DatasetName = Annotated[
    str,
    Field(pattern="^[a-z][a-z0-9]*(_[a-z0-9]+)*$", min_length=MIN_LENGTH, max_length=MAX_LENGTH),
]
Amount = Annotated[float, Field(ge=0, lt=2**53, allow_inf_nan=False)]
Number = Annotated[int, Field(ge=0, lt=2**53)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class TextPart(_Part):
    """A text in Dutch and English; one will do."""

    nl: str = ""
    en: str = ""


class ContactPart(_Part):
    """Somebody to turn to."""

    name: str = ""
    email: str = ""


class AllocationPart(_Part):
    """What a level may use, whole: a limit that is not named is none."""

    cpus: Amount | None = None
    memory_gb: Amount | None = None
    sessions: Number | None = None
    cpu_hours: Amount | None = None
    memory_hours: Amount | None = None
    home_gb: Amount | None = None
    project_gb: Amount | None = None
    images: list[Slug] | None = None
    sizes: list[Slug] | None = None


class SizePart(_Part):
    """A size that sessions may have."""

    title: TextPart = _LEFT
    cpus: Annotated[float, Field(gt=0, lt=10_000, allow_inf_nan=False)] = _LEFT
    memory_gb: Annotated[float, Field(gt=0, lt=2**20, allow_inf_nan=False)] = _LEFT
    pids: Annotated[int, Field(gt=0, lt=2**31)] = _LEFT


class ImagePart(_Part):
    """An image that sessions may use."""

    title: TextPart = _LEFT
    version: str = _LEFT
    digest: str = _LEFT


class OrganisationPart(_Part):
    """A public body that takes part."""

    name: TextPart = _LEFT
    kind: Annotated[OrganisationKind, Field(strict=False)] = _LEFT
    state: Annotated[OrganisationState, Field(strict=False)] = _LEFT
    suspended: bool = _LEFT
    identifier: str = _LEFT
    oin: str = _LEFT
    body: Annotated[PublicBody, Field(strict=False)] = _LEFT
    agreed_from: date | None = _LEFT
    agreed_until: date | None = _LEFT
    vetting: bool = _LEFT
    contact: ContactPart = _LEFT
    privacy_officer: ContactPart = _LEFT
    administrator: ContactPart = _LEFT
    allocation: AllocationPart = _LEFT


class PersonPart(_Part):
    """Somebody with an account. A password is chosen by whoever has it, never written here."""

    name: Annotated[str, Field(min_length=1, max_length=120)] = _LEFT
    organisation: Slug = _LEFT
    email: str = _LEFT
    roles: list[Annotated[LabRole, Field(strict=False)]] = _LEFT
    active: bool = _LEFT
    vetting: Annotated[Vetting, Field(strict=False)] = _LEFT


class MemberPart(_Part):
    """Somebody's place in a project."""

    role: Annotated[MemberRole, Field(strict=False)] = _LEFT
    until: date | None = _LEFT
    allocation: AllocationPart = _LEFT


class ProjectPart(_Part):
    """A project, and who is in it."""

    title: TextPart = _LEFT
    organisation: Slug = _LEFT
    purpose: TextPart = _LEFT
    legal_basis: Annotated[LegalBasis, Field(strict=False)] = _LEFT
    starts: date = _LEFT
    ends: date = _LEFT
    images: list[Slug] = _LEFT
    sizes: list[Slug] = _LEFT
    internet: bool = _LEFT
    allocation: AllocationPart = _LEFT
    members: dict[Slug, MemberPart] = _LEFT


class RowPart(_Part):
    """A condition that every row meets."""

    column: str
    operator: Annotated[Operator, Field(strict=False)]
    values: list[bool | int | Annotated[float, Field(allow_inf_nan=False)] | str] = []


class GrantPart(_Part):
    """Access of a project to a dataset."""

    until: date = _LEFT
    reason: str = _LEFT
    columns: list[str] = _LEFT
    rows: list[RowPart] = _LEFT
    conditions: str = _LEFT


class LabFile(_Part):
    """The whole file."""

    version: Literal[1]
    sizes: dict[Slug, SizePart] = {}
    images: dict[Slug, ImagePart] = {}
    organisations: dict[Slug, OrganisationPart] = {}
    people: dict[Slug, PersonPart] = {}
    projects: dict[Slug, ProjectPart] = {}
    grants: dict[DatasetName, dict[Slug, GrantPart]] = {}


def read_file(text: str) -> tuple[LabFile, Lines]:
    """Return the file in ``text``, and its lines; raise :class:`Unreadable`."""
    told, lines = read_lines(text)
    if not isinstance(told, dict):
        raise Unreadable([(1, "write sections here: sizes, images, organisations, …")])
    try:
        return LabFile.model_validate(told), lines
    except ValidationError as error:
        faults = {_fault(each, lines) for each in error.errors(include_url=False)}
        raise Unreadable(sorted(faults)) from None


def line_of(lines: Lines, path: Path) -> int:
    """Return the line of ``path``, or of what it stands in."""
    return next(
        (lines[path[:n]] for n in range(len(path), 0, -1) if path[:n] in lines),
        0,
    )


def _fault(error: ErrorDetails, lines: Lines) -> tuple[int, str]:
    """Return the line and what is wrong there, in words."""
    path = tuple(error["loc"])
    where = ".".join(
        printable(str(each), 40) for n, each in enumerate(path) if path[: n + 1] in lines
    )
    return line_of(lines, path), _words(error, path, where)


def _words(error: ErrorDetails, path: Path, where: str) -> str:
    if error["type"] == "extra_forbidden":
        name, known = str(path[-1]), _fields_at(path[:-1])
        meant = get_close_matches(name, known, 1)
        told = f"did you mean {meant[0]}?" if meant else f"there is: {', '.join(known)}."
        return f"there is no “{printable(name, 40)}” here; {told}"
    if error["type"] == "missing":
        return f"{'.'.join(map(str, path))} is missing"
    if "values" in path:
        return f"{where}: write a text between quotes, a number, true or false"
    if error["type"] in ("enum", "literal_error"):
        return f"{where}: write {error['ctx']['expected']}"
    plain = f"{error['msg'][0].lower()}{error['msg'][1:]}"
    return f"{where}: {_TOLD.get(error['type'], plain)}"


_TOLD = {
    "string_pattern_mismatch": (
        f"use {MIN_LENGTH} to {MAX_LENGTH} lower-case letters and digits, words of a dataset "
        "parted by _ and of any other name by -"
    ),
    "date_type": "write a day as 2027-06-30",
    "date_from_datetime_inexact": "write a day as 2027-06-30",
    "string_type": "write a text, between quotes",
    "bool_type": "write true or false",
    "model_type": "write what belongs to it on the lines below, or between { and }",
    "dict_type": "write names with what belongs to them on the lines below",
}


def _fields_at(path: Path) -> list[str]:
    """Return what may stand at ``path``, by walking down the models."""
    kind: Any = LabFile
    for step in path:
        kind = _part_of(kind)
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            field = kind.model_fields.get(str(step))
            kind = field.annotation if field else None
        elif get_origin(kind) in (dict, list):
            kind = get_args(kind)[-1]
    kind = _part_of(kind)
    return list(kind.model_fields) if hasattr(kind, "model_fields") else []


def _part_of(kind: Any) -> Any:
    """Return the type without its None and its notes."""
    if get_origin(kind) in (Union, UnionType, Annotated):
        kind = next(each for each in get_args(kind) if each is not type(None))
    return kind
