"""``polderlab dataset``."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, BinaryIO

import typer

from polderlab_catalog.application.errors import Invalid
from polderlab_catalog.cli.environment import Here, open_lab
from polderlab_catalog.cli.ingests import findings, hand_in, must_say_yes, open_file, shape
from polderlab_catalog.cli.output import Json, show, show_json
from polderlab_catalog.domain.datasets import Classification, Dataset
from polderlab_catalog.domain.texts import Text

app = typer.Typer(help="The datasets of the lab.", no_args_is_help=True, rich_markup_mode=None)


@app.callback()
def _datasets() -> None:
    """The datasets of the lab."""


@app.command("list")
def list_(as_json: Json = False) -> None:
    """List every dataset, and how many projects hold a grant.

    \b
    Example:
      polderlab dataset list
    """
    cards = open_lab().lab.catalogue.cards(None)
    show(
        [
            {
                "name": card.dataset.name,
                "title": card.dataset.title.in_("en"),
                "organisation": card.organisation.slug,
                "classification": card.dataset.classification.value,
                "version": card.version.number if card.version else None,
                "projects_granted": card.projects_with_access,
            }
            for card in cards
        ],
        as_json=as_json,
        empty="There are no datasets yet.",
    )


Name = Annotated[str, typer.Argument(help="Name of the dataset.", metavar="NAME")]
File = Annotated[Path, typer.Argument(help="The file with the data.", metavar="PATH")]
NoFile = Annotated[
    Path | None,
    typer.Argument(help="The file with the data; none to describe the dataset alone."),
]
Line = Annotated[str | None, typer.Option()]
Yes = Annotated[bool, typer.Option("--yes", help="Take the file as it is detected; do not ask.")]


@app.command()
def register(
    path: NoFile = None,
    *,
    name: Annotated[str, typer.Option(help="Name in notebooks, such as growth_study.")],
    organisation: Annotated[str, typer.Option(help="Which organisation owns it.")],
    title: Annotated[str, typer.Option(help="Title in Dutch.")],
    classification: Annotated[Classification, typer.Option(help="Who may read it.")],
    licence: Annotated[str, typer.Option(help="Web address of the licence.", metavar="URI")],
    title_en: Line = None,
    description: Line = None,
    description_en: Line = None,
    steward: Annotated[str | None, typer.Option(help="Team that decides on access.")] = None,
    contact: Annotated[str | None, typer.Option(help="E-mail address or web page.")] = None,
    source: Line = None,
    theme: Annotated[str | None, typer.Option(help="Code, such as ENVI.")] = None,
    keywords: Annotated[str | None, typer.Option(help="With commas between them.")] = None,
    delimiter: Line = None,
    encoding: Line = None,
    decimal: Line = None,
    sheet: Line = None,
    layer: Line = None,
    crs: Line = None,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Describe a new dataset and publish its first version.

    Without a file it is described alone: a file or a source can follow.

    \b
    Examples:
      polderlab dataset register bathing.csv --name bathing_water --organisation rivierstad \\
        --title Zwemwater --classification internal \\
        --licence https://creativecommons.org/licenses/by/4.0/
      polderlab dataset register --name soil_survey --organisation rivierstad \\
        --title Bodem --classification internal \\
        --licence https://creativecommons.org/licenses/by/4.0/
      polderlab source register soil_survey --address postgresql://db.example.nl/soil ...
    """
    options = _options(delimiter, encoding, decimal, sheet=sheet, layer=layer, crs=crs)
    if path is not None:
        must_say_yes(yes)
    elif given := [each for each, value in options.items() if value]:
        raise Invalid({given[0]: "says how a file is read; name the file too"})
    with open_file(path) if path is not None else nullcontext() as file:
        here = open_lab()
        owner = here.lab.publishing.owner(organisation).name.in_("nl")
        described = Dataset(
            name=name,
            title=Text(title, title_en or ""),
            description=Text(description or title, description_en or title_en or ""),
            organisation=organisation,
            steward=steward or owner,
            classification=classification,
            licence=licence,
            source=source or "",
            contact=contact or "",
            theme=theme or "",
            keywords=_words(keywords),
        )
        here.lab.publishing.register_dataset(here.actor, described, new=True)
        if path is not None and file is not None:
            _publish(here, name, path, file, options=options, note="", yes=yes, as_json=as_json)
        elif as_json:
            show_json({"dataset": name, "version": None})
        else:
            typer.echo(f"{name} is described; nothing can be read of it yet.")


