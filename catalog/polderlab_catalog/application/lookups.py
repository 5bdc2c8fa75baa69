"""Facts the policies ask for, gathered from the register.

What outsiders send is held against the grammar of names first: a store need not cope with a
megabyte of NULs (PostgreSQL would not).
"""

from __future__ import annotations

from datetime import date

from polderlab_catalog.application.errors import NotFound
from polderlab_catalog.application.ports import Transaction
from polderlab_catalog.domain.actors import Actor
from polderlab_catalog.domain.datasets import Dataset
from polderlab_catalog.domain.endings import Folder, FolderKind, FolderState
from polderlab_catalog.domain.names import is_dataset_name, is_slug, printable
from polderlab_catalog.domain.organisations import Organisation
from polderlab_catalog.domain.people import Person
from polderlab_catalog.domain.projects import Project
from polderlab_catalog.domain.sessions import Session
from polderlab_catalog.policy.decisions import ALLOWED, Code, Decision, refused
from polderlab_catalog.policy.standing import Standing


def standing(t: Transaction, username: str, slug: str, today: date) -> Standing:
    """Return how ``username`` stands in project ``slug``; either may not exist."""
    person = t.people.get(username) if is_slug(username) else None
    project = t.projects.get(slug) if is_slug(slug) else None
    return Standing(
        asked=slug,
        today=today,
        person=person,
        organisation=t.organisations.get(person.organisation) if person else None,
        project=project,
        owner=t.organisations.get(project.organisation) if project else None,
        membership=t.projects.membership(username, slug) if person and project else None,
    )


def the_person(t: Transaction, username: str) -> Person:
    """Return person ``username``; raise :class:`NotFound`."""
    found = t.people.get(username) if is_slug(username) else None
    if found is None:
        raise NotFound("person", printable(username))
    return found


def the_session(t: Transaction, session_id: str) -> Session:
    """Return session ``session_id`` (a UUID); raise :class:`NotFound`."""
    found = t.sessions.get(session_id) if printable(session_id, 36) == session_id else None
    if found is None:
        raise NotFound("session", printable(session_id, 36))
    return found


def the_organisation(t: Transaction, slug: str) -> Organisation:
    """Return organisation ``slug``; raise :class:`NotFound`."""
    found = t.organisations.get(slug) if is_slug(slug) else None
    if found is None:
        raise NotFound("organisation", printable(slug))
    return found


def the_project(t: Transaction, slug: str) -> Project:
    """Return project ``slug``; raise :class:`NotFound`."""
    found = t.projects.get(slug) if is_slug(slug) else None
    if found is None:
        raise NotFound("project", printable(slug))
    return found


def the_dataset(t: Transaction, name: str) -> Dataset:
    """Return dataset ``name``; raise :class:`NotFound` with the sentence for it."""
    found = t.datasets.get(name) if is_dataset_name(name) else None
    if found is None:
        shown = printable(name)
        raise NotFound("dataset", shown, refused(Code.UNKNOWN_DATASET, dataset=shown))
    return found


def as_before(t: Transaction, actor: Actor) -> Decision:
    """Decide whether an actor is still who they were when they came to the door.

    Asked inside the transaction: of two who close each other's account at the same moment, the
    second comes too late.
    """
    if actor.person is None:
        return ALLOWED
    held = t.people.get(actor.person.username)
    if held is None or not held.active:
        return refused(Code.PERSON_INACTIVE)
    was = actor.person
    less = was.cleared > held.cleared or not was.roles <= held.roles
    if less or was.organisation != held.organisation:
        return refused(Code.PERSON_CHANGED)
    return ALLOWED


def on_the_way_out(t: Transaction, *, person: str = "", project: str = "") -> bool:
    """Tell whether folders of a person or a project that left are still to be deleted, or to be
    given back."""
    return any(
        _holds(folder, person, project) and folder.state not in _OVER
        for record in t.offboardings.find(open_only=True)
        for folder in record.folders
    )


_OVER = (FolderState.DELETED, FolderState.THAWED)


def _holds(folder: Folder, person: str, project: str) -> bool:
    if folder.kind is FolderKind.HOME:
        return bool(person) and folder.name.partition("/")[0] == person
    if folder.kind is FolderKind.PERSON_HOMES:
        return folder.name == person
    return folder.name == project
