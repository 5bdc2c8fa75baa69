"""Who may ask a dataset's owner for access, and who may answer.

Two people decide on confidential data, one in each role; nobody decides for a project they
belong to themselves.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from polderlab_catalog.domain.actors import Actor
from polderlab_catalog.domain.datasets import Classification, Dataset
from polderlab_catalog.domain.grants import Grant
from polderlab_catalog.domain.organisations import Organisation
from polderlab_catalog.domain.people import LabRole
from polderlab_catalog.domain.projects import MemberRole, Membership, Project
from polderlab_catalog.domain.requests import AccessRequest, ApprovalRole
from polderlab_catalog.policy.decisions import ALLOWED, Code, Decision, refused
from polderlab_catalog.policy.grants import may_run
from polderlab_catalog.policy.standing import Standing, may_belong, takes_part

LAB_ROLES = {
    ApprovalRole.STEWARD: LabRole.STEWARD,
    ApprovalRole.PRIVACY_OFFICER: LabRole.PRIVACY_OFFICER,
}
"""The lab role that gives an approval."""


def approvals_needed(dataset: Dataset) -> tuple[ApprovalRole, ...]:
    """Return in which roles a request for ``dataset`` has to be approved."""
    if dataset.classification is Classification.CONFIDENTIAL:
        return (ApprovalRole.STEWARD, ApprovalRole.PRIVACY_OFFICER)
    return (ApprovalRole.STEWARD,)


def still_needed(dataset: Dataset, request: AccessRequest) -> tuple[ApprovalRole, ...]:
    """Return the approvals that ``request`` waits for."""
    given = {approval.role for approval in request.approvals}
    return tuple(role for role in approvals_needed(dataset) if role not in given)


def holds_still(dataset: Dataset, grant: Grant, request: AccessRequest | None) -> bool:
    """Tell whether access given before goes on now that ``dataset`` is classified as it is.

    What one person gave opens nothing confidential: two have to agree, as they would have to
    today. ``request`` is what the grant answered. What an operator gave stays, and a project's
    own result.
    """
    if not grant.granted_by.startswith("person:"):
        return True
    given = {approval.role for approval in request.approvals} if request else set()
    return dataset.classification is not Classification.CONFIDENTIAL or given >= set(
        approvals_needed(dataset)
    )


@dataclass(frozen=True, slots=True)
class Case:
    """The facts of a request: who acts, on what, whether they belong to its project, and when."""

    actor: Actor
    request: AccessRequest
    dataset: Dataset
    owner: Organisation
    membership: Membership | None
    today: date


def may_ask(facts: Standing, dataset: Dataset, *, until: date, another_open: bool) -> Decision:
    """Decide whether the person of ``facts`` may ask for ``dataset`` for their project."""
    decision = may_belong(facts)
    if facts.project is None or facts.membership is None or not decision:
        return decision
    if facts.membership.role is MemberRole.VIEWER:
        return refused(Code.VIEWER_ASKS_NOTHING, project=facts.project.slug)
    decision = can_be_asked(dataset, facts.project)
    if decision and another_open:
        return refused(Code.REQUEST_OPEN_ALREADY, dataset=dataset.name, project=facts.project.slug)
    return decision and may_run(facts.project, until=until, today=facts.today)


def can_be_asked(dataset: Dataset, project: Project) -> Decision:
    """Decide whether there is anything to ask: not for public data, nor for another lab's."""
    if dataset.remote:
        return refused(Code.DATASET_LIES_ELSEWHERE, dataset=dataset.name, page=dataset.remote)
    if dataset.classification is Classification.PUBLIC:
        return refused(Code.PUBLIC_NEEDS_NO_REQUEST, dataset=dataset.name, project=project.slug)
    return ALLOWED


def is_decider(actor: Actor, dataset: Dataset, owner: Organisation, today: date) -> Decision:
    """Decide whether ``actor`` answers requests: the owner's people in a role that approves.

    An operator does not: requests are answered by people with an account.
    """
    return _answers(actor, dataset, owner, approvals_needed(dataset), today)


def may_see_uses(actor: Actor, dataset: Dataset, owner: Organisation, today: date) -> Decision:
    """Decide whether ``actor`` sees who uses the dataset: the owner's stewards and privacy
    officers, and operators."""
    if actor.trusted:
        return ALLOWED
    return _answers(actor, dataset, owner, tuple(ApprovalRole), today)


def _answers(
    actor: Actor,
    dataset: Dataset,
    owner: Organisation,
    roles: Sequence[ApprovalRole],
    today: date,
) -> Decision:
    own = actor.person is not None and actor.person.organisation == owner.slug
    if not own or not any(actor.has(LAB_ROLES[role]) for role in roles):
        return refused(Code.NOT_A_DECIDER, organisation=owner.name.in_("nl"), dataset=dataset.name)
    return takes_part(owner, today)


def can_see(case: Case) -> bool:
    """Tell whether the request concerns the actor: the owner's people, who asked, the lead.

    An operator sees all.
    """
    decides = is_decider(case.actor, case.dataset, case.owner, case.today)
    return case.actor.trusted or is_mine(case) or bool(decides)


def is_mine(case: Case) -> bool:
    """Tell whether the actor asked (and still belongs to the project), or leads the project."""
    member, asker = case.membership, case.actor.name == case.request.asked_by
    return member is not None and (asker or member.role is MemberRole.LEAD)


def may_decide(case: Case) -> Decision:
    """Decide whether the actor may question and refuse the request."""
    decision = is_decider(case.actor, case.dataset, case.owner, case.today)
    if not decision:
        return decision
    if case.membership is not None or case.actor.name == case.request.asked_by:
        return refused(Code.OWN_PROJECT, project=case.request.project)
    return ALLOWED if case.request.open else refused(Code.REQUEST_DECIDED)


def may_approve(case: Case, role: ApprovalRole) -> Decision:
    """Decide whether the actor may approve the request in ``role``."""
    decision = may_decide(case)
    if not decision:
        return decision
    dataset, given = case.dataset, case.request.approvals
    if role not in approvals_needed(dataset):
        return refused(Code.APPROVAL_NOT_NEEDED, dataset=dataset.name)
    if not case.actor.has(LAB_ROLES[role]):
        code = Code.NOT_STEWARD if role is ApprovalRole.STEWARD else Code.NOT_PRIVACY_OFFICER
        return refused(code, organisation=case.owner.name.in_("nl"), dataset=dataset.name)
    if any(approval.by == case.actor.name for approval in given):
        return refused(Code.NEEDS_TWO_PEOPLE)
    return refused(Code.APPROVED_ALREADY) if role in {each.role for each in given} else ALLOWED


def may_speak_for_asker(case: Case) -> Decision:
    """Decide whether the actor answers and withdraws: who asked, while a member, or the lead."""
    lead = case.membership is not None and case.membership.role is MemberRole.LEAD
    asker = case.membership is not None and case.actor.name == case.request.asked_by
    if not (lead or asker):
        return refused(Code.NOT_THE_ASKER, project=case.request.project)
    return ALLOWED if case.request.open else refused(Code.REQUEST_DECIDED)


def last_day_for(request: AccessRequest, project: Project) -> date:
    """Return the last day an approval may choose: no later than asked, or approved before."""
    return min(request.until, request.granted_until or request.until, project.ends)


def may_end(until: date, request: AccessRequest, project: Project, today: date) -> Decision:
    """Decide whether an approval may run through ``until``."""
    last = last_day_for(request, project)
    if until > last:
        return refused(Code.MORE_THAN_ASKED, date=last.isoformat())
    return may_run(project, until=until, today=today)
