"""Who may describe a dataset, publish its versions, and take home what was handed in."""

from __future__ import annotations

from datetime import date

from polderlab_catalog.domain.actors import Actor
from polderlab_catalog.domain.datasets import Classification, Dataset, Version
from polderlab_catalog.domain.organisations import Organisation
from polderlab_catalog.domain.people import LabRole
from polderlab_catalog.policy.administration import may_administer
from polderlab_catalog.policy.decisions import ALLOWED, Code, Decision, refused
from polderlab_catalog.policy.grants import is_steward
from polderlab_catalog.policy.standing import takes_part

_OPENS = ("classification", "organisation", "open_download", "checks", "on_failure")


def may_publish(actor: Actor, dataset: Dataset, owner: Organisation, today: date) -> Decision:
    """Decide whether ``actor`` may describe ``dataset`` and publish versions of it.

    A lab administrator may, to help an organisation along; that opens no data to them. What was
    harvested is described elsewhere, and nobody changes it here.
    """
    if dataset.remote:
        return refused(Code.DATASET_LIES_ELSEWHERE, dataset=dataset.name, page=dataset.remote)
    return may_administer(actor) or is_steward(actor, dataset, owner, today)


def may_fetch(actor: Actor, dataset: Dataset, owner: Organisation, today: date) -> Decision:
    """Decide whether ``actor`` may have the lab fetch data for ``dataset``: from a source, or from
    the inbox of its owner.

    A steward alone. A lab administrator brings files of their own: whoever says what is fetched,
    and for which dataset, gets to see it.
    """
    return may_publish(actor, dataset, owner, today) and is_steward(actor, dataset, owner, today)


def may_publish_for(actor: Actor, owner: Organisation, today: date) -> bool:
    """Tell whether ``actor`` may register datasets of ``owner``."""
    own = actor.person is not None and actor.person.organisation == owner.slug
    steward = own and actor.has(LabRole.STEWARD) and bool(takes_part(owner, today))
    return bool(may_administer(actor)) or steward


def may_describe(
    actor: Actor, before: Dataset, after: Dataset, owner: Organisation, today: date
) -> Decision:
    """Decide on a change of the description of a dataset whose owner is ``owner``.

    Who may read follows from the classification, the owner and open download, and what a check
    counts tells about the rows: on these only a steward decides, or a lab administrator would
    open data to themselves.
    """
    opens = any(getattr(before, field) != getattr(after, field) for field in _OPENS)
    return (
        is_steward(actor, before, owner, today)
        if opens
        else may_publish(actor, before, owner, today)
    )


def may_download(
    actor: Actor, dataset: Dataset, owner: Organisation, version: Version, today: date
) -> Decision:
    """Decide whether ``actor`` may take a file home: the whole of it leaves the lab.

    Stewards of the owner may, and for public data everybody in the lab; a grant is for reading
    within a session. A withdrawn version is for nobody.
    """
    if version.withdrawn:
        return withdrawn(dataset, version)
    if dataset.classification is Classification.PUBLIC or is_steward(actor, dataset, owner, today):
        return ALLOWED
    return refused(
        Code.ORIGINAL_FOR_STEWARDS, organisation=owner.name.in_("nl"), dataset=dataset.name
    )


def withdrawn(dataset: Dataset, version: Version) -> Decision:
    """Return the refusal of a withdrawn version, with the reason its steward gave."""
    return refused(
        Code.VERSION_WITHDRAWN,
        dataset=dataset.name,
        version=version.number,
        reason=version.withdrawn_reason.rstrip(" .") or "–",
    )
