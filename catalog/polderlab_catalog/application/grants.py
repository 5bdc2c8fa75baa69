"""Give a project access to a dataset until a date, and take it away."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta, tzinfo
from uuid import uuid4

from polderlab_catalog.application.errors import Invalid, NotFound, Refused
from polderlab_catalog.application.lookups import the_dataset, the_organisation, the_project
from polderlab_catalog.application.ports import Clock, Register, Transaction
from polderlab_catalog.domain.actors import Actor
from polderlab_catalog.domain.audit import AuditAction, AuditEvent, Outcome
from polderlab_catalog.domain.grants import Grant
from polderlab_catalog.domain.names import printable
from polderlab_catalog.policy.decisions import Decision
from polderlab_catalog.policy.grants import may_grant, may_revoke
from polderlab_catalog.policy.reading import live_grant

MAX_REASON = 500


class Grants:
    """One grant drives everything: the catalogue entry, the read, the end, the log line."""

    def __init__(self, register: Register, clock: Clock, *, timezone: tzinfo) -> None:
        self._register, self._clock, self._timezone = register, clock, timezone

    def grant(
        self, actor: Actor, dataset: str, project: str, until: date, reason: str = ""
    ) -> Grant:
        """Let ``project`` read ``dataset`` from now through the day ``until``.

        Where it may read it already, the same grant gets the new end: access has no gap.
        Raises :class:`Refused`, :class:`NotFound` or :class:`Invalid`.
        """
        if len(reason) > MAX_REASON:
            raise Invalid({"reason": f"keep it to {MAX_REASON} characters"})
        why = printable(" ".join(reason.split()), MAX_REASON)
        now = self._clock()
        with self._register.write() as t:
            wanted, receiver = the_dataset(t, dataset), the_project(t, project)
            owner = the_organisation(t, wanted.organisation)
            today = now.astimezone(self._timezone).date()
            decision = may_grant(actor, wanted, owner, receiver, until=until, today=today)
            if decision:
                held = t.grants.find(dataset=dataset, project=project)
                live = live_grant(held, project, dataset, now)
                grant = Grant(
                    id=live.id if live else str(uuid4()),
                    dataset=dataset,
                    project=project,
                    starts=live.starts if live else now,
                    ends=self._end_of(until),
                    granted_by=actor.name,
                    reason=why,
                )
                t.grants.put(grant)
                details = {"until": until.isoformat()} | ({"reason": why} if why else {})
                self._log(t, AuditAction.GRANT_GIVEN, actor, dataset, project, details=details)
            else:
                self._refuse(t, actor, dataset, project, decision)
        if not decision:
            raise Refused(decision)
        return grant

    def revoke(self, actor: Actor, dataset: str, project: str) -> Grant:
        """Take access away as of now; the very next read is refused.

        Raises :class:`Refused`, or :class:`NotFound` when there is nothing to take away.
        """
        now = self._clock()
        with self._register.write() as t:
            wanted = the_dataset(t, dataset)
            the_project(t, project)
            decision = may_revoke(actor, wanted, the_organisation(t, wanted.organisation))
            held = [
                grant
                for grant in t.grants.find(dataset=dataset, project=project)
                if grant.revoked is None and now < grant.ends
            ]
            if not decision:
                self._refuse(t, actor, dataset, project, decision)
            elif held:
                revoked = [replace(grant, revoked=now, revoked_by=actor.name) for grant in held]
                for grant in revoked:
                    t.grants.put(grant)
                self._log(t, AuditAction.GRANT_REVOKED, actor, dataset, project)
        if not decision:
            raise Refused(decision)
        if not held:
            raise NotFound("grant", f"{dataset} to {project}")
        return max(revoked, key=lambda grant: grant.ends)

    def of_dataset(self, dataset: str) -> list[Grant]:
        """Return all grants of ``dataset``: live ones first, then the latest ended."""
        now = self._clock()
        with self._register.read() as t:
            found = t.grants.find(dataset=the_dataset(t, dataset).name)
        return sorted(found, key=lambda grant: (grant.live(now), grant.ends), reverse=True)

    def _end_of(self, day: date) -> datetime:
        """Return the first instant after ``day`` in the lab's time zone."""
        try:
            return datetime.combine(day + timedelta(days=1), time(), self._timezone)
        except OverflowError:
            raise Invalid({"until": "choose an earlier date"}) from None

    def _refuse(
        self, t: Transaction, actor: Actor, dataset: str, project: str, decision: Decision
    ) -> None:
        details = {"code": decision.code.value}
        self._log(
            t,
            AuditAction.GRANT_REFUSED,
            actor,
            dataset,
            project,
            details=details,
            outcome=Outcome.REFUSED,
        )

    def _log(
        self,
        t: Transaction,
        action: AuditAction,
        actor: Actor,
        dataset: str,
        project: str,
        *,
        details: dict[str, str] | None = None,
        outcome: Outcome = Outcome.OK,
    ) -> None:
        purpose = the_project(t, project).purpose.in_("nl")
        t.audit.append(
            AuditEvent(
                action,
                actor=actor.name,
                outcome=outcome,
                object=dataset,
                project=project,
                purpose=purpose,
                origin=actor.origin,
                details=details or {},
            ),
            self._clock(),
        )
