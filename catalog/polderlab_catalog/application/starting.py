"""What a start is decided on: looked up once, for every image and size somebody may choose."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo

from polderlab_catalog.application.lookups import standing
from polderlab_catalog.application.ports import Transaction
from polderlab_catalog.application.rooms import Rooms
from polderlab_catalog.domain.sessions import Image, Session, Size
from polderlab_catalog.policy.allocations import Room, effective, narrowed
from polderlab_catalog.policy.decisions import ALLOWED, Decision
from polderlab_catalog.policy.sessions import Start, may_start
from polderlab_catalog.policy.standing import Standing, may_work


@dataclass(frozen=True, slots=True)
class Offer:
    """All images and sizes of the lab, by name."""

    images: Mapping[str, Image] = field(default_factory=dict)
    sizes: Mapping[str, Size] = field(default_factory=dict)

    @classmethod
    def of(cls, t: Transaction) -> Offer:
        """Return what the lab offers now."""
        return cls(
            {image.name: image for image in t.offer.images()},
            {size.name: size for size in t.offer.sizes()},
        )


@dataclass(frozen=True, slots=True)
class Ground:
    """What every start of somebody in a project is decided on; ``mine`` is open there already."""

    standing: Standing
    mine: Session | None = None
    rooms: tuple[Room, ...] = ()
    offer: Offer = Offer()

    def decide(
        self, image_name: str | None, size_name: str | None
    ) -> tuple[Decision, tuple[Image, Size] | None]:
        """Decide on a start with an image and a size; without a name with the first there is."""
        project, decision = self.standing.project, may_work(self.standing)
        if not decision or project is None:
            return decision, None
        limits = effective([room.allocation for room in self.rooms])
        images = narrowed(project.images, limits.images)
        sizes = narrowed(project.sizes, limits.sizes)
        image_name = image_name or next(iter(images), "")
        size_name = size_name or next(iter(sizes), "")
        image = self.offer.images.get(image_name) if image_name in images else None
        size = self.offer.sizes.get(size_name) if size_name in sizes else None
        decision = may_start(
            Start(
                project=project,
                images=images,
                image_name=image_name,
                image=image,
                sizes=sizes,
                size_name=size_name,
                size=size,
                mine=self.mine,
                rooms=self.rooms,
            )
        )
        if not decision or image is None or size is None:
            return decision, None
        return ALLOWED, (image, size)


def ground_of(t: Transaction, username: str, slug: str, now: datetime, zone: tzinfo) -> Ground:
    """Return what a start of ``username`` in project ``slug`` is decided on; either may not be."""
    facts = standing(t, username, slug, now.astimezone(zone).date())
    if facts.owner is None or not may_work(facts):
        return Ground(facts)
    mine = next(iter(t.sessions.open(username=username, project=slug)), None)
    house = Rooms(t, facts.owner, now, zone)
    return Ground(facts, mine, rooms_for_a_start(house, username, slug, mine), Offer.of(t))


def rooms_for_a_start(
    house: Rooms, username: str, project: str, mine: Session | None
) -> tuple[Room, ...]:
    """Return the levels a start must fit in. It takes the place of the session open there."""
    return house.of(project, username, without=[mine.id] if mine else ())
