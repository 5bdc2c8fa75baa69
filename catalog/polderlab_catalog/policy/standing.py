"""Standing: whether a person may be in a project at all, today.

Asked again at every start and every read, so that closing an account, suspending an
organisation, ending a project or removing a member holds at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from polderlab_catalog.domain.names import printable
from polderlab_catalog.domain.organisations import (
    Organisation,
    OrganisationKind,
    OrganisationState,
)
from polderlab_catalog.domain.people import Person
from polderlab_catalog.domain.projects import MemberRole, Membership, Project
from polderlab_catalog.policy.decisions import ALLOWED, Code, Decision, refused


@dataclass(frozen=True, slots=True)
class Standing:
    """The facts: who, of which organisation, in which project, of which organisation, when.

    ``asked`` is the project's name as it was asked for; ``today`` is the lab's local date.
    """

    asked: str
    today: date
    person: Person | None
    organisation: Organisation | None
    project: Project | None
    owner: Organisation | None
    membership: Membership | None


def may_belong(facts: Standing) -> Decision:
    """Decide whether the person may see the project from within, in whatever role.

    A project that does not exist and one of others look alike.
    """
    decision = may_be_here(facts.person, facts.organisation, facts.today)
    if not decision:
        return decision
    if (
        facts.person is None
        or facts.organisation is None
        or facts.project is None
        or facts.owner is None
        or facts.membership is None
    ):
        return refused(Code.NOT_A_MEMBER, project=printable(facts.asked, 40))
    if facts.owner != facts.organisation:
        decision = takes_part(facts.owner, facts.today)
        if not decision:
            return decision
    return _runs(facts.project, facts.today) and _belongs(facts.membership, facts.today)


def may_be_here(person: Person | None, organisation: Organisation | None, today: date) -> Decision:
    """Decide whether somebody of ``organisation`` may do anything in the lab today.

    Whoever does not exist is not refused here: what they ask for is.
    """
    if person is not None and not person.active:
        return refused(Code.PERSON_INACTIVE)
    decision = takes_part(organisation, today) if organisation is not None else ALLOWED
    if decision and person is not None and not person.cleared:
        return refused(Code.PERSON_NOT_VETTED)
    return decision


def takes_part(organisation: Organisation, today: date) -> Decision:
    """Decide whether the people and projects of ``organisation`` may be used today.

    The lead agency has no agreement with itself: a day set by mistake must not lock out those who
    can set another.
    """
    name = organisation.name.in_("nl")
    if organisation.suspended:
        return refused(Code.ORGANISATION_SUSPENDED, organisation=name)
    if organisation.state is not OrganisationState.ACTIVE:
        return refused(Code.ORGANISATION_NOT_ACTIVE, organisation=name)
    until = None if organisation.kind is OrganisationKind.LEAD else organisation.agreed_until
    if until is not None and today > until:
        return refused(Code.AGREEMENT_ENDED, organisation=name, date=until.isoformat())
    return ALLOWED


def _belongs(membership: Membership, today: date) -> Decision:
    if membership.until is not None and today > membership.until:
        ended = membership.until.isoformat()
        return refused(Code.MEMBERSHIP_ENDED, project=membership.project, date=ended)
    return ALLOWED


def _runs(project: Project, today: date) -> Decision:
    if today < project.starts:
        return refused(
            Code.PROJECT_NOT_STARTED, project=project.slug, date=project.starts.isoformat()
        )
    if today > project.ends:
        return refused(Code.PROJECT_ENDED, project=project.slug, date=project.ends.isoformat())
    return ALLOWED


def may_work(facts: Standing) -> Decision:
    """Decide whether the person may run code in the project: members, but not viewers."""
    decision = may_belong(facts)
    if decision and facts.membership is not None and facts.membership.role is MemberRole.VIEWER:
        return refused(Code.VIEWER_STARTS_NO_SESSION, project=facts.membership.project)
    return decision
