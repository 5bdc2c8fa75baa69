"""Who acts: a person with an account, an operator on the machine itself, or the lab."""

from __future__ import annotations

from dataclasses import dataclass

from polderlab_catalog.domain.people import LabRole, Person


@dataclass(frozen=True, slots=True)
class Actor:
    """Whoever does something, as the audit log names them.

    ``name`` is ``person:<username>``, ``operator:<unix user>`` or ``lab``; ``origin`` is the
    address a request came from, where there is one.
    """

    name: str
    person: Person | None = None
    origin: str = ""

    @classmethod
    def for_person(cls, person: Person, origin: str = "") -> Actor:
        """Return the actor behind a signed-in person's request."""
        return cls(f"person:{person.username}", person, origin)

    @classmethod
    def operator(cls, name: str) -> Actor:
        """Return the actor at the machine's own command line: unix user ``name``."""
        return cls(f"operator:{name}")

    @classmethod
    def lab(cls) -> Actor:
        """Return the lab itself, which acts when nobody asked (clean-up, demo)."""
        return cls("lab")

    @property
    def trusted(self) -> bool:
        """Whether this is not a person with an account: whoever has the machine has the lab."""
        return self.person is None

    def has(self, role: LabRole) -> bool:
        """Tell whether the actor is somebody with ``role`` who may use it: no closed account, and
        none that waits for vetting."""
        return self.person is not None and self.person.cleared and role in self.person.roles
