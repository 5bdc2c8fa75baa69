"""``polderlab person link`` and ``polderlab person release``."""

from __future__ import annotations

from typing import Annotated

import typer

from polderlab_catalog.application.errors import Invalid
from polderlab_catalog.cli.environment import open_lab
from polderlab_catalog.cli.output import Json, show, show_json
from polderlab_catalog.domain.identities import Binding, Identity


def link(
    names: Annotated[list[str], typer.Argument(help="Whose accounts.", metavar="NAME...")],
    issuer: Annotated[str, typer.Option(help="The provider, as it names itself.")] = "",
    subject: Annotated[str, typer.Option(help="What it calls them for good (sub).")] = "",
    as_json: Json = False,
) -> None:
    """Let accounts with a password come in through an identity provider as well.

    The first who comes in under the name is the one from then on; --issuer and --subject say
    beforehand who that is.

    \b
    Example:
      polderlab person link rivierstad-analyst
    """
    here = open_lab()
    identity = Identity(issuer, subject) if issuer or subject else None
    if identity is not None and len(names) > 1:
        raise Invalid({"subject": "somebody at a provider is one person: name one account"})
    done = [here.lab.identities.link(here.actor, name, identity) for name in names]
    rows = [{"name": each.username, **belongs(each)} for each in done]
    show(rows, as_json=as_json, empty="")


def release(
    name: Annotated[str, typer.Argument(help="Whose account.", metavar="NAME")],
    as_json: Json = False,
) -> None:
    """Forget who an account belongs to at a provider, and end its sign-ins.

    Who next comes in under its name is the one; with a password it first has to be linked.

    \b
    Example:
      polderlab person release rivierstad-analyst
    """
    here = open_lab()
    there = here.lab.identities.release(here.actor, name)
    if as_json:
        show_json({"released": there})
    else:
        typer.echo("Released." if there else "It belonged to nobody at a provider.")


def belongs(binding: Binding) -> dict[str, str | None]:
    """Return who an account belongs to, to be printed."""
    known = binding.identity
    return {
        "issuer": known.issuer if known else None,
        "subject": known.subject if known else None,
        "linked": "yes" if binding.linked else "no",
    }
