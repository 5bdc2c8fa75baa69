"""Projects are proposed, looked at twice, and made."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass, replace
from uuid import uuid4

from polderlab_catalog.application.changes import Change
from polderlab_catalog.application.door import Door
from polderlab_catalog.application.errors import Invalid, NotFound, must
from polderlab_catalog.application.lookups import the_organisation, the_person
from polderlab_catalog.application.news import Messenger
from polderlab_catalog.application.ports import Transaction
from polderlab_catalog.domain.actors import Actor
from polderlab_catalog.domain.audit import AuditAction
from polderlab_catalog.domain.names import (
    MAX_LENGTH,
    MIN_LENGTH,
    is_dataset_name,
    is_slug,
    legible,
    one_line,
)
from polderlab_catalog.domain.organisations import Organisation
from polderlab_catalog.domain.people import LabRole, Person
from polderlab_catalog.domain.projects import MemberRole, Membership, Project
from polderlab_catalog.domain.proposals import (
    Plan,
    Proposal,
    ProposalState,
    Remark,
    Step,
)
from polderlab_catalog.domain.sessions import Image, Size
from polderlab_catalog.domain.texts import Text
from polderlab_catalog.policy.decisions import N_
from polderlab_catalog.policy.proposals import MAX_LINE, MAX_STORY, TURNS, faults, may_take
from polderlab_catalog.policy.roles import Action, Subject, may
from polderlab_catalog.policy.standing import may_be_here

_LOGGED = {
    Step.CHANGED: AuditAction.PROPOSAL_CHANGED,
    Step.ENDORSED: AuditAction.PROPOSAL_ENDORSED,
    Step.RETURNED: AuditAction.PROPOSAL_RETURNED,
    Step.APPROVED: AuditAction.PROPOSAL_APPROVED,
    Step.REFUSED: AuditAction.PROPOSAL_REFUSED,
    Step.WITHDRAWN: AuditAction.PROPOSAL_WITHDRAWN,
}


@dataclass(frozen=True, slots=True)
class ProposalCard:
    """A proposal as somebody it concerns sees it. ``turn`` is what they may do next, if it is
    theirs to do; ``people`` those behind the remarks, by username."""

    proposal: Proposal
    organisation: Organisation
    proposer: Person
    people: dict[str, Person]
    turn: Action | None
    mine: bool


@dataclass(frozen=True, slots=True)
class Choices:
    """What a proposal can be made of."""

    sizes: tuple[Size, ...]
    images: tuple[Image, ...]


class Proposals:
    """Takes proposals, and makes projects of those that both sides approve."""

    def __init__(self, door: Door) -> None:
        self._door = door

    def choices(self) -> Choices:
        """Return what may be chosen from."""
        with self._door.register.read() as t:
            return _choices(t)

    def of(self, actor: Actor) -> list[ProposalCard]:
        """Return those that concern the actor, newest first."""
        with self._door.register.read() as t:
            person = actor.person
            if person is None or actor.has(LabRole.LAB_ADMINISTRATOR):
                found = t.proposals.find()
            elif actor.has(LabRole.ORGANISATION_ADMINISTRATOR):
                found = t.proposals.find(organisation=person.organisation)
            else:
                found = t.proposals.find(proposed_by=person.username)
            turns = self._turns(t, actor, found)
            return [_card(t, actor, each, turns.get(each.id)) for each in found]

    def waiting_for(self, t: Transaction, actor: Actor) -> int:
        """Return how many wait for the actor."""
        person = actor.person
        if person is None:
            return 0
        mine = t.proposals.find(proposed_by=person.username, open_only=True)
        found = {each.id: each for each in mine}
        if actor.has(LabRole.LAB_ADMINISTRATOR):
            found |= {each.id: each for each in t.proposals.find(open_only=True)}
        elif actor.has(LabRole.ORGANISATION_ADMINISTRATOR):
            own = t.proposals.find(organisation=person.organisation, open_only=True)
            found |= {each.id: each for each in own}
        return len(self._turns(t, actor, found.values()))

    def show(self, actor: Actor, proposal_id: str) -> ProposalCard:
        """Return one; raise :class:`NotFound`, also for those it does not concern."""
        with self._door.register.read() as t:
            found = self._door.proposal(t, actor, proposal_id, Action.PROPOSAL_SHOW)
            return _card(t, actor, found, self._turns(t, actor, [found]).get(found.id))

    def propose(self, actor: Actor, plan: Plan) -> Proposal:
        """Propose a project of the actor's own organisation.

        What an administrator of the organisation proposes goes to the lead agency at once.
        """
        person = actor.person
        if person is None:
            raise NotFound("person", actor.name)
        with self._door.change(actor) as change:
            t = change.t
            home = self._door.home(t, actor, person.organisation, Action.PROPOSAL_MAKE)
            plan = _tidy(plan)
            self._check(t, plan)
            now = self._door.now()
            made = Proposal(str(uuid4()), home.slug, person.username, now, plan)
            made = _after(made, Step.PROPOSED, actor, self._door)
            change.log(
                AuditAction.PROJECT_PROPOSED,
                made.id,
                organisation=home.slug,
                title=plan.title.in_("nl"),
                purpose=plan.purpose.in_("nl"),
            )
            if actor.has(LabRole.ORGANISATION_ADMINISTRATOR):
                made = replace(made, state=ProposalState.ENDORSED)
            t.proposals.put(made)
            self._tell(change, made)
            return made

    def change(self, actor: Actor, proposal_id: str, plan: Plan) -> Proposal:
        """Change a proposal that came back, and send it in again."""
        with self._door.change(actor) as change:
            before = self._mine(change.t, actor, proposal_id, Action.PROPOSAL_CHANGE)
            plan = _tidy(plan)
            self._check(change.t, plan)
            admin = actor.has(LabRole.ORGANISATION_ADMINISTRATOR)
            state = ProposalState.ENDORSED if admin else ProposalState.SUBMITTED
            return self._put(change, replace(before, plan=plan, state=state), Step.CHANGED)

    def endorse(self, actor: Actor, proposal_id: str, said: str = "") -> Proposal:
        """Say yes for the organisation; the lead agency is next."""
        with self._door.change(actor) as change:
            before = self._mine(change.t, actor, proposal_id, Action.PROPOSAL_ENDORSE)
            after = replace(before, state=ProposalState.ENDORSED)
            return self._put(change, after, Step.ENDORSED, said)

    def approve(self, actor: Actor, proposal_id: str, said: str = "") -> Proposal:
        """Say yes for the lab: the project exists, with its proposer as its lead."""
        with self._door.change(actor) as change:
            t = change.t
            before = self._mine(t, actor, proposal_id, Action.PROPOSAL_DECIDE)
            self._check(t, before.plan)
            owner, proposer = the_organisation(t, before.organisation), before.proposed_by
            must(may_be_here(the_person(t, proposer), owner, self._door.today()))
            project = _project(before, _free_slug(t, before.plan))
            t.projects.put(project)
            t.projects.put_membership(Membership(before.proposed_by, project.slug, MemberRole.LEAD))
            change.log(AuditAction.PROJECT_REGISTERED, project.slug, project=project.slug)
            change.log(
                AuditAction.MEMBER_ADDED, before.proposed_by, project=project.slug, role="lead"
            )
            after = replace(before, state=ProposalState.APPROVED, project=project.slug)
            return self._put(change, after, Step.APPROVED, said)

    def send_back(self, actor: Actor, proposal_id: str, said: str) -> Proposal:
        """Ask the proposer for changes: whoever's turn it is."""
        return self._turn_down(actor, proposal_id, said, ProposalState.RETURNED, Step.RETURNED)

    def refuse(self, actor: Actor, proposal_id: str, said: str) -> Proposal:
        """Refuse with a reason: whoever's turn it is."""
        return self._turn_down(actor, proposal_id, said, ProposalState.REFUSED, Step.REFUSED)

    def withdraw(self, actor: Actor, proposal_id: str) -> Proposal:
        """Take one's own proposal back."""
        with self._door.change(actor) as change:
            before = self._door.proposal(change.t, actor, proposal_id, Action.PROPOSAL_CHANGE)
            if not before.open:
                must(may_take(actor, before, Action.PROPOSAL_CHANGE))
            after = replace(before, state=ProposalState.WITHDRAWN)
            return self._put(change, after, Step.WITHDRAWN)

    def _turn_down(
        self, actor: Actor, proposal_id: str, said: str, state: ProposalState, step: Step
    ) -> Proposal:
        if not legible(said, MAX_STORY):
            raise Invalid({"reason": N_("Write why")})
        with self._door.change(actor) as change:
            found = self._door.proposal(change.t, actor, proposal_id, Action.PROPOSAL_SHOW)
            turn = TURNS.get(found.state, Action.PROPOSAL_DECIDE)
            if turn is Action.PROPOSAL_CHANGE:
                turn = Action.PROPOSAL_DECIDE
            before = self._mine(change.t, actor, proposal_id, turn)
            return self._put(change, replace(before, state=state), step, said)

    def _mine(self, t: Transaction, actor: Actor, proposal_id: str, action: Action) -> Proposal:
        found = self._door.proposal(t, actor, proposal_id, action)
        must(may_take(actor, found, action))
        return found

    def _put(self, change: Change, proposal: Proposal, step: Step, said: str = "") -> Proposal:
        after = _after(proposal, step, change.actor, self._door, said)
        change.t.proposals.put(after)
        told = after.remarks[-1].text
        change.log(_LOGGED[step], proposal.id, project=proposal.project, reason=told)
        self._tell(change, after)
        return after

    def _tell(self, change: Change, proposal: Proposal) -> None:
        door = self._door
        Messenger(change.t, change.actor, door.now(), door.zone).proposal(proposal)

    def _check(self, t: Transaction, plan: Plan) -> None:
        there = _choices(t)
        wrong = faults(
            plan,
            self._door.today(),
            datasets=t.datasets.some([each for each in plan.datasets if is_dataset_name(each)]),
            sizes=[each.name for each in there.sizes],
            images=[each.name for each in there.images],
        )
        if wrong:
            raise Invalid(wrong)

    def _turns(
        self, t: Transaction, actor: Actor, proposals: Collection[Proposal]
    ) -> dict[str, Action]:
        """Return what the actor may do next, by id: of those whose turn is theirs.
        Organisations are looked up together: the top of every page counts what waits."""
        takes = {
            each.id: action
            for each in proposals
            if (action := TURNS.get(each.state)) and may_take(actor, each, action)
        }
        if not takes:
            return {}
        home = actor.person.organisation if actor.person else ""
        known = t.organisations.some({home, *(each.organisation for each in proposals)})
        found = {}
        for each in proposals:
            subject = Subject(
                today=self._door.today(),
                home=known.get(home),
                organisation=known.get(each.organisation),
                proposer=each.proposed_by,
            )
            if each.id in takes and may(actor, takes[each.id], subject):
                found[each.id] = takes[each.id]
        return found


