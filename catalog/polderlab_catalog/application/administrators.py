"""Tell an organisation that somebody from outside changes who administers it.

The lead agency may have to: the only administrator fell ill. But whoever names an administrator
of another organisation could name one who obeys, so that never happens unseen.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from polderlab_catalog.application.ports import Transaction
from polderlab_catalog.application.telling import News, both, in_role, tell
from polderlab_catalog.domain.actors import Actor
from polderlab_catalog.domain.audit import AuditAction, AuditEvent
from polderlab_catalog.domain.notices import NoticeKind
from polderlab_catalog.domain.organisations import Organisation
from polderlab_catalog.domain.people import LabRole, Person

ROLE = LabRole.ORGANISATION_ADMINISTRATOR


@dataclass(frozen=True, slots=True)
class Watch:
    """What ``actor`` does now to the administrators of ``home``; its own people are passed over."""

    t: Transaction
    actor: Actor
    now: datetime
    home: Organisation

    def invited(self, name: str) -> None:
        """Tell that ``name`` is invited to be an administrator."""
        self._tell(NoticeKind.ADMINISTRATOR_INVITED, name)

    def changed(self, before: Person, after: Person) -> None:
        """Tell it if either ``before`` or ``after`` is an administrator, and not both."""
        was, is_ = (each.active and ROLE in each.roles for each in (before, after))
        if was != is_:
            kind = NoticeKind.ADMINISTRATOR_NAMED if is_ else NoticeKind.ADMINISTRATOR_GONE
            self._tell(kind, after.display_name, after.username)

    def _tell(self, kind: NoticeKind, name: str, username: str = "") -> None:
        actor, home = self.actor, self.home
        if actor.person is not None and actor.person.organisation == home.slug:
            return
        people = list(self.t.people.all(organisation=home.slug))
        others = [each for each in in_role(people, home.slug, ROLE) if each != username]
        stewards: list[str] = []
        if not others or kind is NoticeKind.ADMINISTRATOR_GONE:
            # Whoever is left may be the one who was put there just before.
            stewards = in_role(people, home.slug, LabRole.STEWARD)
        by = actor.person.display_name if actor.person else actor.name.partition(":")[2]
        news = News(
            kind,
            f"{home.slug}:{username or name}:{self.now.isoformat()}",
            {**both("organisation", home.name), "person": name, "by": by},
        )
        tell(self.t, self.now, [*others, *stewards, *([username] if username else [])], news)
        details = {
            "kind": kind.value,
            "person": username or name,
            "by": actor.name,
            "administrators": ", ".join(others),
            "stewards": ", ".join(stewards),
        }
        event = AuditEvent(
            AuditAction.ORGANISATION_TOLD,
            actor=Actor.lab().name,
            object=home.slug,
            details=details,
        )
        self.t.audit.append(event, self.now)
