"""``polderlab allocation``."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date
from typing import Annotated, Any

import typer

from polderlab_catalog.application.allocations import LevelCard
from polderlab_catalog.application.errors import Invalid
from polderlab_catalog.cli.environment import open_lab
from polderlab_catalog.cli.output import Json, show, show_json
from polderlab_catalog.domain.allocations import Allocation, Level, Resource
from polderlab_catalog.domain.usage import GIB
from polderlab_catalog.policy.allocations import AT_ONCE, DISK, HOURS, shown

app = typer.Typer(
    help="What organisations, projects and people in them may use.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

Organisation = Annotated[str, typer.Option("--organisation", help="An organisation.")]
Project = Annotated[str, typer.Option("--project", help="A project.")]
Person = Annotated[str, typer.Option("--person", help="A person, in that project.")]
Number = Annotated[str | None, typer.Option(metavar="NUMBER|none")]
Names = Annotated[list[str] | None, typer.Option(metavar="NAME|none")]


@app.command("show")
def show_(
    organisation: Organisation = "",
    project: Project = "",
    person: Person = "",
    as_json: Json = False,
) -> None:
    """Show the limits of one level, what is left of it, and the levels within it.

    \b
    Example:
      polderlab allocation show --organisation rivierstad
    """
    here = open_lab()
    level = _level(organisation, project, person)
    lab = here.lab.allocations
    cards = [lab.show(here.actor, level), *lab.below(here.actor, level)]
    if as_json:
        show_json([_told(card) for card in cards])
        return
    show(
        [
            {"level": str(card.level), **{_column(each): _cell(card, each) for each in Resource}}
            for card in cards
        ],
        as_json=False,
        empty="",
    )


@app.command("set")
def set_(
    *,
    organisation: Organisation = "",
    project: Project = "",
    person: Person = "",
    cpus: Number = None,
    memory_gb: Number = None,
    sessions: Number = None,
    cpu_hours: Number = None,
    memory_hours: Number = None,
    home_gb: Number = None,
    project_gb: Number = None,
    image: Names = None,
    size: Names = None,
    as_json: Json = False,
) -> None:
    """Set limits of one level; what is not named stays as it is, and none lifts a limit.

    Processors, memory and sessions are those in use at once; hours are per calendar month.

    \b
    Examples:
      polderlab allocation set --project river-access --sessions 1
      polderlab allocation set --organisation rivierstad --cpu-hours 500 --size small
      polderlab allocation set --project river-access --person rivierstad-lead --cpus none
    """
    here = open_lab()
    level = _level(organisation, project, person)
    given = {
        "cpus": _number("cpus", cpus),
        "memory_bytes": _number("memory-gb", memory_gb, GIB),
        "sessions": _number("sessions", sessions),
        "cpu_hours": _number("cpu-hours", cpu_hours),
        "memory_gib_hours": _number("memory-hours", memory_hours),
        "home_bytes": _number("home-gb", home_gb, GIB),
        "project_bytes": _number("project-gb", project_gb, GIB),
        "images": _names(image),
        "sizes": _names(size),
    }
    wanted = {name: value for name, value in given.items() if value is not _SAME}
    own = here.lab.allocations.show(here.actor, level).own
    for whole in ("memory_bytes", "sessions", "home_bytes", "project_bytes"):
        if wanted.get(whole) is not None and whole in wanted:
            wanted[whole] = int(wanted[whole])
    changed = here.lab.allocations.set(here.actor, level, replace(own, **wanted))
    if as_json:
        show_json({"changed": changed})
        return
    typer.echo("Set." if changed else "It was so already.")


@app.command("extend")
def extend(
    request: Annotated[str, typer.Argument(help="The request for more, by its id.")],
    until: Annotated[str, typer.Option(help="The last day, as 2027-06-30.")] = "",
    refuse: Annotated[str, typer.Option(help="Refuse it, for this reason.")] = "",
    as_json: Json = False,
) -> None:
    """Answer a request for more; without --refuse it is approved and holds at once.

    \b
    Example:
      polderlab allocation extend 0b6f… --until 2026-12-31
    """
    here = open_lab()
    if refuse:
        decided = here.lab.extensions.refuse(here.actor, request, refuse)
    else:
        decided = here.lab.extensions.approve(here.actor, request, until=_day(until))
    if as_json:
        show_json({"state": decided.state.value, "until": decided.until})
        return
    typer.echo(
        f"Refused: {decided.reason}" if refuse else f"Given until {decided.until.isoformat()}."
    )


@app.command("requests")
def requests(as_json: Json = False) -> None:
    """List the requests for more that wait for an answer, the oldest first.

    \b
    Example:
      polderlab allocation requests
    """
    here = open_lab()
    show(
        [
            {
                "id": each.id,
                "level": str(each.level),
                "more": f"{each.resource.value} {shown(each.resource, each.amount)}",
                "until": each.until,
                "by": each.asked_by,
                "why": each.why,
            }
            for each in (card.extension for card in here.lab.extensions.waiting(here.actor))
        ],
        as_json=as_json,
        empty="Nobody waits for more.",
    )


_SAME: Any = object()
"""Not named: as it is."""


def _level(organisation: str, project: str, person: str) -> Level:
    if organisation and not project and not person:
        return Level.organisation(organisation)
    if project and not organisation:
        return Level.person(project, person) if person else Level.project(project)
    raise typer.BadParameter("Name --organisation, or --project, or --project and --person.")


def _number(option: str, value: str | None, unit: int = 1) -> Any:
    if value is None:
        return _SAME
    if value == "none":
        return None
    try:
        number = float(value) * unit
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise Invalid({option: "give a number, or none"})
    return number


def _names(given: list[str] | None) -> Any:
    if not given:
        return _SAME
    return None if given == ["none"] else tuple(given)


def _day(value: str) -> date | None:
    try:
        return date.fromisoformat(value) if value else None
    except ValueError:
        raise Invalid({"until": "write the last day as 2027-06-30"}) from None


def _column(resource: Resource) -> str:
    return resource.value.replace("_bytes", "").replace("_gib", "")


def _cell(card: LevelCard, resource: Resource) -> str | None:
    """Return ``used/limit`` of what is counted here, else the limit."""
    limit = card.extended.limit(resource)
    if limit is None:
        return None
    if resource in (*AT_ONCE, *HOURS):
        return f"{shown(resource, card.room.of(resource))}/{shown(resource, limit)}"
    return shown(resource, limit)


def _told(card: LevelCard) -> dict[str, Any]:
    return {
        "level": str(card.level),
        "name": card.title.in_("nl"),
        "own": _limits(card.own),
        "holds": _limits(card.holds),
        "used": {each.value: card.room.of(each) for each in (*AT_ONCE, *HOURS) if each not in DISK},
    }


def _limits(allocation: Allocation) -> dict[str, Any]:
    numbers = {each.value: allocation.limit(each) for each in Resource}
    named = {"images": allocation.images, "sizes": allocation.sizes}
    return {name: value for name, value in {**numbers, **named}.items() if value is not None}
