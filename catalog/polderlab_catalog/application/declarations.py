"""A lab declared: told whole, held against a telling, and made what it tells, or not at all."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from datetime import tzinfo
from typing import Any

from polderlab_catalog.application.changes import Change
from polderlab_catalog.application.declaring import Declaring, Verbs
from polderlab_catalog.application.errors import LabError, NotDeclared, Refused, must
from polderlab_catalog.application.grants import Terms, checked
from polderlab_catalog.application.picture import held, picture_of
from polderlab_catalog.application.ports import Clock, Hub, Register, Transaction
from polderlab_catalog.application.together import Later, Together
from polderlab_catalog.domain.actors import Actor
from polderlab_catalog.domain.audit import AuditAction, Outcome
from polderlab_catalog.domain.declarations import Difference, Facts, Kind, Picture
from polderlab_catalog.policy.administration import may_place
from polderlab_catalog.policy.decisions import ALLOWED, Code, Decision, refused
from polderlab_catalog.policy.declarations import differences, may_prune


class Declarations:
    """Tells and makes a lab, for an operator: whoever has the machine.

    ``verbs`` puts the use cases together over another register and hub.
    """

    def __init__(
        self,
        register: Register,
        clock: Clock,
        hub: Hub,
        verbs: Callable[[Register, Hub], Verbs],
        *,
        timezone: tzinfo,
    ) -> None:
        self._register, self._clock, self._hub = register, clock, hub
        self._verbs, self._timezone = verbs, timezone

    def picture(self, actor: Actor) -> Picture:
        """Return the lab as it is."""
        must(may_place(actor))
        with self._register.read() as t:
            return picture_of(t, self._clock(), self._timezone)

    def plan(
        self, actor: Actor, wanted: Picture, prune: Collection[Kind] = ()
    ) -> tuple[Difference, ...]:
        """Return what would change; it is tried, so that what would be refused is so now.

        Raises :class:`Refused`, or :class:`NotDeclared` for one thing of it.
        """
        with suppress(_Undo), self._register.write() as t:
            found = self._make(t, actor, wanted, prune, Later(self._hub))
            raise _Undo
        return found

    def apply(
        self,
        actor: Actor,
        wanted: Picture,
        prune: Collection[Kind] = (),
        *,
        agreed: Sequence[Difference] | None = None,
    ) -> tuple[Difference, ...]:
        """Change all that differs in one transaction, and return it.

        With ``agreed`` exactly that: where the lab has changed since, :class:`Refused`.
        """
        later = Later(self._hub)
        try:
            with self._register.write() as t:
                found = self._make(t, actor, wanted, prune, later)
                must(_as_agreed(found, agreed))
        except (Refused, NotDeclared) as error:
            self._log_refusal(actor, error)
            raise
        later.now()
        return found

    def _make(
        self, t: Transaction, actor: Actor, wanted: Picture, prune: Collection[Kind], hub: Hub
    ) -> tuple[Difference, ...]:
        must(may_place(actor))
        now = self._clock()
        today = now.astimezone(self._timezone).date()
        wanted = {kind: _kept(kind, things) for kind, things in wanted.items()}
        must(may_prune(wanted, prune))
        found = differences(picture_of(t, now, self._timezone), wanted, prune, today)
        declaring = Declaring(
            t,
            self._verbs(Together(t), hub),
            actor,
            today,
            self._timezone,
            {f"{each.dataset}/{each.project}": each for each in held(t.grants.find(), now)},
        )
        for difference in found:
            try:
                declaring.make(difference)
            except LabError as error:
                raise NotDeclared(difference.kind, difference.name, error) from error
        return found

    def _log_refusal(self, actor: Actor, error: LabError) -> None:
        """Log it anew: what the use case wrote was undone with the rest."""
        reason = error.reason if isinstance(error, NotDeclared) else error
        if isinstance(reason, Refused):
            with self._register.write() as t:
                Change(t, actor, self._clock).log(
                    AuditAction.ADMINISTRATION_REFUSED,
                    error.name if isinstance(error, NotDeclared) else "",
                    outcome=Outcome.REFUSED,
                    code=reason.decision.code.value,
                )


class _Undo(Exception):  # noqa: N818  (no error: the way out of a transaction)
    """Ends a transaction that must not hold."""


def _as_agreed(found: Sequence[Difference], agreed: Sequence[Difference] | None) -> Decision:
    same = agreed is None or tuple(found) == tuple(agreed)
    return ALLOWED if same else refused(Code.CHANGED_MEANWHILE)


def _kept(kind: Kind, things: Any) -> dict[str, Facts]:
    """Return things in the words that are kept of them, so that they compare."""
    return {name: _words_kept(kind, name, facts) for name, facts in things.items()}


def _words_kept(kind: Kind, name: str, facts: Facts) -> Facts:
    if kind is not Kind.GRANTS:
        return facts
    words = {field: facts[field] for field in ("reason", "conditions") if field in facts}
    try:
        kept = checked(Terms(facts.get("until", _ANY_DAY), **words))
    except LabError as error:
        raise NotDeclared(kind, name, error) from error
    return {**facts, **{field: getattr(kept, field) for field in words}}


_ANY_DAY: Any = None
