"""Who may give a project access to a dataset, and for how long."""

from __future__ import annotations

from datetime import date

from polderlab_catalog.domain.actors import Actor
from polderlab_catalog.domain.datasets import Classification, Dataset
from polderlab_catalog.domain.organisations import Organisation
from polderlab_catalog.domain.people import LabRole
from polderlab_catalog.domain.projects import Project
from polderlab_catalog.policy.decisions import ALLOWED, Code, Decision, refused
from polderlab_catalog.policy.standing import takes_part


def is_steward(actor: Actor, dataset: Dataset, owner: Organisation, today: date) -> Decision:
    """Decide whether ``actor`` decides on ``dataset``: a steward of its owner, or an operator.

    A lab administrator does not: running the lab gives no say over others' data. Nor does a
    steward of an owner that takes no part today.
    """
    if actor.trusted:
        return ALLOWED
    own = actor.person is not None and actor.person.organisation == dataset.organisation
    if not own or not actor.has(LabRole.STEWARD):
        return refused(Code.NOT_STEWARD, organisation=owner.name.in_("nl"), dataset=dataset.name)
    return takes_part(owner, today)


def may_grant(
    actor: Actor,
    dataset: Dataset,
    owner: Organisation,
    project: Project,
    *,
    until: date,
    today: date,
    member: bool = False,
) -> Decision:
    """Decide on access of ``project`` to ``dataset`` through ``until`` (the last day).

    ``member``: the actor belongs to the project. Confidential data takes a request, which two
    people approve; only an operator at the machine gives it without.
    """
    decision = is_steward(actor, dataset, owner, today)
    if not decision:
        return decision
    if dataset.remote:
        return refused(Code.DATASET_LIES_ELSEWHERE, dataset=dataset.name, page=dataset.remote)
    if not actor.trusted and dataset.classification is Classification.CONFIDENTIAL:
        return refused(Code.CONFIDENTIAL_NEEDS_REQUEST, dataset=dataset.name, project=project.slug)
    if member:
        return refused(Code.OWN_PROJECT, project=project.slug)
    return may_run(project, until=until, today=today)


def may_run(project: Project, *, until: date, today: date) -> Decision:
    """Decide whether access of ``project`` may run through ``until``: later than today, and no
    longer than the project."""
    if project.ends <= today:
        return refused(Code.PROJECT_ENDED, project=project.slug, date=project.ends.isoformat())
    if until <= today:
        return refused(Code.GRANT_NEEDS_FUTURE_END)
    if until > project.ends:
        return refused(
            Code.GRANT_OUTLIVES_PROJECT, project=project.slug, date=project.ends.isoformat()
        )
    return ALLOWED


def may_revoke(actor: Actor, dataset: Dataset, owner: Organisation, today: date) -> Decision:
    """Decide whether ``actor`` may take access to ``dataset`` away."""
    return is_steward(actor, dataset, owner, today)
