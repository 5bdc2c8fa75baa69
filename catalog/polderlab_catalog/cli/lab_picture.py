"""Between a lab's file and the picture of a lab: the same facts, in words and in the domain's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from enum import Enum
from typing import Any

import yaml
from pydantic import BaseModel

from polderlab_catalog.cli.lab_file import AllocationPart, LabFile
from polderlab_catalog.cli.yaml_lines import Path
from polderlab_catalog.domain.allocations import Allocation, Level, LevelKind
from polderlab_catalog.domain.declarations import Facts, Kind, Picture
from polderlab_catalog.domain.organisations import Contact
from polderlab_catalog.domain.scopes import Condition
from polderlab_catalog.domain.texts import Text
from polderlab_catalog.domain.usage import GIB

HEAD = """\
# A PolderLab as its register tells it: written by `polderlab export`, applied by
# `polderlab apply`. What is left out here is left alone there. It holds no password and no
# other secret, but names and addresses of people: keep it where those may be.
# How it reads: docs/how-to/declare-the-lab.md
"""
_IN_GB = {
    "memory_gb": "memory_bytes",
    "home_gb": "home_bytes",
    "project_gb": "project_bytes",
}
_RENAMED = {
    (Kind.PEOPLE, "name"): "display_name",
    (Kind.ALLOCATIONS, "memory_hours"): "memory_gib_hours",
}
_ALWAYS = frozenset({"roles", "images", "sizes", "title", "name", "purpose", "version", "digest"})
"""What is written also when it is empty: that somebody has no role is worth telling, and nothing
new can do without a name."""


def picture_in(file: LabFile) -> Picture:
    """Return what ``file`` tells."""
    found: dict[Kind, dict[str, Facts]] = {kind: {} for kind in Kind}
    for kind, name, part in _parts(file):
        given = _given(part)
        allocation, members = given.pop("allocation", None), given.pop("members", {})
        found[kind][name] = _facts(kind, given)
        if allocation is not None:
            found[Kind.ALLOCATIONS][str(_level(kind, name))] = _limits(allocation)
        for username, member in members.items():
            own = _given(member)
            if (limits := own.pop("allocation", None)) is not None:
                level = Level.person(name, username)
                found[Kind.ALLOCATIONS][str(level)] = _limits(limits)
            found[Kind.MEMBERS][f"{name}/{username}"] = _facts(Kind.MEMBERS, own)
    return found


def text_of(picture: Picture) -> str:
    """Return the file that tells ``picture``: the same text for the same lab."""
    told: dict[str, Any] = {"version": 1}
    for kind in Kind:
        if kind in (Kind.MEMBERS, Kind.ALLOCATIONS, Kind.GRANTS):
            continue
        things = sorted(picture[kind].items())
        told[kind.value] = {name: _told(kind, facts) for name, facts in things}
    for key, facts in picture[Kind.ALLOCATIONS].items():
        _put_allocation(told, Level.parse(key), facts)
    for key, facts in sorted(picture[Kind.MEMBERS].items()):
        project, _, username = key.partition("/")
        limits = picture[Kind.ALLOCATIONS].get(str(Level.person(project, username)), {})
        allocation = _limits_told(limits)
        members = told["projects"][project].setdefault("members", {})
        members[username] = _Line(
            {
                **_told(Kind.MEMBERS, facts),
                **({"allocation": allocation} if allocation else {}),
            }
        )
    told["grants"] = {}
    for key, facts in sorted(picture[Kind.GRANTS].items()):
        dataset, _, project = key.partition("/")
        told["grants"].setdefault(dataset, {})[project] = _told(Kind.GRANTS, facts)
    sections = (
        yaml.dump({name: section}, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=100)
        for name, section in told.items()
        if section
    )
    return HEAD + "\n" + "\n".join(sections)


def path_of(kind: str, name: str) -> Path:
    """Return where in the file a thing stands."""
    if kind == Kind.MEMBERS:
        project, _, username = name.partition("/")
        return ("projects", project, "members", username)
    if kind == Kind.GRANTS:
        return ("grants", *name.split("/"))
    if kind != Kind.ALLOCATIONS:
        return (kind, name)
    level = Level.parse(name)
    if level.kind is LevelKind.PERSON:
        return ("projects", level.name, "members", level.username, "allocation")
    section = "projects" if level.kind is LevelKind.PROJECT else "organisations"
    return (section, level.name, "allocation")


def plain(value: Any) -> Any:
    """Return ``value`` as YAML and JSON have it."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Text | Contact | Condition):
        value = {name: each for name, each in asdict(value).items() if each}
    if isinstance(value, Mapping):
        return {key: plain(each) for key, each in value.items()}
    if isinstance(value, frozenset):
        return sorted(plain(each) for each in value)
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    return value


