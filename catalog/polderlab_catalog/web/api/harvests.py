"""Other catalogues whose datasets are described here, for lab administrators."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import ConfigDict, Field

from polderlab_catalog.domain.harvests import Harvest
from polderlab_catalog.policy.harvests import LONGEST_HOURS
from polderlab_catalog.web.api.shapes import Shape
from polderlab_catalog.web.languages import Speech
from polderlab_catalog.web.pages.harvests import trouble
from polderlab_catalog.web.visitors import ThePortal, Visiting

router = APIRouter(prefix="/harvests", tags=["harvests"])


class NewHarvest(Shape):
    """A catalogue to read from now on, every so many hours."""

    model_config = ConfigDict(extra="forbid")

    url: Annotated[str, Field(max_length=2000, examples=["https://data.example.nl/catalog.ttl"])]
    organisation: Annotated[str, Field(max_length=100)]
    hours: Annotated[int, Field(ge=1, le=LONGEST_HOURS)] = 24


class HarvestShape(Shape):
    """A catalogue that is read. ``last`` is when it last was, empty while it waits for its turn;
    ``found`` how many datasets it described then, ``error`` what went wrong."""

    id: UUID
    url: str
    organisation: str
    hours: int
    last: datetime | None
    found: int
    error: str


@router.get("")
def list_harvests(portal: ThePortal, visitor: Visiting) -> list[HarvestShape]:
    """List the catalogues that are read, and how the last time went."""
    found = portal.lab.harvests.overview(visitor.actor).harvests
    return [_shape(each, visitor.speech) for each in found]


@router.post("", status_code=HTTPStatus.CREATED)
def add_harvest(portal: ThePortal, visitor: Visiting, body: NewHarvest) -> HarvestShape:
    """Read a catalogue (DCAT as Turtle, RDF/XML or JSON-LD) from now on, beginning at once."""
    harvest = portal.lab.harvests.add(visitor.actor, body.url, body.organisation, hours=body.hours)
    return _shape(harvest, visitor.speech)


@router.get("/{id}")
def show_harvest(portal: ThePortal, visitor: Visiting, id: UUID) -> HarvestShape:
    """Show how a catalogue does."""
    return _shape(portal.lab.harvests.show(visitor.actor, str(id)), visitor.speech)


@router.post("/{id}/runs", status_code=HTTPStatus.ACCEPTED)
def run_harvest(portal: ThePortal, visitor: Visiting, id: UUID) -> HarvestShape:
    """Have a catalogue read now, in the background."""
    return _shape(portal.lab.harvests.ask(visitor.actor, str(id)), visitor.speech)


@router.delete("/{id}", status_code=HTTPStatus.NO_CONTENT)
def remove_harvest(portal: ThePortal, visitor: Visiting, id: UUID) -> Response:
    """Read a catalogue no longer; what it described goes."""
    portal.lab.harvests.remove(visitor.actor, str(id))
    return Response(status_code=HTTPStatus.NO_CONTENT)


def _shape(harvest: Harvest, speech: Speech) -> HarvestShape:
    return HarvestShape(
        id=UUID(harvest.id),
        url=harvest.url,
        organisation=harvest.organisation,
        hours=harvest.hours,
        last=harvest.last,
        found=harvest.found,
        error=trouble(harvest, speech),
    )
