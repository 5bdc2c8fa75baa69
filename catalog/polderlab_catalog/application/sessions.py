"""Start, activate, close and reconcile sessions."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta, tzinfo
from ipaddress import ip_address
from uuid import uuid4

from polderlab import wire
from polderlab_catalog.application.disks import DiskDefaults, disk_limits
from polderlab_catalog.application.errors import Invalid, NotFound, Refused, must
from polderlab_catalog.application.lookups import as_before, the_session
from polderlab_catalog.application.plans import session_plan
from polderlab_catalog.application.ports import Clock, Register, Secrets, Transaction
from polderlab_catalog.application.starting import ground_of
from polderlab_catalog.domain.actors import Actor
from polderlab_catalog.domain.audit import AuditAction, AuditEvent, Outcome
from polderlab_catalog.domain.names import is_slug, printable
from polderlab_catalog.domain.people import LabRole
from polderlab_catalog.domain.secrets import secret_hash
from polderlab_catalog.domain.sessions import Session, SessionState
from polderlab_catalog.domain.texts import LANGUAGES
from polderlab_catalog.policy.decisions import Code, Decision, refused
from polderlab_catalog.policy.sessions import may_stop

GRACE = timedelta(seconds=30)
"""How young a session counts as there though the hub did not name it: the hub may have looked
just before it came to be. After that a start that a crash left behind gives its place back."""


class Sessions:
    """The places in the lab: who gets one, what it may use, when it is given back."""

    def __init__(
        self,
        register: Register,
        clock: Clock,
        secrets: Secrets,
        *,
        gateway_url: str,
        portal_url: str,
        idle_seconds: int,
        timezone: tzinfo = UTC,
        disk: DiskDefaults | None = None,
    ) -> None:
        self._disk = disk or DiskDefaults()
        self._register, self._clock, self._secrets = register, clock, secrets
        self._gateway_url, self._portal_url = gateway_url, portal_url
        self._idle_seconds, self._timezone = idle_seconds, timezone

    def check(
        self, username: str, project: str, image: str | None = None, size: str | None = None
    ) -> Decision:
        """Return what :meth:`plan` would decide now, and leave everything as it is."""
        with self._register.read() as t:
            ground = ground_of(t, username, project, self._clock(), self._timezone)
        return ground.decide(image, size)[0]

    def plan(self, request: wire.SessionRequest, origin: str = "") -> wire.SessionPlan:
        """Take a place and return how the session must be started; raise :class:`Refused`.

        Looking for room and taking it are one write transaction, so of fifty starts for one
        free place one wins.
        """
        now = self._clock()
        token = self._secrets()
        with self._register.write() as t:
            ground = ground_of(t, request.username, request.project, now, self._timezone)
            decision, offer = ground.decide(request.image, request.size)
            project = ground.standing.project
            event = AuditEvent(
                AuditAction.SESSION_REFUSED,
                actor=f"person:{request.username}" if is_slug(request.username) else "unknown",
                outcome=Outcome.REFUSED,
                object=printable(request.project, 40),
                project=project.slug if project else "",
                purpose=project.purpose.in_("nl") if project else "",
                origin=printable(origin),
                details={"code": decision.code.value},
            )
            if offer is None or project is None:
                t.audit.append(event, now)
            else:
                image, size = offer
                for stale in t.sessions.open(username=request.username, project=project.slug):
                    self._close(t, stale, "superseded", at=last_alive(stale))
                session = Session(
                    id=str(uuid4()),
                    username=request.username,
                    project=project.slug,
                    image=image.name,
                    size=size.name,
                    cpus=size.cpus,
                    memory_bytes=size.memory_bytes,
                    token_hash=secret_hash(token),
                    state=SessionState.STARTING,
                    started=now,
                    language=request.language if request.language in LANGUAGES else LANGUAGES[0],
                )
                t.sessions.put(session)
                home, shared = disk_limits(t, [session], self._disk, now, self._timezone)
                t.audit.append(
                    replace(
                        event,
                        action=AuditAction.SESSION_PLANNED,
                        outcome=Outcome.OK,
                        session=session.id,
                        details={"image": image.digest, "size": size.name},
                    ),
                    now,
                )
        if offer is None or project is None:
            raise Refused(decision)
        return session_plan(
            session,
            project,
            image,
            size,
            token,
            gateway_url=self._gateway_url,
            portal_url=self._portal_url,
            idle_seconds=self._idle_seconds,
            home_bytes=home.bytes,
            shared_bytes=shared.bytes,
        )

    def activate(self, session_id: str, activation: wire.Activation) -> None:
        """Let the session read from its container's address from now on."""
        try:
            address = str(ip_address(activation.address))
        except ValueError:
            raise Invalid({"address": "give the container's IP address"}) from None
        container = printable(activation.container)
        with self._register.write() as t:
            session = the_session(t, session_id)
            if not session.open:
                raise Refused(refused(Code.SESSION_CLOSED))
            t.sessions.put(
                replace(
                    session,
                    state=SessionState.RUNNING,
                    container=container,
                    address=address,
                    seen=self._clock(),
                )
            )
            self._log(t, AuditAction.SESSION_STARTED, session, {"address": address})

    def stop(self, actor: Actor, session_id: str) -> Session:
        """End an open session that ``actor`` may stop, and return it.

        Raises :class:`NotFound`, also when it is not theirs, or :class:`Refused`.
        """
        with self._register.write() as t:
            must(as_before(t, actor))
            session = the_session(t, session_id)
            if not session.open or not may_stop(actor, session):
                raise NotFound("session", session_id)
            self._close(t, session, "stopped", actor)
            return session

    def close(self, session_id: str, reason: str, actor: Actor | None = None) -> None:
        """End the session and all it may read, at once. Closing twice is no error."""
        with self._register.write() as t, suppress(NotFound):
            session = the_session(t, session_id)
            if session.open:
                self._close(t, session, printable(reason, 200), actor)

    def end(
        self, t: Transaction, session: Session, reason: str, actor: Actor | None = None
    ) -> None:
        """End an open session within a transaction that is under way."""
        self._close(t, session, reason, actor)

    def reconcile(self, running: wire.Running) -> wire.Reconciled:
        """Compare the register with what really runs; give back the places of what does not.

        What is gone used its place until it was last seen, however long nobody looked.
        """
        there = set(running.sessions)
        now = self._clock()
        with self._register.read() as t:
            known = {session.id for session in t.sessions.open()}
        closed = []
        if known:
            with self._register.write() as t:
                t.sessions.seen(known & there, now)
                for session in t.sessions.open():
                    young = now - session.started < GRACE
                    if session.id in known - there and not young:
                        self._close(t, session, "gone", at=last_alive(session))
                        closed.append(session.id)
        with self._register.read() as t:
            alive = [session for session in t.sessions.open() if session.id in there]
            limits = disk_limits(t, alive, self._disk, now, self._timezone)
        return wire.Reconciled(closed=closed, to_stop=sorted(there - known), limits=limits)

    def list_open(self, actor: Actor) -> list[Session]:
        """Return the open sessions the actor may see: all of them, or one's own."""
        everyone = actor.trusted or actor.has(LabRole.LAB_ADMINISTRATOR)
        username = None if everyone or actor.person is None else actor.person.username
        with self._register.read() as t:
            return list(t.sessions.open(username=username))

    def _close(
        self,
        t: Transaction,
        session: Session,
        reason: str,
        actor: Actor | None = None,
        at: datetime | None = None,
    ) -> None:
        closed = replace(
            session, state=SessionState.CLOSED, closed=at or self._clock(), close_reason=reason
        )
        t.sessions.put(closed)
        self._log(t, AuditAction.SESSION_CLOSED, closed, {"reason": reason}, actor)

    def _log(
        self,
        t: Transaction,
        action: AuditAction,
        session: Session,
        details: dict[str, str | int],
        actor: Actor | None = None,
    ) -> None:
        project = t.projects.get(session.project)
        t.audit.append(
            AuditEvent(
                action,
                actor=(actor or Actor.lab()).name,
                object=session.username,
                project=session.project,
                purpose=project.purpose.in_("nl") if project else "",
                session=session.id,
                origin=actor.origin if actor else "",
                details=details,
            ),
            self._clock(),
        )


def last_alive(session: Session) -> datetime:
    """Return until when a session that nobody closed held its place, as far as is known."""
    return max(session.started, session.seen or session.started)
