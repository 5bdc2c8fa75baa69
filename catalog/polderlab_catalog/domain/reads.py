"""Reads: one use of a dataset by a session, however many requests it takes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from polderlab_catalog.domain.datasets import Classification, Dataset, Version
from polderlab_catalog.domain.grants import Grant
from polderlab_catalog.domain.organisations import Organisation
from polderlab_catalog.domain.people import Person
from polderlab_catalog.domain.projects import Membership, Project
from polderlab_catalog.domain.sessions import Session


@dataclass(frozen=True, slots=True)
class Read:
    """A read under way: all requests of one session for one file of one version, until it has
    been silent for a while; then it becomes one line of the audit log.

    ``requests`` and ``bytes`` count what was let go so far (HEAD requests left out), as far as
    ``journal`` does not hold it: the file in which one process notes what came after.
    """

    id: str
    session: str
    username: str
    project: str
    purpose: str
    origin: str
    dataset: str
    version: int
    file: str
    started: datetime
    last: datetime
    requests: int = 0
    bytes: int = 0
    journal: str = ""

    def plus(self, noted: Noted) -> Read:
        """Return the read with what a journal noted of it."""
        return replace(
            self,
            requests=self.requests + noted.requests,
            bytes=self.bytes + noted.bytes,
            last=max(self.last, noted.last),
        )


@dataclass(frozen=True, slots=True)
class Noted:
    """What a journal holds of one read: more requests, more bytes, the last moment."""

    requests: int
    bytes: int
    last: datetime


@dataclass(frozen=True, slots=True)
class ReadFacts:
    """All that is known when a session asks for a file: who, what, and by which grants.

    ``home`` is the person's organisation and ``owner`` the project's; ``grants`` are the
    project's of the dataset, ended ones too; ``version`` the one asked for (or the newest that
    is not withdrawn), with the file asked for as its only distribution.
    """

    session: Session | None = None
    person: Person | None = None
    home: Organisation | None = None
    project: Project | None = None
    owner: Organisation | None = None
    membership: Membership | None = None
    dataset: Dataset | None = None
    grants: tuple[Grant, ...] = ()
    version: Version | None = None


@dataclass(frozen=True, slots=True)
class Brief:
    """The little that a long list of datasets tells: title in one language, and rows where they
    are known."""

    name: str
    title: str
    organisation: str
    classification: Classification
    steward: str
    rows: int | None
    remote: str = ""
