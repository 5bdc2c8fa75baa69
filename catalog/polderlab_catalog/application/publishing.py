"""Describe datasets and publish their versions."""

from __future__ import annotations

from dataclasses import replace
from pathlib import PurePosixPath

from polderlab_catalog.application.changes import Changes
from polderlab_catalog.application.errors import Invalid, NotFound
from polderlab_catalog.application.lookups import the_dataset, the_organisation
from polderlab_catalog.application.ports import Clock, Register, Transaction
from polderlab_catalog.domain.actors import Actor
from polderlab_catalog.domain.audit import AuditAction
from polderlab_catalog.domain.datasets import Dataset, Distribution, Version
from polderlab_catalog.domain.names import is_dataset_name, is_file_name
from polderlab_catalog.domain.texts import Text
from polderlab_catalog.policy.administration import may_administer
from polderlab_catalog.policy.decisions import Decision
from polderlab_catalog.policy.grants import is_steward


class Publishing:
    """For stewards of the owner, operators and lab administrators."""

    def __init__(self, register: Register, clock: Clock) -> None:
        self._changes, self._clock = Changes(register, clock), clock

    def register_dataset(self, actor: Actor, dataset: Dataset) -> bool:
        """Describe a dataset, or change its description; return whether anything changed."""
        if not is_dataset_name(dataset.name):
            what = "use 3 to 40 lower-case letters, digits and underscores, a letter first"
            raise Invalid({"name": what})

        def may(t: Transaction, actor: Actor) -> Decision:
            # Who would take a dataset over must have a say over it where it is now.
            known = t.datasets.get(dataset.name)
            decision = _may_publish(t, actor, known) if known else _may_publish(t, actor, dataset)
            return decision and _may_publish(t, actor, dataset)

        with self._changes(actor, may) as change:
            if change.t.datasets.get(dataset.name) == dataset:
                return False
            change.t.datasets.put(dataset)
            change.log(
                AuditAction.DATASET_REGISTERED,
                dataset.name,
                classification=dataset.classification.value,
            )
            return True

    def publish_version(
        self,
        actor: Actor,
        dataset: str,
        distributions: tuple[Distribution, ...],
        note: Text | None = None,
    ) -> Version:
        """Publish files as the next version; return it.

        The same files again return the version that has them, so publishing twice is harmless.
        """
        _check(distributions)
        with self._changes(actor, lambda t, who: _may_publish(t, who, the_dataset(t, dataset))) as (
            change
        ):
            newest = change.t.datasets.version(dataset)
            if newest is not None and newest.distributions == distributions:
                return newest
            before = [version.number for version in change.t.datasets.versions(dataset)]
            version = Version(
                dataset=dataset,
                number=max(before, default=0) + 1,
                created=self._clock(),
                distributions=distributions,
                note=note or Text(),
            )
            change.t.datasets.put_version(version)
            change.log(AuditAction.DATASET_PUBLISHED, dataset, version=version.number)
            return version

    def withdraw_version(self, actor: Actor, dataset: str, number: int) -> bool:
        """Take a version out of use: the next read of it is refused. Its record stays."""
        with self._changes(actor, lambda t, who: _may_publish(t, who, the_dataset(t, dataset))) as (
            change
        ):
            version = change.t.datasets.version(dataset, number)
            if version is None:
                raise NotFound("version", f"{dataset}@{number}")
            if version.withdrawn:
                return False
            change.t.datasets.put_version(replace(version, withdrawn=True))
            change.log(AuditAction.DATASET_WITHDRAWN, dataset, version=number)
            return True


def _may_publish(t: Transaction, actor: Actor, dataset: Dataset) -> Decision:
    owner = the_organisation(t, dataset.organisation)
    return may_administer(actor) or is_steward(actor, dataset, owner)


def _check(distributions: tuple[Distribution, ...]) -> None:
    names = [distribution.name for distribution in distributions]
    if not names:
        raise Invalid({"files": "publish at least one"})
    if len(set(names)) != len(names):
        raise Invalid({"files": "give each its own name"})
    for distribution in distributions:
        if not is_file_name(distribution.name):
            raise Invalid({"files": f"{distribution.name!r} is no file name: use name.ending"})
        path = PurePosixPath(distribution.path)
        if path.is_absolute() or ".." in path.parts or "\\" in distribution.path:
            raise Invalid({"files": f"{distribution.name} must lie inside the data folder"})
