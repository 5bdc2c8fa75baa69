"""Files on their way in: handed in, confirmed, taken back (the worker's side: :mod:`.intake`)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime, tzinfo
from uuid import uuid4

from polderlab_catalog.application.changes import Change
from polderlab_catalog.application.door import Door
from polderlab_catalog.application.errors import Invalid, NotFound, must
from polderlab_catalog.application.lookups import the_dataset, the_organisation
from polderlab_catalog.application.ports import Clock, Register, Transaction
from polderlab_catalog.domain.actors import Actor
from polderlab_catalog.domain.audit import AuditAction, AuditEvent, Outcome
from polderlab_catalog.domain.ingests import Ingest, IngestState
from polderlab_catalog.domain.names import printable
from polderlab_catalog.domain.texts import Text
from polderlab_catalog.policy.handing_in import may_follow
from polderlab_catalog.policy.ingests import OPTIONS
from polderlab_catalog.policy.publishing import may_publish
from polderlab_catalog.policy.standing import may_be_here

MOST_OPTION = 200
"""Characters in the value of an option."""
_FOLLOWS = {
    "delimiter": ("decimal", "thousands", "header"),
    "encoding": ("delimiter", "decimal", "thousands", "header"),
    "decimal": ("thousands",),
    "sheet": ("header",),
    "layer": ("crs",),
}
"""What is told from the file anew when somebody changes an option and leaves these as they are."""


@dataclass(frozen=True, slots=True)
class Origin:
    """The session a file comes from, and what it had read by then, as ``name@version``."""

    project: str
    session: str
    derived_from: tuple[str, ...] = ()


class Ingests:
    """For those who may publish the dataset, and for who handed a file in."""

    def __init__(self, register: Register, clock: Clock, *, timezone: tzinfo) -> None:
        self._register, self._clock, self._timezone = register, clock, timezone
        self._door = Door(register, clock)

    def receive(
        self,
        actor: Actor,
        dataset: str,
        file: str,
        path: str,
        bytes_: int,
        *,
        confirm: bool,
        options: Mapping[str, str] | None = None,
        note: Text | None = None,
    ) -> Ingest:
        """Take in a file that lies at ``path`` beneath the uploads folder, named ``file``.

        With ``confirm`` a person looks at how it will be read first.
        """
        with self._door.change(actor) as change:
            described = the_dataset(change.t, dataset)
            owner = the_organisation(change.t, described.organisation)
            must(may_publish(actor, described, owner, self._today()))
            return self.take(
                change, dataset, file, path, bytes_, confirm=confirm, options=options, note=note
            )

    def take(
        self,
        change: Change,
        dataset: str,
        file: str,
        path: str,
        bytes_: int,
        *,
        confirm: bool,
        options: Mapping[str, str] | None = None,
        note: Text | None = None,
        origin: Origin | None = None,
    ) -> Ingest:
        """Take it in within ``change``, in which it was decided that this may be published."""
        if the_dataset(change.t, dataset).remote:
            raise Invalid({"dataset": "lies in another catalogue: its files come from there"})
        ingest = Ingest(
            id=str(uuid4()),
            dataset=dataset,
            actor=change.actor.name,
            file=printable(file, 200),
            path=path,
            bytes=bytes_,
            created=self._clock(),
            confirm=confirm,
            options=_options(options or {}),
            note=note or Text(),
            project=origin.project if origin else "",
            session=origin.session if origin else "",
            derived_from=origin.derived_from if origin else (),
        )
        change.t.ingests.put(ingest)
        action = AuditAction.INGEST_RECEIVED
        log_ingest(change.t, self._clock(), action, ingest, actor=change.actor)
        return ingest

    def confirm(self, actor: Actor, ingest_id: str, options: Mapping[str, str]) -> Ingest:
        """Say how to read the file; the worker goes on with it.

        Confirming what is confirmed changes nothing.
        """
        with self._change(actor, ingest_id) as change:
            ingest = _the_ingest(change.t, ingest_id)
            if ingest.state is not IngestState.DETECTED:
                return ingest
            chosen = _chosen(ingest, options)
            confirmed = replace(
                ingest,
                state=IngestState.QUEUED,
                confirm=False,
                options={**ingest.options, **chosen},
                findings=(),
                attempts=0,
            )
            change.t.ingests.put(confirmed)
            return confirmed

    def look_again(self, actor: Actor, ingest_id: str, options: Mapping[str, str]) -> Ingest:
        """Have the file looked at anew, read by ``options``; then it waits to be confirmed again.

        Only what waits for somebody is looked at again.
        """
        with self._change(actor, ingest_id) as change:
            ingest = _the_ingest(change.t, ingest_id)
            if ingest.state is not IngestState.DETECTED:
                return ingest
            chosen = _chosen(ingest, options)
            changed = {n for n, value in chosen.items() if value != ingest.options.get(n, "")}
            anew = {each for name in changed for each in _FOLLOWS.get(name, ())} - changed
            kept = {**ingest.options, **chosen}
            waiting = replace(
                ingest,
                state=IngestState.RECEIVED,
                options={name: value for name, value in kept.items() if name not in anew},
                preview=(),
                findings=(),
                attempts=0,
            )
            change.t.ingests.put(waiting)
            return waiting

    def cancel(self, actor: Actor, ingest_id: str) -> Ingest:
        """Take the file back; what is done, failed or cancelled stays what it is."""
        with self._change(actor, ingest_id) as change:
            ingest = _the_ingest(change.t, ingest_id)
            if not ingest.state.open:
                return ingest
            cancelled = replace(
                ingest, state=IngestState.CANCELLED, preview=(), finished=self._clock()
            )
            change.t.ingests.put(cancelled)
            log_ingest(change.t, self._clock(), AuditAction.INGEST_CANCELLED, ingest, actor=actor)
            return cancelled

    def show(self, actor: Actor, ingest_id: str) -> Ingest:
        """Return an ingest of a dataset the actor may publish, or that the actor handed in."""
        with self._register.read() as t:
            ingest = _the_ingest(t, ingest_id)
            if not self._may_see(t, actor, ingest):
                # Its id tells nothing, so neither does the answer.
                raise NotFound("ingest", printable(ingest_id, 36))
            return ingest

    def of(self, actor: Actor, dataset: str, limit: int = 50) -> list[Ingest]:
        """Return the ingests of ``dataset`` the actor may see, newest first."""
        with self._register.read() as t:
            the_dataset(t, dataset)
            found = t.ingests.find(dataset=dataset, limit=limit)
            return [ingest for ingest in found if self._may_see(t, actor, ingest)]

    @contextmanager
    def _change(self, actor: Actor, ingest_id: str) -> Iterator[Change]:
        with self._door.change(actor) as change:
            t = change.t
            if not self._may_see(t, actor, _the_ingest(t, ingest_id)):
                raise NotFound("ingest", printable(ingest_id, 36))
            # What somebody handed in stays theirs to see; to do something they must be here.
            person = actor.person
            home = t.organisations.get(person.organisation) if person else None
            must(may_be_here(person, home, self._today()))
            yield change

    def _may_see(self, t: Transaction, actor: Actor, ingest: Ingest) -> bool:
        dataset = the_dataset(t, ingest.dataset)
        owner = the_organisation(t, dataset.organisation)
        return may_follow(actor, ingest, dataset, owner, self._today())

    def _today(self) -> date:
        return self._clock().astimezone(self._timezone).date()


def log_ingest(
    t: Transaction,
    at: datetime,
    action: AuditAction,
    ingest: Ingest,
    *,
    actor: Actor,
    outcome: Outcome = Outcome.OK,
    **details: str,
) -> None:
    """Write what happened to ``ingest`` into the audit log."""
    event = AuditEvent(
        action,
        actor=actor.name,
        outcome=outcome,
        object=ingest.dataset,
        project=ingest.project,
        session=ingest.session,
        origin=actor.origin,
        details={"ingest": ingest.id, "file": ingest.file, **details},
    )
    t.audit.append(event, at)


def _the_ingest(t: Transaction, ingest_id: str) -> Ingest:
    found = t.ingests.get(ingest_id) if printable(ingest_id, 36) == ingest_id else None
    if found is None:
        raise NotFound("ingest", printable(ingest_id, 36))
    return found


def _chosen(ingest: Ingest, given: Mapping[str, str]) -> dict[str, str]:
    """Return the options; refuse what the file does not have."""
    chosen = _options(given)
    for name, values in ingest.choices.items():
        if name in chosen and chosen[name] not in values:
            raise Invalid({name: "choose one of: " + ", ".join(values)})
    return chosen


def _options(given: Mapping[str, str]) -> dict[str, str]:
    """Return the options that say something; refuse what is no option."""
    wrong = {
        printable(name, 40): "is no option; use " + ", ".join(OPTIONS)
        for name in given
        if name not in OPTIONS
    }
    wrong |= {
        name: f"use at most {MOST_OPTION} printable characters"
        for name, value in given.items()
        if name in OPTIONS and not _tame(value)
    }
    if wrong:
        raise Invalid(wrong)
    # Only of thousands "none" is something to say.
    return {name: value for name, value in given.items() if value or name == "thousands"}


def _tame(value: str) -> bool:
    return len(value) <= MOST_OPTION and (value == "\t" or value.isprintable())