def _parts(file: LabFile) -> Iterator[tuple[Kind, str, BaseModel]]:
    for kind in Kind:
        things: Mapping[str, Any] = getattr(file, kind.value, {})
        for name, part in things.items():
            if kind is Kind.GRANTS:
                yield from ((kind, f"{name}/{project}", each) for project, each in part.items())
            else:
                yield kind, name, part


def _given(part: BaseModel) -> dict[str, Any]:
    """Return what the file gives of a part, always in the same order."""
    names = type(part).model_fields
    return {name: getattr(part, name) for name in names if name in part.model_fields_set}


def _level(kind: Kind, name: str) -> Level:
    return Level.organisation(name) if kind is Kind.ORGANISATIONS else Level.project(name)


def _facts(kind: Kind, given: Mapping[str, Any]) -> Facts:
    """Return what a part gives, by attribute and in the domain's types."""
    facts = {}
    for field, value in given.items():
        name = _RENAMED.get((kind, field), _IN_GB.get(field, field))
        facts[name] = _bytes(value) if field in _IN_GB else _value(field, value)
    return facts


def _value(field: str, value: Any) -> Any:
    if isinstance(value, BaseModel):
        told = value.model_dump()
        return Text(**told) if "nl" in told else Contact(**told)
    if field == "rows":
        return tuple(Condition(each.column, each.operator, tuple(each.values)) for each in value)
    if field == "roles":
        return frozenset(value)
    return tuple(value) if isinstance(value, list) else value


def _limits(part: AllocationPart) -> Facts:
    return asdict(Allocation(**_facts(Kind.ALLOCATIONS, dict(part))))


def _bytes(gigabytes: float | None) -> int | None:
    return None if gigabytes is None else round(gigabytes * GIB)


def written(kind: Kind, name: str, value: Any) -> tuple[str, Any]:
    """Return what a fact is called in the file, and its value there."""
    for (of, field), attribute in _RENAMED.items():
        if (of, attribute) == (kind, name):
            return field, plain(value)
    for field, attribute in _IN_GB.items():
        if attribute == name:
            return field, None if value is None else _number(value / GIB)
    return name, plain(_number(value))


def _told(kind: Kind, facts: Facts) -> dict[str, Any]:
    """Return facts as the file has them: what is nothing is left out."""
    return dict(
        written(kind, name, value)
        for name, value in facts.items()
        if name in _ALWAYS or not (value is None or value in ("", (), Contact()))
    )


def _limits_told(facts: Facts) -> _Line:
    limits = {name: value for name, value in facts.items() if value is not None}
    return _Line(_told(Kind.ALLOCATIONS, limits))


def _put_allocation(told: dict[str, Any], level: Level, facts: Facts) -> None:
    if level.kind is not LevelKind.PERSON:
        section = "organisations" if level.kind is LevelKind.ORGANISATION else "projects"
        told[section][level.name]["allocation"] = _limits_told(facts)


def _number(value: Any) -> Any:
    """Return a number without a fraction that is none."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


class _Line(dict[str, Any]):
    """Written on one line."""


class _Dumper(yaml.SafeDumper):
    """Writes lists on one line, and a deeper line for what lies in what."""

    def ignore_aliases(self, _data: Any) -> bool:
        """Write everything out."""
        return True


_Dumper.add_representer(
    _Line,
    lambda dumper, data: dumper.represent_mapping(
        "tag:yaml.org,2002:map", data.items(), flow_style=True
    ),
)
_Dumper.add_representer(
    list,
    lambda dumper, data: dumper.represent_sequence("tag:yaml.org,2002:seq", data, flow_style=True),
)
_Dumper.add_representer(
    str,
    # Escaped where it cannot be seen: PyYAML writes U+0085 as it is, and reads it as a line's end.
    lambda dumper, data: dumper.represent_scalar(
        "tag:yaml.org,2002:str",
        data,
        style=None if data.replace("\n", "").isprintable() else '"',
    ),
)
