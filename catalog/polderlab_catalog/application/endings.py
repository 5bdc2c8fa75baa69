"""Leave the lab in one action: access ends at once, folders go later, a record stays."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, timedelta
from uuid import uuid4

from polderlab import wire
from polderlab_catalog.application.closing import Ender
from polderlab_catalog.application.errors import Invalid, NotFound, Refused, Unavailable
from polderlab_catalog.application.lookups import the_organisation, the_person, the_project
from polderlab_catalog.application.oversight import Oversight
from polderlab_catalog.application.ports import Clock, Hub, Register, Transaction
from polderlab_catalog.application.telling import News, in_role, lab_administrators, tell
from polderlab_catalog.domain.actors import Actor
from polderlab_catalog.domain.audit import AuditAction, AuditEvent, Outcome
from polderlab_catalog.domain.datasets import Dataset
from polderlab_catalog.domain.endings import (
    Folder,
    FolderKind,
    FolderState,
    Leaving,
    Offboarding,
)
from polderlab_catalog.domain.names import printable
from polderlab_catalog.domain.notices import NoticeKind
from polderlab_catalog.domain.organisations import Organisation, OrganisationState
from polderlab_catalog.domain.people import LabRole
from polderlab_catalog.domain.sessions import Session
from polderlab_catalog.policy.decisions import N_, Decision
from polderlab_catalog.policy.endings import may_offboard, may_sign, next_state
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


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to leave, why, and who takes over its datasets (a slug, or nobody)."""

    kind: Leaving
    name: str
    reason: str = ""
    heir: str = ""


class _Rehearsed(Exception):  # noqa: N818  (not an error: it takes everything back)
    """The rehearsal is over."""


