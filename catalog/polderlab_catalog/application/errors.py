"""What use cases raise.

LabError
├── Refused        a policy said no; carries the Decision
├── NotFound       no such thing, or none you may know of
├── Invalid        the input is wrong; one sentence per field
├── NotDeclared    one thing of a declared lab cannot be; carries which, and why
└── Unavailable    something outside (hub, engine, database) did not answer
"""

from __future__ import annotations

from collections.abc import Mapping

from polderlab_catalog.policy.decisions import Decision


class LabError(Exception):
    """Any error a use case raises on purpose."""


class Refused(LabError):  # noqa: N818  (reads as the verdict it is)
    """A policy refused; ``decision`` says why and what to do next."""

    def __init__(self, decision: Decision) -> None:
        super().__init__(decision.message)
        self.decision = decision


def must(decision: Decision) -> None:
    """Raise :class:`Refused` unless ``decision`` allows."""
    if not decision:
        raise Refused(decision)


class NotFound(LabError):  # noqa: N818  (reads as the verdict it is)
    """There is no ``kind`` called ``name``, or none the asker may know of.

    ``decision`` carries the sentence with what to do next, where the policy has one.
    """

    def __init__(self, kind: str, name: str, decision: Decision | None = None) -> None:
        super().__init__(decision.message if decision is not None else f"No such {kind}: {name}.")
        self.kind, self.name, self.decision = kind, name, decision


class Invalid(LabError):  # noqa: N818  (reads as the verdict it is)
    """Input that cannot be used; ``fields`` maps each field to what to do about it."""

    def __init__(self, fields: Mapping[str, str]) -> None:
        super().__init__("; ".join(f"{name}: {what}" for name, what in fields.items()))
        self.fields = dict(fields)


class Unavailable(LabError):  # noqa: N818  (reads as the verdict it is)
    """Something outside did not answer; try again later.

    ``decision`` carries the sentence with what to do next, where the policy has one.
    """

    def __init__(self, message: str = "", decision: Decision | None = None) -> None:
        super().__init__(decision.message if decision is not None else message)
        self.decision = decision


class NotDeclared(LabError):  # noqa: N818  (reads as the verdict it is)
    """Thing ``name`` of a declared lab's ``section`` cannot be as it says, for ``reason``."""

    def __init__(self, section: str, name: str, reason: LabError) -> None:
        super().__init__(f"{section}, {name}: {reason}")
        self.section, self.name, self.reason = section, name, reason