def _card(t: Transaction, actor: Actor, proposal: Proposal, turn: Action | None) -> ProposalCard:
    names = {each.by.removeprefix("person:") for each in proposal.remarks}
    people = {name: t.people.get(name) for name in names if is_slug(name)}
    proposer = t.people.get(proposal.proposed_by)
    if proposer is None:
        raise NotFound("person", proposal.proposed_by)
    person = actor.person
    return ProposalCard(
        proposal=proposal,
        organisation=the_organisation(t, proposal.organisation),
        proposer=proposer,
        people={name: each for name, each in people.items() if each is not None},
        turn=turn,
        mine=person is not None and person.username == proposal.proposed_by,
    )


def _tidy(plan: Plan) -> Plan:
    """Return ``plan`` with its words fit to keep and to show."""
    return replace(
        plan,
        title=Text(one_line(plan.title.nl, MAX_LINE), one_line(plan.title.en, MAX_LINE)),
        purpose=Text(legible(plan.purpose.nl, MAX_STORY), legible(plan.purpose.en, MAX_STORY)),
        ground=legible(plan.ground, MAX_STORY),
        categories=legible(plan.categories, MAX_STORY),
        subjects=legible(plan.subjects, MAX_STORY),
        retention=legible(plan.retention, MAX_STORY),
        processing_id=one_line(plan.processing_id, MAX_LINE),
    )


