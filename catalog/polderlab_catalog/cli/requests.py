"""``polderlab request``: look at access requests. People with an account decide on them."""

from __future__ import annotations

from typing import Annotated

import typer

from polderlab_catalog.application.request_cards import RequestCard
from polderlab_catalog.cli.environment import open_lab
from polderlab_catalog.cli.output import Json, show, show_json
from polderlab_catalog.domain.scopes import Scope

app = typer.Typer(
    help="Access requests: who asks for what, and how far the answer is.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.command("list")
def list_(
    *,
    dataset: Annotated[str, typer.Option(help="Only for this dataset.")] = "",
    project: Annotated[str, typer.Option(help="Only of this project.")] = "",
    decided: Annotated[bool, typer.Option("--all", help="Also those that are decided.")] = False,
    as_json: Json = False,
) -> None:
    """List the open access requests, newest first.

    \b
    Example:
      polderlab request list --dataset growth_study --all
    """
    here = open_lab()
    rows = [
        {
            "id": card.request.id,
            "dataset": card.request.dataset,
            "project": card.request.project,
            "asked": card.request.asked.astimezone(here.lab.settings.zone),
            "state": card.request.state.value,
            "waits_for": ", ".join(_waits_for(card)),
        }
        for card in here.lab.requests.of(here.actor)
        if dataset in ("", card.request.dataset)
        and project in ("", card.request.project)
        and (decided or card.request.open)
    ]
    show(rows, as_json=as_json, empty="There are no such requests.")


@app.command("show")
def show_(
    request: Annotated[str, typer.Argument(help="Id of the request.", metavar="REQUEST")],
    as_json: Json = False,
) -> None:
    """Show one request with its conversation.

    \b
    Example:
      polderlab request show 7f0c2f0e-5a55-4c0c-9a55-0f6f0a3f4c11
    """
    here = open_lab()
    card = here.lab.requests.show(here.actor, request)
    asked, zone = card.request, here.lab.settings.zone
    lines = [
        {"at": each.at.astimezone(zone), "by": each.by, "said": each.text}
        for each in asked.messages
    ] + [
        {
            "at": each.at.astimezone(zone),
            "by": each.by,
            "said": f"approved as {each.role.value}. {each.note}".strip(),
        }
        for each in asked.approvals
    ]
    lines.sort(key=lambda line: str(line["at"]))
    facts: dict[str, object] = {
        "id": asked.id,
        "dataset": asked.dataset,
        "project": asked.project,
        "asked_by": asked.asked_by,
        "asked": asked.asked.astimezone(zone),
        "purpose": asked.purpose,
        "legal_basis": asked.legal_basis.value,
        "until": asked.until,
        "columns": ", ".join(asked.columns) or "all",
        "state": asked.state.value,
        "waits_for": ", ".join(_waits_for(card)),
        "approved_until": asked.granted_until,
        "approved_part": _words(asked.scope) if asked.approvals else "",
        "conditions": asked.conditions,
        "reason": asked.reason,
    }
    if as_json:
        show_json({**facts, "conversation": lines})
        return
    for name, value in facts.items():
        if value not in ("", None):
            typer.echo(f"{name.replace('_', ' '):<15}{_one_line(value)}")
    for line in lines:
        typer.echo(f"{line['at']:%Y-%m-%d %H:%M}  {line['by']}: {_one_line(line['said'])}")


def _one_line(value: object) -> str:
    return str(value).replace("\n", " / ")


def _waits_for(card: RequestCard) -> list[str]:
    if card.request.state == "questioned":
        return ["the project"]
    return [role.value for role in card.waits_for]


def _words(scope: Scope) -> str:
    rows = [
        f"{each.column} {each.operator.value} {', '.join(map(str, each.values))}".rstrip()
        for each in scope.rows
    ]
    return "; ".join([", ".join(scope.columns) or "all columns", *rows])
