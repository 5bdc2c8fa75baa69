"""Tell an organisation that somebody from outside changes who looks after it.

The lead agency may have to: the only administrator fell ill. But whoever names an administrator
of another organisation could name one who obeys, so that never happens unseen, nor does clearing
away first who would be told: those who go are told themselves, and when nobody else is left to
tell, all people of the organisation are.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from polderlab_catalog.application.ports import Transaction
from polderlab_catalog.application.telling import News, both, in_role, tell
from polderlab_catalog.domain.actors import Actor
from polderlab_catalog.domain.audit import AuditAction, AuditEvent
from polderlab_catalog.domain.notices import FAREWELLS, NoticeKind
from polderlab_catalog.domain.organisations import Organisation
from polderlab_catalog.domain.people import LabRole, Person

ROLE = LabRole.ORGANISATION_ADMINISTRATOR


@dataclass(frozen=True, slots=True)
class Watch:
    """What ``actor`` does now to those who look after ``home``; its own people are passed over."""

    t: Transaction
    actor: Actor
    now: datetime
    home: Organisation

    def invited(self, name: str) -> None:
        """Tell that ``name`` is invited to be an administrator."""
        self._tell(NoticeKind.ADMINISTRATOR_INVITED, name)

    def changed(self, before: Person, after: Person) -> None:
        """Tell it if this names an administrator, or is the end of one or of a steward."""
        was, is_ = (each.roles if each.active else frozenset[LabRole]() for each in (before, after))
        kinds = [NoticeKind.ADMINISTRATOR_NAMED] if ROLE in is_ - was else []
        if ROLE in was - is_:
            kinds.append(NoticeKind.ADMINISTRATOR_GONE)
        elif LabRole.STEWARD in was - is_:
            kinds.append(NoticeKind.STEWARD_GONE)
        for kind in kinds:
            self._tell(kind, after.display_name, after.username)

    def _tell(self, kind: NoticeKind, name: str, username: str = "") -> None:
        actor, home = self.actor, self.home
        if actor.person is not None and actor.person.organisation == home.slug:
            return
        people = [
            each for each in self.t.people.all(organisation=home.slug) if each.username != username
        ]
        others, stewards = in_role(people, home.slug, ROLE), list[str]()
        if not others or kind in FAREWELLS:
            # Whoever is left may be the one who was put there just before.
            stewards = in_role(people, home.slug, LabRole.STEWARD)
        rest = [] if others or stewards else [each.username for each in people if each.active]
        by = actor.person.display_name if actor.person else actor.name.partition(":")[2]
        news = News(
            kind,
            f"{home.slug}:{username or name}:{self.now.isoformat()}",
            {**both("organisation", home.name), "person": name, "by": by},
        )
        tell(self.t, self.now, [*others, *stewards, *rest, *([username] if username else [])], news)
        details = {
            "kind": kind.value,
            "person": username or name,
            "by": actor.name,
            "administrators": ", ".join(others),
            "stewards": ", ".join(stewards),
            **({"people": ", ".join(rest)} if rest else {}),
        }
        event = AuditEvent(
            AuditAction.ORGANISATION_TOLD,
            actor=Actor.lab().name,
            object=home.slug,
            details=details,
        )
        self.t.audit.append(event, self.now)
