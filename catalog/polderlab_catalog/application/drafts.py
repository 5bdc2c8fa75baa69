"""Descriptions of which nothing was ever published: seen by who publishes, and taken away again."""

from __future__ import annotations

from datetime import tzinfo

from polderlab_catalog.application.changes import Changes
from polderlab_catalog.application.lookups import the_dataset, the_organisation
from polderlab_catalog.application.ports import Clock, Register, Transaction
from polderlab_catalog.domain.actors import Actor
from polderlab_catalog.domain.audit import AuditAction
from polderlab_catalog.policy.decisions import Code, Decision, refused
from polderlab_catalog.policy.publishing import may_publish


class Drafts:
    """For those who may publish the dataset."""

    def __init__(self, register: Register, clock: Clock, *, timezone: tzinfo) -> None:
        self._register, self._changes = register, Changes(register, clock)
        self._clock, self._timezone = clock, timezone

    def names(self) -> frozenset[str]:
        """Return the names of all drafts."""
        with self._register.read() as t:
            return frozenset(each.name for each in t.datasets.drafts())

    def remove(self, actor: Actor, name: str) -> None:
        """Remove the description and the files on their way to it; the log keeps its history.

        Raises :class:`~.errors.Refused` when anything was published, granted or asked.
        """

        def may(t: Transaction, who: Actor) -> Decision:
            dataset = the_dataset(t, name)
            owner = the_organisation(t, dataset.organisation)
            today = self._clock().astimezone(self._timezone).date()
            decision = may_publish(who, dataset, owner, today)
            if decision and _in_use(t, name):
                return refused(Code.DATASET_IN_USE, dataset=name)
            return decision

        with self._changes(actor, may) as change:
            change.t.ingests.remove(name)
            change.t.datasets.remove(name)
            change.log(AuditAction.DATASET_REMOVED, name)


def _in_use(t: Transaction, name: str) -> bool:
    kept = (t.datasets.versions(name), t.grants.find(dataset=name), t.requests.find(dataset=name))
    return any(kept) or t.sources.get(name) is not None
