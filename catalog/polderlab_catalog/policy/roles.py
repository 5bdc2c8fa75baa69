"""Who may do what with organisations, people, projects and members: one table, and who is who.

Policies, pages and tests read the same table, and so does docs/reference/roles.md. Roles give
no data: reading is decided by membership and grants alone (policy/reading.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from types import MappingProxyType

from polderlab_catalog.domain.actors import Actor
from polderlab_catalog.domain.organisations import Organisation, OrganisationKind
from polderlab_catalog.domain.people import LabRole, Person
from polderlab_catalog.domain.projects import MemberRole, Membership
from polderlab_catalog.policy.decisions import ALLOWED, Code, Decision, refused
from polderlab_catalog.policy.standing import may_be_here


class Who(StrEnum):
    """How somebody stands to what they act on. The roles of an organisation count for their own
    organisation only, those of a project for that project only."""

    LAB_ADMINISTRATOR = "lab-administrator"
    ORGANISATION_ADMINISTRATOR = "organisation-administrator"
    COLLEAGUE = "colleague"
    PROPOSER = "proposer"
    LEAD = "lead"
    ANALYST = "analyst"
    VIEWER = "viewer"


class Action(StrEnum):
    """What may be done, as ``object:verb``."""

    ORGANISATION_LIST = "organisation:list"
    ORGANISATION_INVITE = "organisation:invite"
    ORGANISATION_DECIDE = "organisation:decide"
    ORGANISATION_SUSPEND = "organisation:suspend"
    ORGANISATION_SHOW = "organisation:show"
    ORGANISATION_CHANGE = "organisation:change"
    ORGANISATION_ALLOCATE = "organisation:allocate"
    PERSON_SHOW = "person:show"
    PERSON_INVITE = "person:invite"
    PERSON_ROLES = "person:roles"
    PERSON_CLOSE = "person:close"
    PERSON_VET = "person:vet"
    PROPOSAL_MAKE = "proposal:make"
    PROPOSAL_SHOW = "proposal:show"
    PROPOSAL_CHANGE = "proposal:change"
    PROPOSAL_ENDORSE = "proposal:endorse"
    PROPOSAL_DECIDE = "proposal:decide"
    PROJECT_SHOW = "project:show"
    PROJECT_ALLOCATE = "project:allocate"
    PROJECT_END = "project:end"
    PROJECT_EXTEND = "project:extend"
    MEMBER_CHANGE = "member:change"
    MEMBER_ALLOCATE = "member:allocate"
    SESSION_START = "session:start"
    ACCESS_ASK = "access:ask"
    RESULT_READ = "result:read"


_LAB, _OWN = Who.LAB_ADMINISTRATOR, Who.ORGANISATION_ADMINISTRATOR

TABLE: Mapping[Action, frozenset[Who]] = MappingProxyType(
    {
        Action.ORGANISATION_LIST: frozenset({_LAB}),
        Action.ORGANISATION_INVITE: frozenset({_LAB}),
        Action.ORGANISATION_DECIDE: frozenset({_LAB}),
        Action.ORGANISATION_SUSPEND: frozenset({_LAB}),
        Action.ORGANISATION_SHOW: frozenset({_LAB, _OWN}),
        Action.ORGANISATION_CHANGE: frozenset({_LAB, _OWN}),
        Action.ORGANISATION_ALLOCATE: frozenset({_LAB}),
        Action.PERSON_SHOW: frozenset({_LAB, _OWN}),
        Action.PERSON_INVITE: frozenset({_LAB, _OWN}),
        Action.PERSON_ROLES: frozenset({_LAB, _OWN}),
        Action.PERSON_CLOSE: frozenset({_LAB, _OWN}),
        Action.PERSON_VET: frozenset({_LAB}),
        Action.PROPOSAL_MAKE: frozenset({Who.COLLEAGUE}),
        Action.PROPOSAL_SHOW: frozenset({_LAB, _OWN, Who.PROPOSER}),
        Action.PROPOSAL_CHANGE: frozenset({Who.PROPOSER}),
        Action.PROPOSAL_ENDORSE: frozenset({_OWN}),
        Action.PROPOSAL_DECIDE: frozenset({_LAB}),
        Action.PROJECT_SHOW: frozenset({_LAB, _OWN, Who.LEAD, Who.ANALYST, Who.VIEWER}),
        Action.PROJECT_ALLOCATE: frozenset({_LAB, _OWN}),
        Action.PROJECT_END: frozenset({_LAB, _OWN, Who.LEAD}),
        Action.PROJECT_EXTEND: frozenset({_LAB}),
        # not the lab administrator: being one must not become a way to data
        Action.MEMBER_CHANGE: frozenset({_OWN, Who.LEAD}),
        Action.MEMBER_ALLOCATE: frozenset({_LAB, _OWN, Who.LEAD}),
        Action.SESSION_START: frozenset({Who.LEAD, Who.ANALYST}),
        Action.ACCESS_ASK: frozenset({Who.LEAD, Who.ANALYST}),
        Action.RESULT_READ: frozenset({Who.LEAD, Who.ANALYST, Who.VIEWER}),
    }
)
"""Who may do what. An operator, who has the machine itself, may do all of it."""

SHOWS: Mapping[str, Action] = MappingProxyType(
    {
        "organisation": Action.ORGANISATION_SHOW,
        "person": Action.PERSON_SHOW,
        "project": Action.PROJECT_SHOW,
        "member": Action.PROJECT_SHOW,
        "session": Action.PROJECT_SHOW,
        "access": Action.PROJECT_SHOW,
        "result": Action.PROJECT_SHOW,
        "proposal": Action.PROPOSAL_SHOW,
    }
)
"""By object: who may know that there is one. To others it looks as if there were none."""

GIVES: Mapping[Who, frozenset[LabRole]] = MappingProxyType(
    {
        _LAB: frozenset({LabRole.LAB_ADMINISTRATOR, LabRole.ORGANISATION_ADMINISTRATOR}),
        _OWN: frozenset(
            {LabRole.ORGANISATION_ADMINISTRATOR, LabRole.STEWARD, LabRole.PRIVACY_OFFICER}
        ),
    }
)
"""Which roles of an organisation each gives and takes: a lab administrator none that opens data,
an organisation administrator none that reaches beyond the organisation."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What is acted on, and how the actor stands to it.

    ``organisation`` is whose it is (None: the lab's), ``home`` the actor's own; ``membership`` the
    actor's in ``project``; ``proposer`` the username behind a proposal. ``administered`` is
    whether the organisation has an administrator, so that no other has to make one.
    """

    today: date
    home: Organisation | None = None
    organisation: Organisation | None = None
    project: str = ""
    membership: Membership | None = None
    proposer: str = ""
    administered: bool = False


def stands_as(actor: Actor, subject: Subject) -> frozenset[Who]:
    """Return everything the actor is to ``subject``: nothing, for strangers."""
    person = actor.person
    if person is None or not person.cleared:
        return frozenset()
    found = set()
    if actor.has(LabRole.LAB_ADMINISTRATOR):
        found.add(_LAB)
    if subject.organisation is not None and subject.organisation.slug == person.organisation:
        found.add(Who.COLLEAGUE)
        if actor.has(LabRole.ORGANISATION_ADMINISTRATOR):
            found.add(_OWN)
    if subject.proposer and subject.proposer == person.username:
        found.add(Who.PROPOSER)
    member = subject.membership
    if member is not None and (member.until is None or subject.today <= member.until):
        found.add(_MEMBERS[member.role])
    return frozenset(found)


_MEMBERS = {
    MemberRole.LEAD: Who.LEAD,
    MemberRole.ANALYST: Who.ANALYST,
    MemberRole.VIEWER: Who.VIEWER,
}


def member_may(action: Action, role: MemberRole) -> bool:
    """Tell whether the table gives ``action`` to members in ``role``."""
    return _MEMBERS[role] in TABLE[action]


def may(actor: Actor, action: Action, subject: Subject) -> Decision:
    """Decide by the table. Who may do nothing in the lab today may not do this either."""
    if actor.trusted:
        return ALLOWED
    if action not in SHOWS.values():
        decision = may_be_here(actor.person, subject.home, subject.today)
        if not decision:
            return decision
    if stands_as(actor, subject) & TABLE[action]:
        return ALLOWED
    return _whom_to_ask(TABLE[action], subject)


def may_know(actor: Actor, action: Action, subject: Subject) -> bool:
    """Tell whether the actor may know that what ``action`` is done to exists at all."""
    shows = SHOWS[action.partition(":")[0]]
    return bool(may(actor, shows, subject))


def may_give(actor: Actor, role: LabRole, subject: Subject) -> Decision:
    """Decide whether the actor gives or takes ``role`` at ``subject.organisation``."""
    organisation = subject.organisation
    named = organisation.name.in_("nl") if organisation else ""
    if role is LabRole.LAB_ADMINISTRATOR and (
        organisation is None or organisation.kind is not OrganisationKind.LEAD
    ):
        return refused(Code.ROLE_NOT_YOURS_TO_GIVE, organisation=named)
    if actor.trusted:
        return ALLOWED
    stands = stands_as(actor, subject)
    if subject.administered and role is LabRole.ORGANISATION_ADMINISTRATOR:
        # or a lab administrator could make one of a second account, and with it a way to data
        stands -= {_LAB}
    given = {each for who in stands for each in GIVES.get(who, ())}
    return ALLOWED if role in given else refused(Code.ROLE_NOT_YOURS_TO_GIVE, organisation=named)


def may_touch(actor: Actor, person: Person) -> Decision:
    """Refuse whoever would open or close the account of somebody who may do more than they."""
    if LabRole.LAB_ADMINISTRATOR not in person.roles:
        return ALLOWED
    if actor.trusted or actor.has(LabRole.LAB_ADMINISTRATOR):
        return ALLOWED
    return refused(Code.NOT_LAB_ADMINISTRATOR)


def not_for_yourself(actor: Actor, username: str) -> Decision:
    """Refuse whoever would give a role to themselves."""
    if actor.person is not None and actor.person.username == username:
        return refused(Code.NOT_FOR_YOURSELF)
    return ALLOWED


def _whom_to_ask(allowed: frozenset[Who], subject: Subject) -> Decision:
    if Who.VIEWER in allowed and subject.project:
        return refused(Code.NOT_A_MEMBER, project=subject.project)
    if Who.LEAD in allowed and subject.project:
        return refused(Code.NOT_PROJECT_LEAD, project=subject.project)
    if _OWN in allowed and subject.organisation is not None:
        named = subject.organisation.name.in_("nl")
        return refused(Code.NOT_ORGANISATION_ADMINISTRATOR, organisation=named)
    return refused(Code.NOT_LAB_ADMINISTRATOR)
