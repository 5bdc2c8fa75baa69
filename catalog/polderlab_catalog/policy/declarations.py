"""How a lab differs from what was declared, and what a file may not do."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict
from datetime import date

from polderlab_catalog.domain.allocations import Allocation, LevelKind
from polderlab_catalog.domain.declarations import Difference, Facts, Kind, Picture, Turn
from polderlab_catalog.domain.organisations import OrganisationKind, OrganisationState
from polderlab_catalog.domain.people import Vetting
from polderlab_catalog.policy.decisions import ALLOWED, Code, Decision, refused

NO_LIMITS = asdict(Allocation())
"""The allocation of a level that has none of its own."""

_FIXED = {
    Kind.ORGANISATIONS: frozenset({"state"}),
    Kind.PEOPLE: frozenset({"organisation"}),
    Kind.PROJECTS: frozenset({"organisation"}),
}
"""What has a way of its own (coming in, leaving), or would carry rights along to elsewhere."""


def differences(
    now: Picture, wanted: Picture, prune: Collection[Kind], today: date
) -> tuple[Difference, ...]:
    """Return what makes ``now`` into ``wanted``, in the order to do it in.

    What ``wanted`` does not tell of stays, but things of the kinds in ``prune`` end: the last made
    ends first.
    """
    made = [
        difference
        for kind in Kind
        for name in sorted(wanted.get(kind, {}), key=_ORDERS.get(kind, str))
        if (difference := _difference(kind, name, now, wanted[kind][name]))
    ]
    ended = [
        Difference(kind, name, Turn.ENDED, {})
        for kind in reversed(Kind)
        if kind in prune
        for name, facts in sorted(now[kind].items())
        if name not in wanted.get(kind, {}) and _ends(kind, name, facts, wanted, today)
    ]
    # Somebody who becomes a lead comes before one who stops: a project always has one.
    made.sort(key=lambda each: (_PLACES[each.kind], _steps_down(each)))
    return (*made, *ended)


def may_prune(wanted: Picture, prune: Collection[Kind]) -> Decision:
    """Decide whether what ``wanted`` leaves out may end: never on an empty list."""
    for kind in prune:
        if kind not in PRUNES or not wanted.get(kind):
            return refused(Code.EMPTY_DECLARATION, section=kind.value)
    return ALLOWED


def may_declare(difference: Difference) -> Decision:
    """Decide whether a file may make this difference."""
    if difference.turn is not Turn.CHANGED:
        return ALLOWED
    fixed = sorted(_FIXED.get(difference.kind, frozenset()) & set(difference.facts))
    if difference.kind is Kind.PEOPLE and "vetting" in difference.facts:
        vetted = (Vetting.WAITING, Vetting.DONE)
        fixed += [] if difference.facts["vetting"] == vetted else ["vetting"]
    if fixed:
        return refused(Code.NOT_DECLARABLE, field=fixed[0], name=difference.name)
    return ALLOWED


def _difference(kind: Kind, name: str, now: Picture, told: Facts) -> Difference | None:
    before = now[kind].get(name)
    if kind is Kind.ALLOCATIONS:
        # Everything that is there has an allocation, if only one without limits.
        before = before or NO_LIMITS
    if before is None:
        return Difference(kind, name, Turn.NEW, {each: (None, told[each]) for each in told})
    facts = {each: (before[each], told[each]) for each in told if before[each] != told[each]}
    return Difference(kind, name, Turn.CHANGED, facts) if facts else None


def _steps_down(difference: Difference) -> bool:
    return difference.kind is Kind.MEMBERS and difference.given.get("role") != "lead"


def _level_place(key: str) -> tuple[int, str]:
    return list(LevelKind).index(LevelKind(key.partition(":")[0])), key


_PLACES = {kind: place for place, kind in enumerate(Kind)}
_ORDERS: Mapping[Kind, Callable[[str], tuple[int, str] | str]] = {Kind.ALLOCATIONS: _level_place}


def _ends(kind: Kind, name: str, facts: Facts, wanted: Picture, today: date) -> bool:
    """Tell whether what was left out still stands, and so has something to end."""
    match kind:
        case Kind.ORGANISATIONS:
            guest = facts["kind"] is not OrganisationKind.LEAD
            return guest and facts["state"] is OrganisationState.ACTIVE and not facts["suspended"]
        case Kind.PEOPLE:
            return bool(facts["active"])
        case Kind.PROJECTS:
            return bool(facts["ends"] >= today)
        case Kind.MEMBERS:
            # Of a project of which the file names no members nobody is put out.
            project = name.partition("/")[0] + "/"
            return any(each.startswith(project) for each in wanted[Kind.MEMBERS])
        case _:
            return True


PRUNES = (Kind.ORGANISATIONS, Kind.PEOPLE, Kind.PROJECTS, Kind.MEMBERS, Kind.GRANTS)
"""What can end by being left out: it is suspended, closed, ended, removed or revoked."""
