"""Give a project access to a dataset until a date, and take it away."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta, tzinfo
from uuid import uuid4

from polderlab_catalog.application.errors import Invalid, NotFound, must
from polderlab_catalog.application.lookups import (
    as_before,
    the_dataset,
    the_organisation,
    the_project,
)
from polderlab_catalog.application.news import Messenger
from polderlab_catalog.application.ports import Clock, Register, Transaction
from polderlab_catalog.domain.actors import Actor
from polderlab_catalog.domain.audit import AuditAction, AuditEvent, Outcome
from polderlab_catalog.domain.datasets import Dataset
from polderlab_catalog.domain.grants import Grant
from polderlab_catalog.domain.names import legible, printable
from polderlab_catalog.domain.projects import Project
from polderlab_catalog.domain.scopes import WHOLE, Scope
from polderlab_catalog.policy.decisions import Decision
from polderlab_catalog.policy.grants import may_grant, may_revoke
from polderlab_catalog.policy.reading import live_grant
from polderlab_catalog.policy.scopes import columns_of, fits

MAX_REASON = 500
MAX_CONDITIONS = 1000


@dataclass(frozen=True, slots=True)
class Terms:
    """On what terms access is given: through which day, to which part, and under which
    conditions (in words); ``request`` is the access request it answers."""

    until: date
    reason: str = ""
    scope: Scope = WHOLE
    conditions: str = ""
    request: str | None = None


class Grants:
    """One grant drives everything: the catalogue entry, the read, the end, the log line."""

    def __init__(self, register: Register, clock: Clock, *, timezone: tzinfo) -> None:
        self._register, self._clock, self._timezone = register, clock, timezone

    def grant(
        self,
        actor: Actor,
        dataset: str,
        project: str,
        until: date,
        reason: str = "",
        *,
        scope: Scope = WHOLE,
        conditions: str = "",
        request: str | None = None,
    ) -> Grant:
        """Let ``project`` read ``dataset`` from now through the day ``until``.

        Where it may read it already, the same grant gets the new end and terms: access has no
        gap. Raises :class:`Refused`, :class:`NotFound` or :class:`Invalid`.
        """
        terms = checked(Terms(until, reason, scope, conditions, request))
        today = self._clock().astimezone(self._timezone).date()
        with self._register.write() as t:
            wanted, receiver = the_dataset(t, dataset), the_project(t, project)
            owner = the_organisation(t, wanted.organisation)
            person = actor.person.username if actor.person else ""
            member = bool(person) and t.projects.membership(person, project) is not None
            decision = as_before(t, actor) and may_grant(
                actor, wanted, owner, receiver, until=until, today=today, member=member
            )
            if decision:
                columns = columns_of(t.datasets.version(wanted.name))
                decision = fits(scope, wanted.name, columns)
            if decision:
                grant = self.give(t, actor, wanted, receiver, terms)
            else:
                self._refuse(t, actor, dataset, project, decision)
        must(decision)
        return grant

    def give(
        self, t: Transaction, actor: Actor, dataset: Dataset, project: Project, terms: Terms
    ) -> Grant:
        """Write the grant that was decided on, and its log line, in transaction ``t``."""
        now = self._clock()
        held = t.grants.find(dataset=dataset.name, project=project.slug)
        live = live_grant(held, project.slug, dataset.name, now)
        grant = Grant(
            id=live.id if live else str(uuid4()),
            dataset=dataset.name,
            project=project.slug,
            starts=live.starts if live else now,
            ends=self._end_of(terms.until),
            granted_by=actor.name,
            reason=terms.reason,
            scope=terms.scope,
            conditions=terms.conditions,
            request=terms.request,
        )
        t.grants.put(grant)
        if live and not terms.request:  # the answer to a request is told as that
            Messenger(t, actor, now, self._timezone).access_changed(live, grant)
        self._log(
            t, AuditAction.GRANT_GIVEN, actor, dataset.name, project.slug, details=_told(terms)
        )
        return grant

    def revoke(self, actor: Actor, dataset: str, project: str) -> Grant:
        """Take access away as of now; the very next read is refused.

        Raises :class:`Refused`, or :class:`NotFound` when there is nothing to take away.
        """
        now = self._clock()
        today = now.astimezone(self._timezone).date()
        with self._register.write() as t:
            wanted = the_dataset(t, dataset)
            the_project(t, project)
            owner = the_organisation(t, wanted.organisation)
            decision = as_before(t, actor) and may_revoke(actor, wanted, owner, today)
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
                    Messenger(t, actor, now, self._timezone).access_taken(grant)
                self._log(t, AuditAction.GRANT_REVOKED, actor, dataset, project)
        must(decision)
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


def checked(terms: Terms) -> Terms:
    """Return ``terms`` with their words fit to keep; raise :class:`Invalid` where too long."""
    too_long = {
        name: f"keep it to {most} characters"
        for name, most in (("reason", MAX_REASON), ("conditions", MAX_CONDITIONS))
        if len(getattr(terms, name)) > most
    }
    if too_long:
        raise Invalid(too_long)
    reason = printable(" ".join(terms.reason.split()), MAX_REASON)
    return replace(terms, reason=reason, conditions=legible(terms.conditions, MAX_CONDITIONS))


def _told(terms: Terms) -> dict[str, str]:
    """Return ``terms`` as the log keeps them; what was left out is not mentioned."""
    rows = "; ".join(
        f"{each.column} {each.operator.value} {', '.join(map(str, each.values))}".rstrip()
        for each in terms.scope.rows
    )
    told = {
        "until": terms.until.isoformat(),
        "reason": terms.reason,
        "columns": printable(", ".join(terms.scope.columns), 1000),
        "rows": printable(rows, 1000),
        "conditions": printable(" ".join(terms.conditions.split()), MAX_CONDITIONS),
        "request": terms.request or "",
    }
    return {name: value for name, value in told.items() if value}
