"""``polderlab person``."""

from __future__ import annotations

from typing import Annotated

import typer

from polderlab_catalog.application.errors import Invalid
from polderlab_catalog.cli.environment import open_lab
from polderlab_catalog.cli.output import Json, show, show_json
from polderlab_catalog.domain.names import is_slug
from polderlab_catalog.policy.passwords import LINK_HOURS
from polderlab_catalog.policy.sign_ins import address_counted

app = typer.Typer(help="The people who may come in.", no_args_is_help=True, rich_markup_mode=None)

_NOBODY = "give the name of an account, or an address with --address"


@app.command("list")
def list_(as_json: Json = False) -> None:
    """List everyone with an account, and whether it has a password in this lab.

    \b
    Example:
      polderlab person list
    """
    with open_lab().lab.register.read() as t:
        rows = [
            {
                "name": each.username,
                "organisation": each.organisation,
                "roles": ", ".join(sorted(each.roles)) or None,
                "open": "yes" if each.active else "no",
                "password": "yes" if t.people.credentials(each.username) else "no",
            }
            for each in t.people.all()
        ]
    show(rows, as_json=as_json, empty="Nobody has an account yet.")


@app.command("password-link")
def password_link(
    name: Annotated[str, typer.Argument(help="Whose password.", metavar="NAME")],
    hours: Annotated[int, typer.Option(help="How long the link works.")] = LINK_HOURS,
    as_json: Json = False,
) -> None:
    """Make a link with which somebody chooses a password, once. Give it to them alone.

    \b
    Example:
      polderlab person password-link rivierstad-analyst
    """
    here = open_lab()
    key, link = here.lab.passwords.make_link(here.actor, name, hours)
    address = f"{here.lab.settings.portal_url}/new-password#{key}"
    if as_json:
        show_json({"link": address, "expires": link.expires})
        return
    until = link.expires.astimezone(here.lab.settings.zone)
    typer.echo(f"{address}\nIt works once, until {until:%Y-%m-%d %H:%M}.")


@app.command()
def unlock(
    name: Annotated[str, typer.Argument(help="Which account.", metavar="NAME")] = "",
    address: Annotated[str, typer.Option(help="Or which address.")] = "",
    as_json: Json = False,
) -> None:
    """Forget the failed tries of an account or an address, so that signing in works at once.

    \b
    Example:
      polderlab person unlock rivierstad-analyst
    """
    counted = address_counted(address) if address else name
    if bool(name) == bool(address) or not (is_slug(name) or (address and counted)):
        raise Invalid({"name": _NOBODY})
    here = open_lab()
    kind = "address" if address else "name"
    there = here.lab.passwords.unlock(here.actor, f"{kind}:{counted}")
    if as_json:
        show_json({"unlocked": there})
    else:
        typer.echo("Unlocked." if there else "Nothing was held against it.")
