"""End what stands, inside a transaction: the steps that lapsing and leaving have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, tzinfo

from polderlab_catalog.application.news import Messenger
from polderlab_catalog.application.ports import Transaction
from polderlab_catalog.domain.actors import Actor
from polderlab_catalog.domain.allocations import ExtensionState, Level, LevelKind
from polderlab_catalog.domain.audit import AuditAction, AuditEvent
from polderlab_catalog.domain.grants import Grant
from polderlab_catalog.domain.people import Credentials
from polderlab_catalog.domain.projects import Membership
from polderlab_catalog.domain.requests import RequestState
from polderlab_catalog.domain.sessions import Session, SessionState
from polderlab_catalog.policy.projects import ended


@dataclass
class Ender:
    """Ends things for ``actor`` at ``now``; what it ended is kept by kind in ``ended``.

    Everything may be asked for twice: what has ended already stays as it was.
    """

    t: Transaction
    actor: Actor
    now: datetime
    zone: tzinfo
    ended: dict[str, list[str]] = field(default_factory=dict)
    stopped: list[Session] = field(default_factory=list)

    @property
    def today(self) -> date:
        """The lab's date."""
        return self.now.astimezone(self.zone).date()

    def person(self, username: str, reason: str) -> None:
        """Close an account: no sign-in, no session, no membership, no password, and no
        link to choose one."""
        held = self.t.people.get(username)
        if held is None:
            return
        self.sessions(self.t.sessions.open(username=username), reason)
        self.memberships(self.t.projects.memberships(username=username))
        self.extensions(lambda level: level.username == username, reason)
        # Kept empty: should the account be opened again, it is not for who comes first.
        self.t.people.put_credentials(Credentials(username, ""))
        self.t.sign_ins.remove_link(username)
        if held.active:
            self.t.people.put(replace(held, active=False))
            self._note("people", username)
            self._log(AuditAction.PERSON_CLOSED, username, reason=reason)

    def project(self, slug: str, reason: str) -> None:
        """End a project: its last day was yesterday, and nobody has access through it."""
        held = self.t.projects.get(slug)
        if held is None:
            return
        self.sessions(self.t.sessions.open(project=slug), reason)
        # while they are members, its leads are told
        self.grants(self.t.grants.find(project=slug), reason)
        self.memberships(self.t.projects.memberships(project=slug))
        self.requests(slug, reason)
        self.extensions(
            lambda level: level.kind is not LevelKind.ORGANISATION and level.name == slug, reason
        )
        over = ended(held, self.today)
        if over != held:
            self.t.projects.put(over)
            self._note("projects", slug)
            self._log(AuditAction.PROJECT_ENDED, slug, project=slug, reason=reason)

    def sessions(self, sessions: Iterable[Session], reason: str) -> None:
        """Close sessions: their keys are dead and their places free."""
        for session in sessions:
            closed = replace(
                session, state=SessionState.CLOSED, closed=self.now, close_reason=reason
            )
            self.t.sessions.put(closed)
            self.stopped.append(closed)
            self._note("sessions", f"{session.username} · {session.project}")
            project = self.t.projects.get(session.project)
            self.t.audit.append(
                AuditEvent(
                    AuditAction.SESSION_CLOSED,
                    actor=self.actor.name,
                    object=session.username,
                    project=session.project,
                    purpose=project.purpose.in_("nl") if project else "",
                    session=session.id,
                    origin=self.actor.origin,
                    details={"reason": reason},
                ),
                self.now,
            )

    def memberships(self, memberships: Iterable[Membership]) -> None:
        """End memberships."""
        for held in memberships:
            if self.t.projects.remove_membership(held.username, held.project):
                self._note("memberships", f"{held.username} · {held.project} ({held.role})")
                self._log(AuditAction.MEMBER_REMOVED, held.username, project=held.project)

    def grants(self, grants: Iterable[Grant], reason: str) -> None:
        """Take access away that has not ended."""
        for grant in grants:
            if grant.revoked is not None or self.now >= grant.ends:
                continue
            self.t.grants.put(replace(grant, revoked=self.now, revoked_by=self.actor.name))
            self._note("grants", f"{grant.dataset} · {grant.project}")
            Messenger(self.t, self.actor, self.now, self.zone).access_taken(grant)
            project = self.t.projects.get(grant.project)
            self._log(
                AuditAction.GRANT_REVOKED,
                grant.dataset,
                project=grant.project,
                purpose=project.purpose.in_("nl") if project else "",
                reason=reason,
            )

    def requests(self, project: str, reason: str) -> None:
        """Withdraw what a project still asks for."""
        for held in self.t.requests.find(project=project, open_only=True):
            over = replace(
                held,
                state=RequestState.WITHDRAWN,
                decided=self.now,
                decided_by=self.actor.name,
                reason=reason,
            )
            self.t.requests.put(over)
            self._note("requests", f"{held.dataset} · {project}")
            self._log(AuditAction.REQUEST_WITHDRAWN, held.dataset, project=project)

    def extensions(self, asked_for: Callable[[Level], bool], reason: str) -> None:
        """Withdraw the requests for more at the levels that are meant."""
        for held in self.t.allocations.extensions(open_only=True):
            if not asked_for(held.level):
                continue
            over = replace(
                held,
                state=ExtensionState.WITHDRAWN,
                decided=self.now,
                decided_by=self.actor.name,
                reason=reason,
            )
            self.t.allocations.put_extension(over)
            self._note("extensions", f"{held.resource} · {held.level}")
            within = held.level.kind is not LevelKind.ORGANISATION
            project = held.level.name if within else ""
            action = AuditAction.EXTENSION_WITHDRAWN
            self._log(action, str(held.level), project=project, reason=reason)

    def _note(self, kind: str, what: str) -> None:
        self.ended.setdefault(kind, []).append(what)

    def _log(
        self,
        action: AuditAction,
        object_: str,
        *,
        project: str = "",
        purpose: str = "",
        **told: str,
    ) -> None:
        self.t.audit.append(
            AuditEvent(
                action,
                actor=self.actor.name,
                object=object_,
                project=project,
                purpose=purpose,
                origin=self.actor.origin,
                details=told,
            ),
            self.now,
        )
