"""Facts are given while nobody changed anything, and never a moment longer."""

from __future__ import annotations

from tests.fakes.register import MemoryRegister

from polderlab_catalog.application import known
from polderlab_catalog.application.known import Known


class Counted(MemoryRegister):
    """A register whose revision the test sets."""

    now: int | None = 1

    def revision(self) -> int | None:
        return self.now


def test_facts_are_given_until_anything_is_committed() -> None:
    register = Counted()
    facts: Known[str] = Known(register)
    facts.keep(register.revision(), "a", "as it was")
    facts.keep(register.revision(), "b", "as that was")
    assert (facts.get("a"), facts.get("b")) == ("as it was", "as that was")
    assert facts.get("c") is None
    register.now = 2
    assert facts.get("a") is None
    facts.keep(2, "a", "as it is")
    assert (facts.get("a"), facts.get("b")) == ("as it is", None)


def test_what_was_looked_up_while_somebody_committed_is_not_given() -> None:
    register = Counted()
    facts: Known[str] = Known(register)
    before = register.revision()
    register.now = 2
    facts.keep(before, "a", "of before or of after: who knows")
    assert facts.get("a") is None


def test_where_nothing_is_told_nothing_is_kept_or_given() -> None:
    register = Counted()
    facts: Known[str] = Known(register)
    facts.keep(1, "a", "as it was")
    register.now = None
    assert facts.get("a") is None
    facts.keep(None, "b", "as that was")
    register.now = 1
    assert (facts.get("a"), facts.get("b")) == ("as it was", None)


def test_no_more_is_held_than_so_much() -> None:
    register = Counted()
    facts: Known[int] = Known(register)
    for number in range(3 * known.MOST):
        facts.keep(1, number, number)
    held = [number for number in range(3 * known.MOST) if facts.get(number) is not None]
    assert 0 < len(held) <= known.MOST
    assert held[-1] == 3 * known.MOST - 1
