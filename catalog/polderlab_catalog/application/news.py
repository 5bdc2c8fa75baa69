"""Who is told what: that something waits for them, and what became of what they asked for.

It is told in the transaction of the deed, so that neither is there without the other, and never to
whoever did it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, tzinfo

from polderlab_catalog.application.lookups import the_dataset, the_organisation, the_project
from polderlab_catalog.application.ports import Transaction
from polderlab_catalog.application.request_cards import case_of, waits_for
from polderlab_catalog.application.telling import (
    News,
    both,
    in_role,
    lab_administrators,
    members_of,
    tell,
)
from polderlab_catalog.domain.actors import Actor
from polderlab_catalog.domain.allocations import Extension, ExtensionState, Level, LevelKind
from polderlab_catalog.domain.grants import Grant, last_day
from polderlab_catalog.domain.names import one_line
from polderlab_catalog.domain.notices import NoticeKind
from polderlab_catalog.domain.organisations import Organisation
from polderlab_catalog.domain.people import LabRole, Person
from polderlab_catalog.domain.proposals import Proposal, ProposalState
from polderlab_catalog.domain.requests import AccessRequest, RequestState
from polderlab_catalog.policy.allocations import ALLOCATES, shown, word
from polderlab_catalog.policy.requests import LAB_ROLES
from polderlab_catalog.policy.roles import TABLE, Who
from polderlab_catalog.policy.standing import may_be_here

MAX_REASON = 500
"""Characters of a reason; the page that a notice leads to has all of it."""

_PROPOSALS = {
    ProposalState.SUBMITTED: NoticeKind.PROPOSAL_WAITS,
    ProposalState.ENDORSED: NoticeKind.PROPOSAL_WAITS,
    ProposalState.RETURNED: NoticeKind.PROPOSAL_RETURNED,
    ProposalState.REFUSED: NoticeKind.PROPOSAL_REFUSED,
    ProposalState.APPROVED: NoticeKind.PROPOSAL_APPROVED,
}
_EXTENSIONS = {
    ExtensionState.ASKED: NoticeKind.EXTENSION_WAITS,
    ExtensionState.APPROVED: NoticeKind.EXTENSION_GIVEN,
    ExtensionState.REFUSED: NoticeKind.EXTENSION_REFUSED,
}
_REQUESTS = {
    RequestState.REFUSED: NoticeKind.REQUEST_REFUSED,
    RequestState.APPROVED: NoticeKind.REQUEST_APPROVED,
}


@dataclass(frozen=True, slots=True)
class Messenger:
    """Tells others what ``actor`` does now, in transaction ``t``; ``zone`` is the lab's."""

    t: Transaction
    actor: Actor
    now: datetime
    zone: tzinfo

    @property
    def today(self) -> date:
        """The lab's date."""
        return self.now.astimezone(self.zone).date()

    def organisation_waits(self, organisation: Organisation) -> None:
        """Tell the lead agency that an organisation filled in its details."""
        slug, name = organisation.slug, both("organisation", organisation.name)
        path = f"/organisations/{slug}/decision"
        news = News(NoticeKind.ORGANISATION_WAITS, self._once(slug), name, path)
        self._tell(self._lab(), news)

    def person_waits(self, person: Person, home: Organisation) -> None:
        """Tell the lead agency that somebody who came in waits to be checked."""
        details = {**both("organisation", home.name), "person": person.display_name}
        path = f"/people/{person.username}"
        news = News(NoticeKind.PERSON_WAITS, self._once(person.username), details, path)
        self._tell(self._lab(), news)

    def person_checked(self, person: Person) -> None:
        """Tell somebody that they were checked, and may begin."""
        news = News(NoticeKind.PERSON_CHECKED, self._once(person.username), {})
        self._tell([person.username], news)

    def proposal(self, proposal: Proposal) -> None:
        """Tell those whose turn it is now, or the proposer what became of it."""
        kind = _PROPOSALS.get(proposal.state)
        if kind is None:  # taken back: nobody has to do anything
            return
        proposer = self.t.people.get(proposal.proposed_by)
        last = proposal.remarks[-1]
        details = {
            **both("title", proposal.plan.title),
            **both("organisation", the_organisation(self.t, proposal.organisation).name),
            "person": proposer.display_name if proposer else proposal.proposed_by,
            "reason": one_line(last.text, MAX_REASON),
        }
        path = f"/projects/{proposal.project}" if proposal.project else f"/proposals/{proposal.id}"
        news = News(kind, f"{proposal.id}:{len(proposal.remarks)}", details, path)
        self._tell(self._turn(proposal), news)

    def extension(self, extension: Extension) -> None:
        """Tell those who can give more room that it is asked for, or the asker what came of it."""
        kind = _EXTENSIONS.get(extension.state)
        if kind is None:
            return
        level, username = extension.level, extension.asked_by.removeprefix("person:")
        asker = self.t.people.get(username)
        within = level.kind is not LevelKind.ORGANISATION
        title = (
            the_project(self.t, level.name).title
            if within
            else the_organisation(self.t, level.name).name
        )
        details = {
            **both("title", title),
            "person": asker.display_name if asker else username,
            "resource": word(extension.resource),
            "amount": shown(extension.resource, extension.amount),
            "date": extension.until.isoformat(),
            "reason": one_line(extension.reason, MAX_REASON),
        }
        waits = extension.state is ExtensionState.ASKED
        there = f"/projects/{level.name}/more#asked" if within else "/"
        news = News(kind, extension.id, details, "/extensions" if waits else there)
        self._tell(self._givers(level) if waits else [username], news)

    def request(self, before: AccessRequest | None, after: AccessRequest) -> None:
        """Tell those a request for access waits for, or who asked what became of it."""
        spoken = len(after.messages)
        details = {
            **both("dataset", the_dataset(self.t, after.dataset).title),
            **both("project", the_project(self.t, after.project).title),
            "date": (after.granted_until or after.until).isoformat(),
            "reason": one_line(after.reason, MAX_REASON),
        }
        kind, occasion, whom = _REQUESTS.get(after.state), after.id, self._askers(after)
        if before is None:
            kind, whom = NoticeKind.REQUEST_WAITS, self._waited_for(after)
        elif spoken > len(before.messages):
            asked = after.state is RequestState.QUESTIONED
            kind = NoticeKind.REQUEST_QUESTIONED if asked else NoticeKind.REQUEST_ANSWERED
            occasion, whom = f"{after.id}:{spoken}", self._waited_for(after)
        if kind is not None:
            self._tell(whom, News(kind, occasion, details, f"/requests/{after.id}"))

    def access_changed(self, before: Grant, after: Grant) -> None:
        """Tell who uses a grant that it has other terms now."""
        if (before.ends, before.scope, before.conditions) != (
            after.ends,
            after.scope,
            after.conditions,
        ):
            self._access(NoticeKind.ACCESS_CHANGED, after)

    def access_taken(self, grant: Grant) -> None:
        """Tell who used a grant that it was taken away."""
        self._access(NoticeKind.ACCESS_TAKEN, grant)

    def _access(self, kind: NoticeKind, grant: Grant) -> None:
        dataset, project = self.t.datasets.get(grant.dataset), self.t.projects.get(grant.project)
        if dataset is None or project is None:
            return
        details = {
            **both("dataset", dataset.title),
            **both("project", project.title),
            "date": last_day(grant.ends, self.zone).isoformat(),
        }
        whom = self._members(grant.project, lead=True)
        for request in self.t.requests.find(dataset=grant.dataset, project=grant.project):
            if request.state is RequestState.APPROVED:
                whom += self._askers(request)
        news = News(kind, self._once(grant.id), details, f"/datasets/{grant.dataset}")
        self._tell(whom, news)

    def _turn(self, proposal: Proposal) -> list[str]:
        """Return whose turn it is with ``proposal``; nobody decides on their own."""
        own = proposal.proposed_by
        if proposal.state is ProposalState.SUBMITTED:
            turn = [each for each in self._administrators(proposal.organisation) if each != own]
            # Where nobody can endorse it, the lead agency is to see to it that somebody can.
            turn = turn or self._lab()
        elif proposal.state is ProposalState.ENDORSED:
            turn = self._lab()
        else:
            return [own]
        return [each for each in turn if each != own]

    def _waited_for(self, request: AccessRequest) -> list[str]:
        """Return for whom ``request`` waits now, as their own list of requests has it."""
        owner = the_dataset(self.t, request.dataset).organisation
        roles = frozenset(LAB_ROLES.values())
        answers = [
            each
            for each in self.t.people.all(organisation=owner)
            if each.cleared and roles & each.roles
        ]
        asks = [self.t.people.get(each) for each in self._askers(request)]
        return [
            each.username
            for each in (*answers, *asks)
            if each and waits_for(case_of(self.t, Actor.for_person(each), request, self.today))
        ]

    def _askers(self, request: AccessRequest) -> list[str]:
        """Return who speaks for the project: who asked, while a member, and its leads."""
        asker = request.asked_by.removeprefix("person:")
        leads = self._members(request.project, lead=True)
        return [each for each in self._members(request.project) if each == asker or each in leads]

    def _givers(self, level: Level) -> list[str]:
        """Return who can give more at ``level``, the nearest: the lead agency when nobody else."""
        allowed = TABLE[ALLOCATES[level.kind]]
        near: list[str] = []
        if level.kind is LevelKind.ORGANISATION:
            return self._lab()
        if Who.LEAD in allowed:
            near += self._members(level.name, lead=True)
        if Who.ORGANISATION_ADMINISTRATOR in allowed:
            near += self._administrators(the_project(self.t, level.name).organisation)
        return near or self._lab()

    def _members(self, project: str, *, lead: bool = False) -> list[str]:
        return members_of(self.t, project, self.today, lead=lead)

    def _administrators(self, organisation: str) -> list[str]:
        people = self.t.people.all(organisation=organisation)
        return in_role(people, organisation, LabRole.ORGANISATION_ADMINISTRATOR)

    def _lab(self) -> list[str]:
        return lab_administrators(self.t.people.all())

    def _once(self, what: str) -> str:
        return f"{what}:{self.now.isoformat()}"

    def _tell(self, usernames: Iterable[str], news: News) -> None:
        doer = self.actor.person.username if self.actor.person else ""
        whom = {each for each in usernames if each != doer}
        # What is told is for who may be in the lab today; that they may now, for whoever it is.
        if news.kind is not NoticeKind.PERSON_CHECKED:
            whom = set(filter(self._is_here, whom))
        tell(self.t, self.now, whom, news)

    def _is_here(self, username: str) -> bool:
        person = self.t.people.get(username)
        home = self.t.organisations.get(person.organisation) if person else None
        return bool(home and may_be_here(person, home, self.today))
