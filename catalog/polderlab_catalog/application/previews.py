"""Show the first rows of a dataset on its page: a read like any other, so it is decided anew and
logged with the project it is shown for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, tzinfo

from polderlab_catalog.application.cards import Cards, DatasetCard, ProjectAccess, Viewer
from polderlab_catalog.application.lookups import the_dataset, the_organisation
from polderlab_catalog.application.ports import Clock, Register, Transaction
from polderlab_catalog.domain.actors import Actor
from polderlab_catalog.domain.audit import AuditAction, AuditEvent
from polderlab_catalog.domain.datasets import Classification, Distribution, DistributionRole
from polderlab_catalog.domain.people import Person
from polderlab_catalog.domain.scopes import Scope


@dataclass(frozen=True, slots=True)
class Preview:
    """A file of which values may be shown, and as far as ``scope`` goes."""

    distribution: Distribution
    scope: Scope


def previewed(card: DatasetCard) -> Distribution | None:
    """Return the file of which a page shows values: the first that lies in the lab."""
    files = card.version.data if card.version else ()
    return next((file for file in files if file.role is DistributionRole.DATA), None)


class Previews:
    """Decides what a page may show now."""

    def __init__(self, register: Register, clock: Clock, *, timezone: tzinfo = UTC) -> None:
        self._register, self._clock, self._timezone = register, clock, timezone

    def open(self, person: Person, dataset: str, origin: str = "") -> Preview | None:
        """Return what may be shown of ``dataset`` now; None when nothing may.

        Public data is shown to everyone and not logged; anything else is, before it is returned.
        """
        with self._register.read() as t:
            card = self._card(t, person, dataset)
        if card.dataset.classification is Classification.PUBLIC or card.shown is None:
            return self._preview(card)
        with self._register.write() as t:
            card = self._card(t, person, dataset)
            preview = self._preview(card)
            through = next((each for each in card.access if each.scope == card.shown), None)
            if preview is None or through is None:
                return None
            t.audit.append(self._event(person, card, preview, through, origin), self._clock())
            return preview

    def _card(self, t: Transaction, person: Person, name: str) -> DatasetCard:
        dataset = the_dataset(t, name)
        now = self._clock()
        viewer = Viewer.person(t, person, now.astimezone(self._timezone).date())
        owner = the_organisation(t, dataset.organisation)
        newest, grants = t.datasets.version(name), t.grants.find(dataset=name)
        return Cards(now, self._timezone).card(viewer, dataset, newest, owner, grants)

    def _preview(self, card: DatasetCard) -> Preview | None:
        file = previewed(card)
        return Preview(file, card.shown) if file and card.shown is not None else None

    def _event(
        self,
        person: Person,
        card: DatasetCard,
        preview: Preview,
        through: ProjectAccess,
        origin: str,
    ) -> AuditEvent:
        return AuditEvent(
            AuditAction.DATASET_READ,
            actor=Actor.for_person(person).name,
            object=card.dataset.name,
            project=through.project.slug,
            purpose=through.project.purpose.in_("nl"),
            origin=origin,
            details={
                "version": card.version.number if card.version else 0,
                "file": preview.distribution.name,
                "shown": "first rows on the page",
            },
        )