@app.command()
def publish(
    name: Name,
    path: File,
    *,
    note: Annotated[str, typer.Option(help="What changed, in one line.")] = "",
    delimiter: Line = None,
    encoding: Line = None,
    decimal: Line = None,
    sheet: Line = None,
    layer: Line = None,
    crs: Line = None,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Publish a file as the next version of a dataset.

    \b
    Example:
      polderlab dataset publish bathing_water bathing-2027.csv --note "Season 2027"
    """
    must_say_yes(yes)
    with open_file(path) as file:
        here = open_lab()
        options = _options(delimiter, encoding, decimal, sheet=sheet, layer=layer, crs=crs)
        _publish(here, name, path, file, options=options, note=note, yes=yes, as_json=as_json)


@app.command()
def describe(
    name: Name,
    *,
    title: Line = None,
    title_en: Line = None,
    description: Line = None,
    description_en: Line = None,
    steward: Line = None,
    contact: Line = None,
    classification: Annotated[Classification | None, typer.Option()] = None,
    licence: Line = None,
    source: Line = None,
    theme: Line = None,
    keywords: Annotated[str | None, typer.Option(help="With commas between them.")] = None,
    place: Line = None,
    frequency: Line = None,
    as_json: Json = False,
) -> None:
    """Show a dataset's description; with options, change it first.

    \b
    Example:
      polderlab dataset describe growth_study --contact data@kustregio.example
    """
    here = open_lab()
    given = {
        "steward": steward,
        "contact": contact,
        "classification": classification,
        "licence": licence,
        "source": source,
        "theme": theme,
        "place": place,
        "frequency": frequency,
        "keywords": _words(keywords) if keywords is not None else None,
    }

    def change(now: Dataset) -> Dataset:
        changes: dict[str, Any] = {field: v for field, v in given.items() if v is not None}
        changes["title"] = _said(now.title, title, title_en)
        changes["description"] = _said(now.description, description, description_en)
        return replace(now, **changes)

    wanted = (title, title_en, description, description_en, *given.values())
    if any(value is not None for value in wanted):
        here.lab.publishing.describe(here.actor, name, change)
    dataset = here.lab.publishing.description(name)
    versions: list[dict[str, Any]] = [
        {
            "number": version.number,
            "published": version.created.astimezone(here.lab.settings.zone),
            "withdrawn": version.withdrawn,
        }
        for version in here.lab.catalogue.versions(name)
    ]
    facts: dict[str, Any] = {
        "name": dataset.name,
        "title": dataset.title.in_("nl"),
        "title_en": dataset.title.en,
        "description": dataset.description.in_("nl"),
        "organisation": dataset.organisation,
        "steward": dataset.steward,
        "contact": dataset.contact,
        "classification": dataset.classification.value,
        "licence": dataset.licence,
        "source": dataset.source,
        "theme": dataset.theme,
        "keywords": list(dataset.keywords),
        "place": dataset.place,
        "frequency": dataset.frequency,
        "versions": versions,
    }
    if as_json:
        show_json(facts)
        return
    for field, value in facts.items():
        if field == "versions":
            continue
        shown = ", ".join(value) if isinstance(value, list) else value
        typer.echo(f"{field.replace('_', ' ')}: {shown or '–'}")
    numbers = [
        f"{each['number']}{' (withdrawn)' if each['withdrawn'] else ''}" for each in versions
    ]
    typer.echo(f"versions: {', '.join(numbers) or '–'}")


@app.command()
def withdraw(
    name: Name,
    version: Annotated[int, typer.Argument(help="Number of the version.", metavar="VERSION")],
    reason: Annotated[str, typer.Option(help="Why; whoever reads it is told.")],
    as_json: Json = False,
) -> None:
    """Withdraw a version: the next read of it is refused, with the reason.

    \b
    Example:
      polderlab dataset withdraw growth_study 3 --reason "Two regions were swapped"
    """
    here = open_lab()
    changed = here.lab.publishing.withdraw_version(here.actor, name, version, reason)
    if as_json:
        show_json({"dataset": name, "version": version, "withdrawn": True, "changed": changed})
    else:
        typer.echo(f"Version {version} of {name} can no longer be read.")


@app.command()
def remove(name: Name, as_json: Json = False) -> None:
    """Remove a description of which nothing was ever published.

    \b
    Example:
      polderlab dataset remove bathing_water
    """
    here = open_lab()
    here.lab.drafts.remove(here.actor, name)
    if as_json:
        show_json({"dataset": name, "removed": True})
    else:
        typer.echo(f"The description of {name} is gone.")


@app.command()
def check(name: Name, as_json: Json = False) -> None:
    """Run the quality checks on the current version; exit status 1 when one fails.

    \b
    Example:
      polderlab dataset check growth_study
    """
    run = open_lab().lab.quality.run(name)
    rows = [
        {
            "check": result.check.kind.value,
            "columns": ", ".join(result.check.columns),
            "passed": result.passed,
            "failing": result.failing,
            "error": result.error,
        }
        for result in run.results
    ]
    show(rows, as_json=as_json, empty="No checks are declared.")
    if not run.passed:
        raise typer.Exit(1)


def _publish(
    here: Here, name: str, path: Path, file: BinaryIO, *, as_json: bool, **how: Any
) -> None:
    ingest = hand_in(here, name, path, file, **how)
    if as_json:
        show_json(shape(ingest))
        return
    for sentence in findings(ingest):
        typer.echo(f"! {sentence}")
    typer.echo(f"Version {ingest.version} of {name} is published.")


def _options(
    delimiter: str | None, encoding: str | None, decimal: str | None, **more: str | None
) -> dict[str, str | None]:
    tab = "\t" if delimiter in ("\\t", "tab") else delimiter
    return {"delimiter": tab, "encoding": encoding, "decimal": decimal, **more}


def _words(keywords: str | None) -> tuple[str, ...]:
    return tuple(word.strip() for word in (keywords or "").split(",") if word.strip())


def _said(now: Text, nl: str | None, en: str | None) -> Text:
    return Text(now.nl if nl is None else nl, now.en if en is None else en)
