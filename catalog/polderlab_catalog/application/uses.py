"""Every use of a dataset, for the people who answer for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import tzinfo

from polderlab_catalog.application.errors import Refused
from polderlab_catalog.application.lookups import the_dataset, the_organisation
from polderlab_catalog.application.ports import Clock, Register
from polderlab_catalog.domain.actors import Actor
from polderlab_catalog.domain.audit import AuditAction, AuditRecord
from polderlab_catalog.domain.datasets import Dataset
from polderlab_catalog.domain.organisations import Organisation
from polderlab_catalog.domain.people import Person
from polderlab_catalog.domain.texts import Text
from polderlab_catalog.policy.requests import may_see_uses

PAGE = 50
ACTIONS = (
    AuditAction.DATASET_READ,
    AuditAction.DATASET_DOWNLOADED,
    AuditAction.DATASET_READ_REFUSED,
)


@dataclass(frozen=True, slots=True)
class Uses:
    """One page of uses, the newest first.

    ``projects`` and ``people`` name who stands in the lines; ``older`` is the number to go on
    from, None at the end.
    """

    dataset: Dataset
    owner: Organisation
    lines: tuple[AuditRecord, ...]
    projects: Mapping[str, Text]
    people: Mapping[str, Person]
    older: int | None


class UseLog:
    """Reads the uses of a dataset from the audit log."""

    def __init__(self, register: Register, clock: Clock, *, timezone: tzinfo) -> None:
        self._register, self._clock, self._timezone = register, clock, timezone

    def of_dataset(self, actor: Actor, dataset: str, *, before: int | None = None) -> Uses:
        """Return a page of the uses of ``dataset``: for its owner's stewards and privacy
        officers, and for operators. Raises :class:`Refused`."""
        today = self._clock().astimezone(self._timezone).date()
        with self._register.read() as t:
            wanted = the_dataset(t, dataset)
            owner = the_organisation(t, wanted.organisation)
            decision = may_see_uses(actor, wanted, owner, today)
            if not decision:
                raise Refused(decision)
            found = t.audit.search(
                object=wanted.name, actions=ACTIONS, before=before, limit=PAGE + 1
            )
            lines = tuple(found[:PAGE])
            projects = {slug: t.projects.get(slug) for slug in {x.event.project for x in lines}}
            names = {each.event.actor for each in lines}
            people = {name: t.people.get(name.removeprefix("person:")) for name in names}
        return Uses(
            dataset=wanted,
            owner=owner,
            lines=lines,
            projects={slug: project.title for slug, project in projects.items() if project},
            people={name: person for name, person in people.items() if person},
            older=lines[-1].number if len(found) > PAGE else None,
        )
