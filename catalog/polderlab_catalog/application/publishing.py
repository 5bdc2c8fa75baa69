"""Describe datasets and publish their versions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, tzinfo
from pathlib import PurePosixPath

from polderlab_catalog.application.changes import Change
from polderlab_catalog.application.door import Door
from polderlab_catalog.application.errors import Invalid, NotFound, must
from polderlab_catalog.application.lookups import the_dataset, the_organisation
from polderlab_catalog.application.news import Messenger
from polderlab_catalog.application.ports import Clock, Register, Transaction
from polderlab_catalog.domain.actors import Actor
from polderlab_catalog.domain.audit import AuditAction
from polderlab_catalog.domain.datasets import (
    Dataset,
    Distribution,
    DistributionRole,
    Version,
)
from polderlab_catalog.domain.names import is_file_name, printable
from polderlab_catalog.domain.organisations import Organisation
from polderlab_catalog.domain.texts import Text
from polderlab_catalog.policy.decisions import N_, Decision
from polderlab_catalog.policy.descriptions import fitting, mistakes
from polderlab_catalog.policy.publishing import (
    may_describe,
    may_download,
    may_fetch,
    may_publish,
    may_publish_for,
)
from polderlab_catalog.policy.requests import holds_still

MAX_REASON = 500
"""Characters in the reason of a withdrawal."""

TAKEN = N_("There is a dataset of this name already: choose another, or publish a version of it")
_MOST_VERSIONS = 2**31


class Publishing:
    """For stewards of the owner, operators and lab administrators."""

    def __init__(self, register: Register, clock: Clock, *, timezone: tzinfo) -> None:
        self._register, self._clock, self._timezone = register, clock, timezone
        self._door = Door(register, clock)

    def register_dataset(self, actor: Actor, dataset: Dataset, *, new: bool = False) -> bool:
        """Describe a dataset, or change its description; return whether anything changed.

        With ``new`` a name that is taken raises :class:`~.errors.Invalid`.
        """
        _checked(dataset)

        with self._door.change(actor) as change:
            t = change.t
            known = t.datasets.get(dataset.name)
            if known is not None and not new:
                # Who would take a dataset over must have a say over it where it is now.
                owner = the_organisation(t, known.organisation)
                must(may_describe(actor, known, dataset, owner, self._today()))
            must(self._decide(t, actor, dataset))
            if known is not None and new:
                raise Invalid({"name": TAKEN})
            if known == dataset:
                return False
            _put(change, dataset, self._timezone)
            return True

    def describe(self, actor: Actor, name: str, change: Callable[[Dataset], Dataset]) -> Dataset:
        """Change parts of the description of dataset ``name``; return it as it then is.

        ``change`` gets the description as it stands within the transaction, so that two people
        who change different parts do not undo each other's.
        """
        with self._door.change(actor) as made:
            t = made.t
            known = the_dataset(t, name)
            wanted = change(known)
            owner = the_organisation(t, known.organisation)
            must(may_describe(actor, known, wanted, owner, self._today()))
            if wanted.organisation != known.organisation:
                # Who gives a dataset to another organisation speaks in its name.
                must(self._decide(t, actor, wanted))
            changed = _checked(fitting(known, wanted))
            if changed != known:
                _put(made, changed, self._timezone)
            return changed

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
        with self._door.change(actor) as change:
            must(self._decide(change.t, actor, the_dataset(change.t, dataset)))
            return next_version(change, dataset, distributions, note=note or Text())

    def withdraw_version(self, actor: Actor, dataset: str, number: int, reason: str = "") -> bool:
        """Take a version out of use: the next read of it is refused, with ``reason``.

        Its record stays.
        """
        if len(reason) > MAX_REASON or not reason.isprintable():
            raise Invalid({"reason": f"use one line of at most {MAX_REASON} characters"})
        with self._door.change(actor) as change:
            must(self._decide(change.t, actor, the_dataset(change.t, dataset)))
            version = _the_version(change.t, dataset, number)
            if version.withdrawn:
                return False
            change.t.datasets.put_version(replace(version, withdrawn=True, withdrawn_reason=reason))
            change.log(AuditAction.DATASET_WITHDRAWN, dataset, version=number, reason=reason)
            return True

    def may_publish(self, actor: Actor, dataset: str) -> Decision:
        """Tell whether ``actor`` may describe the dataset and publish versions of it."""
        with self._register.read() as t:
            return self._decide(t, actor, the_dataset(t, dataset))

    def may_fetch(self, actor: Actor, dataset: str) -> Decision:
        """Tell whether ``actor`` may have the lab fetch data for it, from source or inbox."""
        with self._register.read() as t:
            known = the_dataset(t, dataset)
            owner = the_organisation(t, known.organisation)
            return may_fetch(actor, known, owner, self._today())

    def description(self, dataset: str) -> Dataset:
        """Return the description as it stands."""
        with self._register.read() as t:
            return the_dataset(t, dataset)

    def owner(self, slug: str) -> Organisation:
        """Return the organisation; raise :class:`~.errors.NotFound`."""
        with self._register.read() as t:
            return the_organisation(t, slug)

    def owners(self, actor: Actor) -> list[Organisation]:
        """Return the organisations ``actor`` may register datasets of."""
        with self._register.read() as t:
            today = self._today()
            return [each for each in t.organisations.all() if may_publish_for(actor, each, today)]

    def download(self, actor: Actor, dataset: str, number: int, file: str) -> Distribution:
        """Return the file if ``actor`` may take it home, and log that it leaves.

        Raises :class:`~.errors.Refused` (logged) or :class:`~.errors.NotFound`.
        """
        with self._door.change(actor) as change:
            described = the_dataset(change.t, dataset)
            owner = the_organisation(change.t, described.organisation)
            version = _the_version(change.t, dataset, number)
            must(may_download(actor, described, owner, version, self._today()))
            for found in version.distributions:
                if found.name == file and found.role is not DistributionRole.LIVE:
                    change.log(
                        AuditAction.DATASET_DOWNLOADED,
                        dataset,
                        version=number,
                        file=found.name,
                        bytes=found.bytes,
                    )
                    return found
            raise NotFound("file", printable(file))

    def _decide(self, t: Transaction, actor: Actor, dataset: Dataset) -> Decision:
        owner = the_organisation(t, dataset.organisation)
        return may_publish(actor, dataset, owner, self._today())

    def _today(self) -> date:
        return self._clock().astimezone(self._timezone).date()


def next_version(
    change: Change,
    dataset: str,
    distributions: tuple[Distribution, ...],
    *,
    note: Text,
    project: str = "",
    derived_from: tuple[str, ...] = (),
    marked: bool = False,
) -> Version:
    """Publish files as the next version within ``change``, and log it; return it.

    The same files again return the version that has them, whatever was counted in them.
    """
    newest = change.t.datasets.version(dataset)
    if newest is not None and _uncounted(newest.distributions) == _uncounted(distributions):
        return newest
    before = [version.number for version in change.t.datasets.versions(dataset)]
    version = Version(
        dataset=dataset,
        number=max(before, default=0) + 1,
        created=change.clock(),
        distributions=distributions,
        note=note,
        project=project,
        derived_from=derived_from,
        marked=marked,
    )
    change.t.datasets.put_version(version)
    change.log(AuditAction.DATASET_PUBLISHED, dataset, project=project, version=version.number)
    return version


def _uncounted(files: tuple[Distribution, ...]) -> list[Distribution]:
    """Return what ``files`` are: without profiles, which may be estimates and samples."""
    return [
        replace(file, columns=tuple(replace(column, profile=None) for column in file.columns))
        for file in files
    ]


def _checked(dataset: Dataset) -> Dataset:
    wrong = mistakes(dataset)
    if wrong:
        raise Invalid(wrong)
    return dataset


def _put(change: Change, dataset: Dataset, zone: tzinfo) -> None:
    before = change.t.datasets.get(dataset.name)
    change.t.datasets.put(dataset)
    change.log(
        AuditAction.DATASET_REGISTERED,
        dataset.name,
        classification=dataset.classification.value,
    )
    if before is not None and before.classification is not dataset.classification:
        _revoke_what_ended(change, dataset, zone)


def _revoke_what_ended(change: Change, dataset: Dataset, zone: tzinfo) -> None:
    """Take away the access that does not go with the classification any more."""
    t, now = change.t, change.clock()
    for grant in t.grants.find(dataset=dataset.name):
        request = t.requests.get(grant.request) if grant.request else None
        if grant.revoked is None and now < grant.ends and not holds_still(dataset, grant, request):
            t.grants.put(replace(grant, revoked=now, revoked_by=change.actor.name))
            Messenger(t, change.actor, now, zone).access_taken(grant)
            change.log(
                AuditAction.GRANT_REVOKED,
                dataset.name,
                project=grant.project,
                classification=dataset.classification.value,
            )


def _the_version(t: Transaction, dataset: str, number: int) -> Version:
    version = t.datasets.version(dataset, number) if 0 < number < _MOST_VERSIONS else None
    if version is None:
        raise NotFound("version", f"{dataset}@{number}")
    return version


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