class Endings:
    """Lets people, projects and organisations leave, and keeps the record.

    What is in the register ends in one transaction. What lies on the disk is the hub's to freeze,
    pack and delete: it asks for its orders, and each one it reports is noted before the next is
    given, so that either side may be killed at any moment.
    """

    def __init__(
        self,
        register: Register,
        clock: Clock,
        hub: Hub,
        oversight: Oversight,
        *,
        keep: timedelta,
    ) -> None:
        self._register, self._clock, self._hub = register, clock, hub
        self._oversight, self._keep = oversight, keep

    def preview(self, actor: Actor, wish: Wish) -> Preview:
        """Return what :meth:`offboard` would do now; raise ``Refused`` or ``NotFound``."""
        found: list[Preview] = []
        with suppress(_Rehearsed), self._register.write() as t:
            organisation, decision = self._decide(t, actor, wish)
            if not decision:
                raise Refused(decision)
            before = _led_alone(t, wish)
            datasets = _owned(t, wish)
            record, _ = self._carry_out(t, actor, wish, organisation)
            heirs = [
                each
                for each in t.organisations.all()
                if each.slug != organisation.slug and each.state is OrganisationState.ACTIVE
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
        """Return the records ``actor`` may see, newest first; raise ``Refused``."""
        with self._register.read() as t:
            self._oversight.require(t, actor)
            found = t.offboardings.find()
        return [each for each in found if oversees(actor, each.organisation)]

    def record(self, actor: Actor, record_id: str) -> Offboarding:
        """Return one record; raise ``Refused``, or ``NotFound`` when it is none of theirs."""
        with self._register.read() as t:
            self._oversight.require(t, actor)
            return self._theirs(t, actor, record_id)

    def sign(self, actor: Actor, record_id: str, received_by: str) -> Offboarding:
        """Sign that the archive was handed over to ``received_by``, or that nobody wants it.

        Only after that, and not before its day, anything is deleted.
        """
        receiver = printable(" ".join(received_by.split()), MAX_NAME)
        with self._register.write() as t:
            self._oversight.require(t, actor)
            held = self._theirs(t, actor, record_id)
            decision = may_sign(actor, held)
            if not decision:
                raise Refused(decision)
            if not receiver:
                raise Invalid(
                    {"received_by": N_("Say who received the archive, or who declined it")}
                )
            if held.signed is not None:
                return held
            signed = replace(held, signed=self._clock(), signed_by=actor.name, received_by=receiver)
            t.offboardings.put(signed)
            told = {"name": held.name, "to": receiver}
            _log(t, self._clock, AuditAction.OFFBOARDING_SIGNED, actor, held.id, **told)
        return signed

    def orders(self) -> list[wire.FolderOrder]:
        """Return what is to be done on the disk now, one step for each folder."""
        now = self._clock()
        with self._register.read() as t:
            found = t.offboardings.find(open_only=True)
        return [
            wire.FolderOrder(
                id=f"{record.id}:{number}",
                wanted=wanted.value,
                kind=folder.kind.value,
                name=folder.name,
                archive=f"{record.id}/{number}-{folder.kind.value}-{folder.name}.tar.zst",
                parts=list(folder.parts),
            )
            for record in found
            for number, folder in enumerate(record.folders)
            if (wanted := next_state(record, folder, now)) is not None
        ]

    def report(self, done: wire.FolderDone) -> None:
        """Note what the hub did, or could not do. A report that comes twice changes nothing."""
        record_id, _, number = done.id.partition(":")
        now = self._clock()
        with self._register.write() as t:
            record = t.offboardings.get(record_id)
            index = int(number) if number.isdecimal() else -1
            if record is None or not 0 <= index < len(record.folders):
                raise NotFound("order", printable(done.id))
            folder = record.folders[index]
            wanted = next_state(record, folder, now)
            if wanted is None or wanted.value != done.reached:
                return
            after = replace(folder, error=printable(done.error, 200))
            if not done.error:
                after = _reached(after, wanted, done, self._clock)
                _log_step(t, self._clock, record, after)
            folders = (*record.folders[:index], after, *record.folders[index + 1 :])
            record = replace(record, folders=folders)
            if all(each.state is FolderState.DELETED for each in folders):
                record = self._finish(t, record)
            t.offboardings.put(record)

    def _finish(self, t: Transaction, record: Offboarding) -> Offboarding:
        _log(t, self._clock, AuditAction.OFFBOARDING_DONE, Actor.lab(), record.id, name=record.name)
        return replace(record, done=self._clock())

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
        ender = Ender(t, actor, now, today)
        title, folders = _leave(t, ender, wish, reason)
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
        return record, ender.stopped

    def _tell(self, t: Transaction, record: Offboarding, today: date) -> None:
        people = list(t.people.all())
        role = LabRole.ORGANISATION_ADMINISTRATOR
        own = in_role(people, record.organisation, role)
        until = record.keep_until.astimezone(self._oversight.timezone).date()
        details = {"what": record.title, "date": today.isoformat(), "until": until.isoformat()}
        news = News(
            NoticeKind.OFFBOARDED, record.id, details, f"/administration/offboarding/{record.id}"
        )
        tell(t, self._clock(), [*own, *lab_administrators(people)], news)

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
        if held is None or not oversees(actor, held.organisation):
            raise NotFound("record", printable(record_id, 36))
        return held


def _leave(t: Transaction, ender: Ender, wish: Wish, reason: str) -> tuple[str, list[Folder]]:
    """End what stands, and return the title of what left and the folders it leaves behind."""
    if wish.kind is Leaving.PERSON:
        person = the_person(t, wish.name)
        ender.person(person.username, reason)
        return person.display_name, [Folder(FolderKind.PERSON_HOMES, person.username)]
    if wish.kind is Leaving.PROJECT:
        project = the_project(t, wish.name)
        ender.project(project.slug, reason)
        return project.title.in_("nl"), _of_project(project.slug)
    organisation = the_organisation(t, wish.name)
    folders: list[Folder] = []
    for project in t.projects.all():
        if project.organisation == organisation.slug:
            ender.project(project.slug, reason)
            folders += _of_project(project.slug)
    for person in t.people.all():
        if person.organisation == organisation.slug:
            ender.person(person.username, reason)
            folders.append(Folder(FolderKind.PERSON_HOMES, person.username))
    _hand_over(t, ender, wish, organisation, reason)
    left = replace(organisation, state=OrganisationState.LEFT)
    t.organisations.put(left)
    return organisation.name.in_("nl"), folders


def _hand_over(
    t: Transaction, ender: Ender, wish: Wish, organisation: Organisation, reason: str
) -> None:
    """Give the datasets to the heir; without one, nobody reads them by a grant any more."""
    heir = the_organisation(t, wish.heir) if wish.heir else None
    if heir is not None and (heir.slug == organisation.slug or not takes_part(heir, ender.today)):
        raise Invalid({"heir": N_("Choose another organisation")})
    for dataset in _owned(t, wish):
        if heir is None:
            ender.grants(t.grants.find(dataset=dataset.name), reason)
            continue
        t.datasets.put(replace(dataset, organisation=heir.slug))
        ender.ended.setdefault("handed-over", []).append(f"{dataset.name} → {heir.slug}")
        t.audit.append(
            AuditEvent(
                AuditAction.DATASET_REGISTERED,
                actor=ender.actor.name,
                object=dataset.name,
                origin=ender.actor.origin,
                details={"organisation": heir.slug, "reason": reason},
            ),
            ender.now,
        )


def _owned(t: Transaction, wish: Wish) -> tuple[Dataset, ...]:
    if wish.kind is not Leaving.ORGANISATION:
        return ()
    return tuple(
        each for each in t.datasets.all() if each.organisation == wish.name and not each.remote
    )


def _of_project(slug: str) -> list[Folder]:
    return [Folder(FolderKind.PROJECT_HOMES, slug), Folder(FolderKind.PROJECT_FOLDER, slug)]


def _led_alone(t: Transaction, wish: Wish) -> tuple[str, ...]:
    """Return the projects, not of the leaving organisation, whose only leads are to leave."""
    if wish.kind is Leaving.PROJECT:
        return ()
    leaving = {
        each.username
        for each in t.people.all()
        if wish.name == (each.username if wish.kind is Leaving.PERSON else each.organisation)
    }
    staying: dict[str, bool] = {}
    for held in t.projects.memberships():
        if held.role.value == "lead":
            staying[held.project] = staying.get(held.project, False) or (
                held.username not in leaving
            )
    gone = (slug for slug, stays in staying.items() if not stays)
    found = (t.projects.get(slug) for slug in gone)
    return tuple(
        each.slug
        for each in found
        if each is not None
        and (wish.kind is Leaving.PERSON or each.organisation != wish.name)
        and any(m.username in leaving for m in t.projects.memberships(project=each.slug))
    )


def _open_one(t: Transaction, wish: Wish) -> Offboarding | None:
    """Return the record of this leaving, if it was asked for already and is not over."""
    for held in t.offboardings.find(open_only=True):
        if (held.kind, held.name) == (wish.kind, wish.name):
            return held
    return None


def _reached(folder: Folder, state: FolderState, done: wire.FolderDone, clock: Clock) -> Folder:
    now = clock()
    if state is FolderState.FROZEN:
        return replace(folder, state=state, frozen=now)
    if state is FolderState.DELETED:
        return replace(folder, state=state, deleted=now)
    return replace(
        folder,
        state=state,
        archived=now,
        archive=printable(done.archive, 300),
        bytes=done.bytes,
        sha256=printable(done.sha256, 64),
        files=done.files,
        parts=tuple(printable(part, 100) for part in done.parts),
    )


_STEPS: Mapping[FolderState, AuditAction] = {
    FolderState.FROZEN: AuditAction.OFFBOARDING_FROZEN,
    FolderState.ARCHIVED: AuditAction.OFFBOARDING_ARCHIVED,
    FolderState.DELETED: AuditAction.OFFBOARDING_DELETED,
}


def _log_step(t: Transaction, clock: Clock, record: Offboarding, folder: Folder) -> None:
    told: dict[str, str | int] = {"kind": folder.kind.value, "name": folder.name}
    if folder.state is not FolderState.FROZEN:
        told |= {
            "archive": folder.archive,
            "bytes": folder.bytes,
            "sha256": folder.sha256,
            "files": folder.files,
        }
    _log(t, clock, _STEPS[folder.state], Actor.lab(), record.id, **told)


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
