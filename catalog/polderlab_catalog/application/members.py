"""Who belongs to a project: added, given another role, removed. Each holds at once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from polderlab_catalog.application.changes import Change
from polderlab_catalog.application.door import Door
from polderlab_catalog.application.errors import Invalid, NotFound, must
from polderlab_catalog.application.lookups import on_the_way_out, the_organisation
from polderlab_catalog.application.ports import Transaction
from polderlab_catalog.application.stopping import Stopping
from polderlab_catalog.domain.actors import Actor
from polderlab_catalog.domain.audit import AuditAction
from polderlab_catalog.domain.names import is_slug, printable
from polderlab_catalog.domain.organisations import Organisation
from polderlab_catalog.domain.people import Person
from polderlab_catalog.domain.projects import MemberRole, Membership, Project
from polderlab_catalog.domain.proposals import Proposal
from polderlab_catalog.policy.decisions import N_, Code, refused
from polderlab_catalog.policy.members import may_change_guest
from polderlab_catalog.policy.projects import ended
from polderlab_catalog.policy.roles import Action, may, member_may, not_for_yourself


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody in a project. ``ended`` is whether the last day has passed."""

    person: Person
    membership: Membership
    home: Organisation
    ended: bool


@dataclass(frozen=True, slots=True)
class ProjectPage:
    """A project as whoever is concerned with it sees it: who works on it, and on what.

    ``datasets`` may be read now; ``proposal`` is where it came from, if it was proposed here;
    ``addable`` are people of its organisation who are no members yet, for those who work there.
    """

    project: Project
    organisation: Organisation
    members: tuple[Member, ...]
    datasets: tuple[str, ...]
    proposal: Proposal | None
    addable: tuple[Person, ...]
    may_change: bool
    may_end: bool
    may_extend: bool


