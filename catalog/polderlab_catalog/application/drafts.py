"""Descriptions of which nothing was ever published: seen by who publishes, and taken away again."""

from __future__ import annotations

from datetime import tzinfo

from polderlab_catalog.application.door import Door
from polderlab_catalog.application.errors import Refused, must
from polderlab_catalog.application.lookups import the_dataset, the_organisation
from polderlab_catalog.application.ports import Clock, Register, Transaction
from polderlab_catalog.domain.actors import Actor
from polderlab_catalog.domain.audit import AuditAction
from polderlab_catalog.policy.decisions import Code, refused
from polderlab_catalog.policy.publishing import may_publish


class Drafts:
    """For those who may publish the dataset."""

    def __init__(self, register: Register, clock: Clock, *, timezone: tzinfo) -> None:
        self._register, self._door = register, Door(register, clock, timezone=timezone)

    def names(self) -> frozenset[str]:
        """Return the names of all drafts."""
        with self._register.read() as t:
            return frozenset(each.name for each in t.datasets.drafts())

    def remove(self, actor: Actor, name: str) -> None:
        """Remove the description and the files on their way to it; the log keeps its history.

        Raises :class:`~.errors.Refused` when anything was published, granted or asked.
        """

        with self._door.change(actor) as change:
            dataset = the_dataset(change.t, name)
            owner = the_organisation(change.t, dataset.organisation)
            must(may_publish(actor, dataset, owner, self._door.today()))
            if _in_use(change.t, name):
                raise Refused(refused(Code.DATASET_IN_USE, dataset=name))
            change.t.ingests.remove(name)
            change.t.datasets.remove(name)
            change.log(AuditAction.DATASET_REMOVED, name)


def _in_use(t: Transaction, name: str) -> bool:
    kept = (t.datasets.versions(name), t.grants.find(dataset=name), t.requests.find(dataset=name))
    return any(kept) or t.sources.get(name) is not None
