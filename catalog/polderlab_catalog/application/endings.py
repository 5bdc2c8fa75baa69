"""Leave the lab in one action: access ends at once, folders go later, a record stays."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, timedelta
from uuid import uuid4

from polderlab_catalog.application.administrators import Watch
from polderlab_catalog.application.closing import Ender
from polderlab_catalog.application.errors import Invalid, NotFound, Refused, Unavailable
from polderlab_catalog.application.leaving import Wish, leave, led_alone, owned
from polderlab_catalog.application.lookups import the_organisation, the_person, the_project
from polderlab_catalog.application.oversight import Oversight
from polderlab_catalog.application.ports import Clock, Hub, Register, Transaction
from polderlab_catalog.application.telling import News, both, in_role, lab_administrators, tell
from polderlab_catalog.domain.actors import Actor
from polderlab_catalog.domain.audit import AuditAction, AuditEvent, Outcome
from polderlab_catalog.domain.confirmations import Confirmation, Matter
from polderlab_catalog.domain.datasets import Dataset
from polderlab_catalog.domain.endings import Leaving, Offboarding
from polderlab_catalog.domain.names import printable
from polderlab_catalog.domain.notices import NoticeKind
from polderlab_catalog.domain.organisations import Organisation, OrganisationState
from polderlab_catalog.domain.people import LabRole
from polderlab_catalog.domain.sessions import Session
from polderlab_catalog.policy.confirmations import CONFIRMS, asked
from polderlab_catalog.policy.decisions import N_, Code, Decision, refused
from polderlab_catalog.policy.endings import may_call_off, may_offboard, may_sign, seen_by
from polderlab_catalog.policy.oversight import oversees
from polderlab_catalog.policy.standing import takes_part

MAX_REASON, MAX_NAME = 300, 100
log = logging.getLogger("polderlab.endings")


@dataclass(frozen=True, slots=True)
class Preview:
    """Exactly what would happen, as a rehearsal that was rolled back found it.

    ``datasets`` are those the organisation owns: handed over to another (``heirs`` are who could
    take them), or else nobody's to read through a grant any more. ``leaderless`` are projects of
    others that would lose their only lead.
    """

    record: Offboarding
    organisation: Organisation
    datasets: tuple[Dataset, ...] = ()
    heirs: tuple[Organisation, ...] = ()
    leaderless: tuple[str, ...] = ()


class _Rehearsed(Exception):  # noqa: N818  (not an error: it takes everything back)
    """The rehearsal is over."""


class Endings:
    """Lets people, projects and organisations leave, and keeps the record.

    What is in the register ends in one transaction; the folders follow (``application/folders``).
    """

    def __init__(
        self,
        register: Register,
        clock: Clock,
        hub: Hub,
        oversight: Oversight,
        *,
        keep: timedelta,
        answer_within: timedelta = timedelta(days=30),
    ) -> None:
        self._register, self._clock, self._hub = register, clock, hub
        self._oversight, self._keep, self._within = oversight, keep, answer_within

    def preview(self, actor: Actor, wish: Wish) -> Preview:
        """Return what :meth:`offboard` would do now; raise ``Refused`` or ``NotFound``."""
        found: list[Preview] = []
        with suppress(_Rehearsed), self._register.write() as t:
            organisation, decision = self._decide(t, actor, wish)
            if not decision:
                raise Refused(decision)
            before = led_alone(t, wish)
            datasets = owned(t, wish)
            record, _ = self._carry_out(t, actor, wish, organisation)
            heirs = [
                each
                for each in t.organisations.all()
                if each.slug != organisation.slug and takes_part(each, self._oversight.today)
            ]
            found.append(Preview(record, organisation, datasets, tuple(heirs), before))
            raise _Rehearsed
        return found[0]

    def offboard(self, actor: Actor, wish: Wish, typed: str) -> Offboarding:
        """Do it; ``typed`` must be the name. Doing it again returns the record there is.

        Raises ``Refused``, ``NotFound`` or ``Invalid``.
        """
        reason = printable(" ".join(wish.reason.split()), MAX_REASON)
        wrong = {}
        if typed.strip() != wish.name:
            wrong["typed"] = N_("Type the name exactly, to confirm")
        if not reason:
            wrong["reason"] = N_("Say why: it stays in the record")
        wish = replace(wish, reason=reason)
        stopped: list[Session] = []
        with self._register.write() as t:
            organisation, decision = self._decide(t, actor, wish)
            if decision and wrong:
                raise Invalid(wrong)
            record = _open_one(t, wish)
            if decision and record is None:
                record, stopped = self._carry_out(t, actor, wish, organisation)
            elif not decision:
                _log(
                    t,
                    self._clock,
                    AuditAction.ADMINISTRATION_REFUSED,
                    actor,
                    wish.name,
                    code=decision.code.value,
                )
        if record is None:
            raise Refused(decision)
        self._stop(stopped, record)
        return record

    def records(self, actor: Actor) -> list[Offboarding]:
        """Return what ``actor`` may see of the records, newest first; raise ``Refused``."""
        with self._register.read() as t:
            self._oversight.require(t, actor)
            found = [seen_by(actor, each) for each in t.offboardings.find()]
        return [each for each in found if each is not None]

    def record(self, actor: Actor, record_id: str) -> Offboarding:
        """Return what ``actor`` may see of a record; raise ``Refused``, or ``NotFound`` when that
        is nothing."""
        with self._register.read() as t:
            self._oversight.require(t, actor)
            held = self._theirs(t, actor, record_id)
            return seen_by(actor, held) or held

    def sign(self, actor: Actor, record_id: str, received_by: str, owner: str = "") -> Offboarding:
        """Sign that what is for ``owner`` was handed over to ``received_by``, or that nobody wants
        it. Without an owner it must be plain whose archive is meant.

        Only after that, and not before its day, it is deleted.
        """
        receiver = printable(" ".join(received_by.split()), MAX_NAME)
        with self._register.write() as t:
            self._oversight.require(t, actor)
            held = self._theirs(t, actor, record_id)
            decision = may_sign(actor, held)
            if not decision:
                raise Refused(decision)
            waiting = {each.owner for each in held.folders if each.waits_for_signature}
            wrong = {}
            if not receiver:
                wrong["received_by"] = N_("Say who received the archive, or who declined it")
            if not owner and len(waiting) > 1:
                wrong["owner"] = N_("Say for which organisation: each gets its own archives")
            if wrong:
                raise Invalid(wrong)
            meant = waiting & {owner} if owner else waiting
            if not meant:
                return held
            now = self._clock()
            folders = tuple(
                replace(each, signed=now, signed_by=actor.name, received_by=receiver)
                if each.waits_for_signature and each.owner in meant
                else each
                for each in held.folders
            )
            signed = replace(held, folders=folders)
            t.offboardings.put(signed)
            told = {"name": held.name, "to": receiver, "organisation": ", ".join(sorted(meant))}
            _log(t, self._clock, AuditAction.OFFBOARDING_SIGNED, actor, held.id, **told)
        return signed

    def may_call_off(self, actor: Actor, record_id: str) -> Decision:
        """Decide whether ``actor`` may call this leaving off now; raise ``NotFound``."""
        with self._register.read() as t:
            return self._may_call_off(t, actor, self._theirs(t, actor, record_id))

    def call_off(self, actor: Actor, record_id: str) -> Offboarding:
        """Call a leaving off, as long as nothing was deleted: the folders are given back, and what
        left may be taken up again. Accounts, memberships and access do not come back by
        themselves.

        Raises ``Refused`` or ``NotFound``; doing it again returns the record there is.
        """
        with self._register.write() as t:
            self._oversight.require(t, actor)
            held = self._theirs(t, actor, record_id)
            decision = self._may_call_off(t, actor, held)
            if decision and held.called_off is None:
                held = self._called_off(t, actor, held)
            elif not decision:
                code = decision.code.value
                refusal = AuditAction.ADMINISTRATION_REFUSED
                _log(t, self._clock, refusal, actor, held.name, code=code)
        if not decision:
            raise Refused(decision)
        return seen_by(actor, held) or held

    def _may_call_off(self, t: Transaction, actor: Actor, record: Offboarding) -> Decision:
        if not oversees(actor, record.organisation):
            return refused(Code.NOT_ADMINISTRATOR)
        person = t.people.get(record.name) if record.kind is Leaving.PERSON else None
        organisation = the_organisation(t, record.organisation)
        decision = may_offboard(actor, record.kind, organisation, person)
        return decision and may_call_off(record, self._clock())

    def _called_off(self, t: Transaction, actor: Actor, held: Offboarding) -> Offboarding:
        now = self._clock()
        held = replace(held, called_off=now, called_off_by=actor.name)
        if not held.folders:
            held = replace(held, done=now)
        t.offboardings.put(held)
        told = {"kind": held.kind.value, "name": held.name}
        _log(t, self._clock, AuditAction.OFFBOARDING_CALLED_OFF, actor, held.id, **told)
        if held.kind is Leaving.ORGANISATION:
            # It comes in like any other: the lead agency sends a link, and approves.
            left = the_organisation(t, held.name)
            if left.state is OrganisationState.LEFT:
                t.organisations.put(replace(left, state=OrganisationState.INVITED))
        news = News(
            NoticeKind.CALLED_OFF,
            held.id,
            {"what": held.title, "date": self._oversight.today.isoformat()},
            f"/administration/offboarding/{held.id}",
        )
        tell(t, now, _concerned(t, held), news)
        return held

    def _decide(self, t: Transaction, actor: Actor, wish: Wish) -> tuple[Organisation, Decision]:
        """Return whose it is, and whether it may leave. What somebody does not look after looks
        as if it were not there."""
        self._oversight.require(t, actor)
        person = the_person(t, wish.name) if wish.kind is Leaving.PERSON else None
        if person is not None:
            slug = person.organisation
        elif wish.kind is Leaving.PROJECT:
            slug = the_project(t, wish.name).organisation
        else:
            slug = the_organisation(t, wish.name).slug
        if not oversees(actor, slug):
            raise NotFound(wish.kind.value, printable(wish.name))
        organisation = the_organisation(t, slug)
        return organisation, may_offboard(actor, wish.kind, organisation, person)

    def _carry_out(
        self, t: Transaction, actor: Actor, wish: Wish, organisation: Organisation
    ) -> tuple[Offboarding, list[Session]]:
        now, today = self._clock(), self._oversight.today
        reason = f"left the lab: {wish.reason}" if wish.reason else "left the lab"
        ender = Ender(t, actor, now, self._oversight.timezone)
        handed = owned(t, wish) if wish.heir else ()
        before = t.people.get(wish.name) if wish.kind is Leaving.PERSON else None
        title, folders = leave(t, ender, wish, reason)
        if before is not None:
            Watch(t, actor, now, organisation).changed(before, replace(before, active=False))
        record = Offboarding(
            id=str(uuid4()),
            kind=wish.kind,
            name=wish.name,
            title=title,
            organisation=organisation.slug,
            by=actor.name,
            asked=now,
            reason=wish.reason,
            keep_until=now + self._keep,
            folders=tuple(folders),
            ended={kind: tuple(names) for kind, names in ender.ended.items()},
        )
        t.offboardings.put(record)
        counts = {kind: len(names) for kind, names in ender.ended.items()}
        told: dict[str, str | int] = {"kind": wish.kind.value, "reason": wish.reason, **counts}
        _log(t, self._clock, AuditAction.OFFBOARDING_BEGUN, actor, wish.name, **told)
        self._tell(t, record, today)
        if handed:
            self._ask_heir(t, record, organisation, wish.heir, handed)
        return record, ender.stopped

    def _ask_heir(
        self,
        t: Transaction,
        record: Offboarding,
        left: Organisation,
        heir: str,
        datasets: Iterable[Dataset],
    ) -> None:
        """Ask the heir at once whether access to what it takes over still stands, and tell it."""
        now, names = self._clock(), [each.name for each in datasets]
        for grant in (grant for name in names for grant in t.grants.find(dataset=name)):
            if grant.live(now):
                held = Confirmation(Matter.GRANT, grant.id, heir, now)
                t.confirmations.put(asked(held, now, self._within))
                lab, told = Actor.lab(), {"kind": Matter.GRANT.value, "organisation": heir}
                _log(t, self._clock, AuditAction.CONFIRMATION_ASKED, lab, grant.id, **told)
        until = (now + self._within).astimezone(self._oversight.timezone).date()
        what = {"what": ", ".join(names), "date": until.isoformat()}
        details = {**both("organisation", left.name), **what}
        news = News(NoticeKind.HANDED_OVER, f"{record.id}:{heir}", details, "/confirmations")
        people = list(t.people.all())
        stewards = in_role(people, heir, CONFIRMS[Matter.GRANT])
        tell(t, now, stewards or lab_administrators(people), news)

    def _tell(self, t: Transaction, record: Offboarding, today: date) -> None:
        until = record.keep_until.astimezone(self._oversight.timezone).date()
        details = {"what": record.title, "date": today.isoformat(), "until": until.isoformat()}
        news = News(
            NoticeKind.OFFBOARDED, record.id, details, f"/administration/offboarding/{record.id}"
        )
        tell(t, self._clock(), _concerned(t, record), news)

    def _stop(self, stopped: Iterable[Session], record: Offboarding) -> None:
        """Stop servers and end sign-ins; a hub that is away stops them by itself, later."""
        try:
            for session in stopped:
                with suppress(Refused):
                    self._hub.stop(session.username, session.project)
            for username in record.ended.get("people", ()):
                with suppress(Refused):
                    self._hub.sign_out(username)
        except Unavailable as error:
            log.warning("Servers of what left are stopped by the reconciler: %s", error)

    @staticmethod
    def _theirs(t: Transaction, actor: Actor, record_id: str) -> Offboarding:
        held = t.offboardings.get(printable(record_id, 36))
        if held is None or seen_by(actor, held) is None:
            raise NotFound("record", printable(record_id, 36))
        return held


def _open_one(t: Transaction, wish: Wish) -> Offboarding | None:
    """Return the record of this leaving, if it was asked for already and is not over."""
    for held in t.offboardings.find(open_only=True):
        if (held.kind, held.name) == (wish.kind, wish.name) and held.called_off is None:
            return held
    return None


def _concerned(t: Transaction, record: Offboarding) -> list[str]:
    """Return who is told of a leaving: those who look after what left, by username."""
    people = list(t.people.all())
    role = LabRole.ORGANISATION_ADMINISTRATOR
    return [*in_role(people, record.organisation, role), *lab_administrators(people)]


def _log(
    t: Transaction,
    clock: Clock,
    action: AuditAction,
    actor: Actor,
    object_: str,
    **told: str | int,
) -> None:
    refused = action is AuditAction.ADMINISTRATION_REFUSED
    event = AuditEvent(
        action,
        actor=actor.name,
        outcome=Outcome.REFUSED if refused else Outcome.OK,
        object=printable(object_, 40),
        origin=actor.origin,
        details=told,
    )
    t.audit.append(event, clock())
