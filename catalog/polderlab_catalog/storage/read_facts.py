"""The facts of a request to read, in two statements however large the register is.

Every range that a notebook reads asks for them, so the statements are built once, and each
fetches rows by key only.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from json import loads
from typing import Any, TypeVar

from sqlalchemy import (
    Connection,
    FromClause,
    Row,
    Select,
    Text,
    Unicode,
    and_,
    bindparam,
    cast,
    func,
    select,
)

from polderlab_catalog.domain.datasets import Column, Version
from polderlab_catalog.domain.reads import ReadFacts
from polderlab_catalog.storage.datasets import dataset_of, datasets, version_of, versions
from polderlab_catalog.storage.distributions import columns_of, distribution_of, distributions
from polderlab_catalog.storage.grants import grant_of, grants
from polderlab_catalog.storage.organisations import organisation_of, organisations
from polderlab_catalog.storage.people import people, person_of
from polderlab_catalog.storage.projects import (
    membership_of,
    memberships,
    project_of,
    projects,
)
from polderlab_catalog.storage.sessions import session_of, sessions

T = TypeVar("T")

_home, _owner = organisations.alias("home"), organisations.alias("owner")
# Large, and the same for ever: read as text, and taken apart once (see _columns).
_columns_text = cast(distributions.c.columns, Text)
_PARTS: tuple[FromClause, ...] = (
    sessions, people, _home, projects, _owner, memberships, datasets, versions, distributions,
)  # fmt: skip


def facts(
    connection: Connection,
    dataset: str,
    version: int | None,
    file: str,
    *,
    token_hash: str | None,
    session: str | None,
) -> ReadFacts:
    """Return the facts of a request by the session with this token or this id."""
    statement = _STATEMENTS[token_hash is not None, version is not None]
    told = {
        "key": token_hash if token_hash is not None else session,
        "dataset": dataset,
        "version": version,
        "file": file,
    }
    row = connection.execute(statement, told).one_or_none()
    if row is None:
        return ReadFacts()
    held = _Parts(row)
    found = held.take(session_of)
    return ReadFacts(
        session=found,
        person=held.take(person_of),
        home=held.take(organisation_of),
        project=held.take(project_of),
        owner=held.take(organisation_of),
        membership=held.take(membership_of),
        dataset=held.take(dataset_of),
        version=held.version(),
        grants=tuple(
            grant_of(each)
            for each in connection.execute(
                _GRANTS, {"dataset": dataset, "project": found.project if found else ""}
            ).mappings()
        ),
    )


class _Parts:
    """A row of the joined tables, taken apart again table by table, in order."""

    def __init__(self, row: Row[Any]) -> None:
        self._row, self._at, self._names = row, 0, iter(_NAMES)

    def take(self, make: Callable[[Any], T]) -> T | None:
        """Return what ``make`` makes of the next table's columns; None where it had no row."""
        mapping = self._next()
        # the first column is of the primary key of each of these tables
        return None if next(iter(mapping.values())) is None else make(mapping)

    def version(self) -> Version | None:
        """Return the version, with the file that was asked for as its only distribution."""
        version, file = self._next(), self._next()
        if version["dataset"] is None:
            return None
        if file["dataset"] is None:
            return version_of(version, ())
        columns = _columns(file.pop("columns"))
        return version_of(version, (distribution_of(file, columns),))

    def _next(self) -> dict[str, Any]:
        names = next(self._names)
        begin, self._at = self._at, self._at + len(names)
        return dict(zip(names, self._row[begin : self._at], strict=True))


@lru_cache(maxsize=512)
def _columns(text: str) -> tuple[Column, ...]:
    return columns_of(loads(text))


def _selected(part: FromClause) -> Sequence[Any]:
    if part is not distributions:
        return list(part.c)
    return [_columns_text if column.name == "columns" else column for column in part.c]


def _statement(by_token: bool, numbered: bool) -> Select[Any]:
    key = sessions.c.token_hash if by_token else sessions.c.id
    newest = select(func.max(versions.c.number)).where(
        versions.c.dataset == bindparam("dataset", type_=Unicode), ~versions.c.withdrawn
    )
    number = bindparam("version") if numbered else newest.scalar_subquery()
    membership = and_(
        memberships.c.username == sessions.c.username, memberships.c.project == sessions.c.project
    )
    version = and_(versions.c.dataset == datasets.c.name, versions.c.number == number)
    distribution = and_(
        distributions.c.dataset == versions.c.dataset,
        distributions.c.version == versions.c.number,
        distributions.c.name == bindparam("file"),
    )
    joined = (
        sessions.join(people, people.c.username == sessions.c.username)
        .join(_home, _home.c.slug == people.c.organisation)
        .join(projects, projects.c.slug == sessions.c.project)
        .join(_owner, _owner.c.slug == projects.c.organisation)
        .outerjoin(memberships, membership)
        .outerjoin(datasets, datasets.c.name == bindparam("dataset", type_=Unicode))
        .outerjoin(versions, version)
        .outerjoin(distributions, distribution)
    )
    chosen = [column for part in _PARTS for column in _selected(part)]
    labelled = [column.label(f"c{at}") for at, column in enumerate(chosen)]
    return select(*labelled).select_from(joined).where(key == bindparam("key"))


_NAMES = tuple(tuple(column.name for column in part.c) for part in _PARTS)
_STATEMENTS = {
    (by_token, numbered): _statement(by_token, numbered)
    for by_token in (True, False)
    for numbered in (True, False)
}
_GRANTS = (
    select(grants)
    .where(grants.c.dataset == bindparam("dataset"), grants.c.project == bindparam("project"))
    .order_by(grants.c.starts, grants.c.id)
)