def _after(proposal: Proposal, step: Step, actor: Actor, door: Door, said: str = "") -> Proposal:
    remark = Remark(step, actor.name, door.now(), legible(said, MAX_STORY))
    return replace(proposal, remarks=(*proposal.remarks, remark))


def _project(proposal: Proposal, slug: str) -> Project:
    plan = proposal.plan
    return Project(
        slug=slug,
        title=plan.title,
        organisation=proposal.organisation,
        purpose=plan.purpose,
        legal_basis=plan.legal_basis,
        starts=plan.starts,
        ends=plan.ends,
        images=plan.images,
        sizes=plan.sizes,
        internet=plan.internet,
    )


def _choices(t: Transaction) -> Choices:
    return Choices(
        tuple(sorted(t.offer.sizes(), key=lambda each: (each.cpus, each.memory_bytes))),
        tuple(t.offer.images()),
    )


def _free_slug(t: Transaction, plan: Plan) -> str:
    """Return a name for the project that is like its title and that no other project has."""
    plain = unicodedata.normalize("NFKD", plan.title.in_("nl")).encode("ascii", "ignore").decode()
    words = re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-").lstrip("0123456789-")
    base = words[: MAX_LENGTH - 4].rstrip("-")
    if len(base) < MIN_LENGTH:
        base = "project"
    slug, number = base, 2
    while not is_slug(slug) or t.projects.get(slug) is not None:
        slug, number = f"{base}-{number}", number + 1
    return slug
