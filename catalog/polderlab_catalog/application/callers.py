"""Who stands behind a session's key, decided anew at every call."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, tzinfo

from polderlab_catalog.application.errors import Refused
from polderlab_catalog.application.lookups import standing
from polderlab_catalog.application.ports import Transaction
from polderlab_catalog.domain.audit import AuditAction, AuditEvent, Outcome
from polderlab_catalog.domain.names import is_dataset_name, printable
from polderlab_catalog.domain.organisations import Organisation
from polderlab_catalog.domain.people import Person
from polderlab_catalog.domain.projects import Project
from polderlab_catalog.domain.secrets import secret_hash
from polderlab_catalog.domain.sessions import Session
from polderlab_catalog.policy.decisions import Decision
from polderlab_catalog.policy.reading import session_holds
from polderlab_catalog.policy.standing import Standing, may_work


@dataclass(frozen=True, slots=True)
class SessionHolder:
    """A running session, its person and project, and the organisation the project is of."""

    session: Session
    person: Person
    project: Project
    owner: Organisation


def session_holder(
    t: Transaction, token: str, address: str, now: datetime, zone: tzinfo
) -> SessionHolder:
    """Return whose key ``token`` is, used from ``address``; raise :class:`Refused`."""
    today = now.astimezone(zone).date()
    return holder_of(
        t.sessions.by_token_hash(secret_hash(token)),
        address,
        lambda session: standing(t, session.username, session.project, today),
    )


def holder_of(
    session: Session | None, address: str, standing_of: Callable[[Session], Standing]
) -> SessionHolder:
    """Return who holds the key of ``session``, used from ``address``; raise :class:`Refused`.

    The key is decided on first, then whether the person may still work in the project:
    ``standing_of`` looks up how they stand.
    """
    decision = session_holds(session, address)
    if session is None or not decision:
        raise Refused(decision)
    facts = standing_of(session)
    decision = may_work(facts)
    if not decision or facts.person is None or facts.project is None or facts.owner is None:
        raise Refused(decision)
    return SessionHolder(session, facts.person, facts.project, facts.owner)


def log_refusal(
    t: Transaction,
    now: datetime,
    action: AuditAction,
    *,
    token: str,
    address: str,
    dataset: str,
    decision: Decision,
) -> None:
    """Log that whoever used ``token`` from ``address`` was refused; the key may be nobody's."""
    session = t.sessions.by_token_hash(secret_hash(token))
    project = t.projects.get(session.project) if session else None
    t.audit.append(
        AuditEvent(
            action,
            actor=f"person:{session.username}" if session else "unknown",
            outcome=Outcome.REFUSED,
            object=dataset if is_dataset_name(dataset) else "",
            project=project.slug if project else "",
            purpose=project.purpose.in_("nl") if project else "",
            session=session.id if session else "",
            origin=printable(address, 60),
            details={"code": decision.code.value},
        ),
        now,
    )
