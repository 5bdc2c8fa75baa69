"""An access request as one person sees it: its facts, who spoke, and what they may do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from polderlab_catalog.application.lookups import the_organisation, the_project
from polderlab_catalog.application.ports import Transaction
from polderlab_catalog.domain.actors import Actor
from polderlab_catalog.domain.datasets import Column, Dataset
from polderlab_catalog.domain.organisations import Organisation
from polderlab_catalog.domain.people import Person
from polderlab_catalog.domain.projects import Project
from polderlab_catalog.domain.requests import AccessRequest, ApprovalRole, RequestState
from polderlab_catalog.policy.requests import (
    LAB_ROLES,
    Case,
    can_see,
    is_mine,
    last_day_for,
    may_approve,
    may_decide,
    may_speak_for_asker,
    still_needed,
)
from polderlab_catalog.policy.scopes import columns_of


@dataclass(frozen=True, slots=True)
class RequestCard:
    """A request with what is needed to judge it.

    ``asking`` is the project's organisation, ``members`` how many belong to the project;
    ``people`` those who spoke, by actor name. ``columns`` are what may still be granted of the
    dataset. ``waits_for`` are the approvals still needed, ``approve_as`` those the viewer may
    give; ``last_day`` is the latest an approval may choose. ``mine``: the viewer asked, or leads
    the project.
    """

    request: AccessRequest
    dataset: Dataset
    owner: Organisation
    project: Project
    asking: Organisation
    members: int
    people: Mapping[str, Person]
    columns: tuple[Column, ...]
    waits_for: tuple[ApprovalRole, ...]
    approve_as: tuple[ApprovalRole, ...]
    may_decide: bool
    may_answer: bool
    mine: bool
    last_day: date

    @property
    def waits_for_me(self) -> bool:
        """Whether the viewer is the one to do something now."""
        if self.request.state is RequestState.QUESTIONED:
            return self.may_answer
        return bool(self.approve_as)


def case_of(t: Transaction, actor: Actor, request: AccessRequest, today: date) -> Case:
    """Return the facts about ``actor`` and ``request``."""
    (case,) = _cases(t, actor, [request], today)
    return case


def desk_of(t: Transaction, actor: Actor, today: date, *, open_only: bool = False) -> list[Case]:
    """Return the requests that concern ``actor``, newest first."""
    if actor.person is None:
        return visible(t, actor, t.requests.find(open_only=open_only), today)
    mine = t.projects.memberships(username=actor.person.username)
    found = list(t.requests.find(projects=[each.project for each in mine], open_only=open_only))
    if any(actor.has(role) for role in LAB_ROLES.values()):
        home = actor.person.organisation
        found += t.requests.find(organisation=home, open_only=open_only)
    once = {request.id: request for request in found}.values()
    newest = sorted(once, key=lambda request: (request.asked, request.id), reverse=True)
    return visible(t, actor, newest, today)


def visible(
    t: Transaction, actor: Actor, found: Sequence[AccessRequest], today: date
) -> list[Case]:
    """Return those of ``found`` that ``actor`` may see."""
    return [case for case in _cases(t, actor, found, today) if can_see(case)]


def _cases(
    t: Transaction, actor: Actor, requests: Sequence[AccessRequest], today: date
) -> list[Case]:
    if not requests:
        return []
    username = actor.person.username if actor.person else ""
    mine = t.projects.memberships(username=username) if username else ()
    memberships = {each.project: each for each in mine}
    datasets = t.datasets.some({each.dataset for each in requests})
    owners = t.organisations.some({each.organisation for each in datasets.values()})
    return [
        Case(
            actor=actor,
            request=request,
            dataset=datasets[request.dataset],
            owner=owners[datasets[request.dataset].organisation],
            membership=memberships.get(request.project),
            today=today,
        )
        for request in requests
    ]


def waits_for(case: Case) -> bool:
    """Tell whether the request waits for the actor, as :attr:`RequestCard.waits_for_me` does."""
    if case.request.state is RequestState.QUESTIONED:
        return bool(may_speak_for_asker(case))
    return any(may_approve(case, role) for role in ApprovalRole)


def request_card(t: Transaction, case: Case) -> RequestCard:
    """Return the request of ``case`` with everything around it."""
    request, project = case.request, the_project(t, case.request.project)
    wanted = request.scope.columns or request.columns
    columns = columns_of(t.datasets.version(case.dataset.name))
    return RequestCard(
        request=request,
        dataset=case.dataset,
        owner=case.owner,
        project=project,
        asking=the_organisation(t, project.organisation),
        members=len(t.projects.memberships(project=project.slug)),
        people=_people(t, request),
        columns=tuple(each for each in columns if not wanted or each.name in wanted),
        waits_for=still_needed(case.dataset, request) if request.open else (),
        approve_as=tuple(role for role in ApprovalRole if may_approve(case, role)),
        may_decide=bool(may_decide(case)),
        may_answer=bool(may_speak_for_asker(case)),
        mine=is_mine(case),
        last_day=last_day_for(request, project),
    )


def _people(t: Transaction, request: AccessRequest) -> dict[str, Person]:
    spoke = {each.by for each in request.messages} | {each.by for each in request.approvals}
    found: dict[str, Person] = {}
    for name in spoke | {request.asked_by, request.decided_by}:
        person = t.people.get(name.removeprefix("person:")) if name else None
        if person is not None:
            found[name] = person
    return found