class Members:
    """Changes who belongs to a project."""

    def __init__(self, door: Door, stopping: Stopping) -> None:
        self._door, self._stopping = door, stopping

    def page(self, actor: Actor, slug: str) -> ProjectPage:
        """Return the project; raise :class:`NotFound`, also for those it does not concern."""
        door, today = self._door, self._door.today()
        with door.register.read() as t:
            project = door.project(t, actor, slug, Action.PROJECT_SHOW)
            owner = the_organisation(t, project.organisation)
            subject = door.subject(t, actor, owner, project)
            members = _members(t, slug, today)
            there = {each.person.username for each in members}
            may_change = bool(may(actor, Action.MEMBER_CHANGE, subject))
            grants = t.grants.find(project=slug)
            now = door.now()
            return ProjectPage(
                project=project,
                organisation=owner,
                members=members,
                datasets=tuple(sorted({each.dataset for each in grants if each.live(now)})),
                proposal=next(iter(t.proposals.find(project=slug)), None),
                addable=_addable(t, actor, owner, there) if may_change else (),
                may_change=may_change,
                may_end=bool(may(actor, Action.PROJECT_END, subject)),
                may_extend=bool(may(actor, Action.PROJECT_EXTEND, subject)),
            )

    def put(
        self, actor: Actor, slug: str, username: str, role: MemberRole, until: date | None = None
    ) -> Membership:
        """Make ``username`` a member in ``role``, until and including a day, or change that.

        Leads and administrators take in people of the project's own organisation; guests from
        elsewhere come in by an operator, and nobody else gives them more.
        """
        with self._door.change(actor) as change:
            t = change.t
            project = self._door.project(t, actor, slug, Action.MEMBER_CHANGE)
            person = t.people.get(username) if is_slug(username) else None
            before = t.projects.membership(username, slug) if person else None
            own = person is not None and person.organisation == project.organisation
            whole = own or actor.trusted
            if person is None or not (whole or before):
                raise NotFound("person", printable(username, 40))
            must(not_for_yourself(actor, person.username))
            if until is not None and until < self._door.today():
                raise Invalid({"until": N_("Choose today or a later day")})
            after = Membership(person.username, slug, role, until)
            if before == after:
                return after
            if before is not None and not whole:
                must(may_change_guest(before, after))
            if before is not None and before.role is MemberRole.LEAD:
                self._keep_a_lead(t, before, after)
            t.projects.put_membership(after)
            change.log(
                AuditAction.MEMBER_ADDED,
                person.username,
                project=slug,
                role=role.value,
                until=until.isoformat() if until else "",
            )
        if not member_may(Action.SESSION_START, role):
            self._stopping.stop(actor, "may no longer work", username=username, project=slug)
        return after

    def remove(self, actor: Actor, slug: str, username: str) -> bool:
        """End a membership and what runs under it; return whether there was one.

        Everyone may leave a project; others need the table's leave.
        """
        myself = actor.person is not None and actor.person.username == username
        with self._door.change(actor) as change:
            t = change.t
            action = Action.PROJECT_SHOW if myself else Action.MEMBER_CHANGE
            self._door.project(t, actor, slug, action)
            before = t.projects.membership(username, slug) if is_slug(username) else None
            if before is None:
                return False
            self._keep_a_lead(t, before, None)
            t.projects.remove_membership(username, slug)
            change.log(AuditAction.MEMBER_REMOVED, username, project=slug)
        self._stopping.stop(actor, "no longer a member", username=username, project=slug)
        return True

    def end(self, actor: Actor, slug: str, last: date) -> Project:
        """Set the last day of a project. Later than it was is for the lead agency."""
        with self._door.change(actor) as change:
            project = self._door.project(change.t, actor, slug, Action.PROJECT_END)
            if last > project.ends:
                self._door.project(change.t, actor, slug, Action.PROJECT_EXTEND)
                if on_the_way_out(change.t, project=slug):
                    must(refused(Code.ON_THE_WAY_OUT, name=project.title.in_("nl")))
            if last < project.starts:
                raise Invalid({"ends": N_("Choose a day on or after the first day")})
            after = replace(project, ends=last)
            self._date(change, project, after)
        if last < self._door.today():
            self._stopping.stop(actor, "the project has ended", project=slug)
        return after

    def call_off(self, actor: Actor, slug: str) -> Project:
        """End a project now, also one that has yet to begin."""
        with self._door.change(actor) as change:
            project = self._door.project(change.t, actor, slug, Action.PROJECT_END)
            after = ended(project, self._door.today())
            self._date(change, project, after)
        self._stopping.stop(actor, "the project has ended", project=slug)
        return after

    def _date(self, change: Change, before: Project, after: Project) -> None:
        if after == before:
            return
        change.t.projects.put(after)
        change.log(
            AuditAction.PROJECT_DATED,
            after.slug,
            project=after.slug,
            starts=after.starts.isoformat(),
            ends=after.ends.isoformat(),
        )

    def _keep_a_lead(self, t: Transaction, before: Membership, after: Membership | None) -> None:
        """Refuse to leave a project without anybody who may look after it."""
        if before.role is not MemberRole.LEAD or (after and after.role is MemberRole.LEAD):
            return
        leads = [
            each
            for each in t.projects.memberships(project=before.project)
            if each.role is MemberRole.LEAD and each.username != before.username
        ]
        if not leads:
            must(refused(Code.NO_LEAD_LEFT, project=before.project))


def _members(t: Transaction, slug: str, today: date) -> tuple[Member, ...]:
    order = [MemberRole.LEAD, MemberRole.ANALYST, MemberRole.VIEWER]
    found = []
    for each in t.projects.memberships(project=slug):
        person = t.people.get(each.username)
        home = t.organisations.get(person.organisation) if person else None
        if person is not None and home is not None:
            ended = each.until is not None and each.until < today
            found.append(Member(person, each, home, ended))
    return tuple(
        sorted(found, key=lambda m: (order.index(m.membership.role), m.person.display_name))
    )


def _addable(
    t: Transaction, actor: Actor, owner: Organisation, there: set[str]
) -> tuple[Person, ...]:
    if actor.person is not None and actor.person.organisation != owner.slug:
        return ()
    me = actor.person.username if actor.person else ""
    people = t.people.all(organisation=owner.slug)
    free = [p for p in people if p.active and p.username not in there and p.username != me]
    return tuple(sorted(free, key=lambda each: each.display_name))
