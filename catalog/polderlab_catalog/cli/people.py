"""``polderlab person``."""

from __future__ import annotations

from typing import Annotated

import typer

from polderlab_catalog.application.errors import Invalid
from polderlab_catalog.cli.environment import Here, open_lab
from polderlab_catalog.cli.identities import belongs, link, release
from polderlab_catalog.cli.links import print_link
from polderlab_catalog.cli.output import Json, print_facts, show, show_json
from polderlab_catalog.domain.invitations import Place
from polderlab_catalog.domain.names import is_slug
from polderlab_catalog.domain.organisations import Contact
from polderlab_catalog.domain.people import LabRole
from polderlab_catalog.domain.projects import MemberRole
from polderlab_catalog.policy.passwords import LINK_HOURS
from polderlab_catalog.policy.sign_ins import address_counted

app = typer.Typer(help="The people who may come in.", no_args_is_help=True, rich_markup_mode=None)

Name = Annotated[str, typer.Argument(help="Whose account.", metavar="NAME")]
app.command()(link)
app.command()(release)
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
                "password": "yes"
                if (held := t.people.credentials(each.username)) and held.opens
                else "no",
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


@app.command("show")
def show_one(name: Name, as_json: Json = False) -> None:
    """Show somebody: organisation, roles, projects, account.

    \b
    Example:
      polderlab person show rivierstad-analyst
    """
    here = open_lab()
    print_facts(_facts(here, name), as_json=as_json)


def _facts(here: Here, name: str) -> dict[str, object]:
    page = here.lab.people.page(here.actor, name)
    person = page.person
    return {
        "name": person.username,
        "shown_as": person.display_name,
        "organisation": person.organisation,
        "email": person.email or None,
        "roles": sorted(person.roles),
        "projects": [f"{each.project} ({each.role})" for each in page.memberships],
        "open": "yes" if person.active else "no",
        "vetting": person.vetting.value,
        "vetted_by": person.vetted_by or None,
        **belongs(here.lab.identities.of(name)),
    }


@app.command()
def invite(
    organisation: Annotated[str, typer.Argument(help="Into which.", metavar="ORGANISATION")],
    *,
    name: Annotated[str, typer.Option(help="Whom.")],
    email: Annotated[str, typer.Option(help="Their e-mail address.")],
    role: Annotated[
        list[LabRole] | None, typer.Option(help="A role in the organisation; may be repeated.")
    ] = None,
    project: Annotated[
        list[str] | None,
        typer.Option(help="A project, as NAME or NAME:ROLE (analyst); may be repeated."),
    ] = None,
    account: Annotated[str, typer.Option(help="The account's name, chosen beforehand.")] = "",
    as_json: Json = False,
) -> None:
    """Invite somebody. Prints a link for one use: send it to them alone.

    \b
    Example:
      polderlab person invite rivierstad --name "Nina Nieuw" \\
        --email nina@rivierstad.example --project river-access:analyst
    """
    here = open_lab()
    made = here.lab.invitations.invite_person(
        here.actor,
        organisation,
        Contact(name, email),
        roles=role or (),
        places=[_place(each) for each in project or ()],
        username=account,
    )
    print_link(here, made, as_json=as_json)


def _place(text: str) -> Place:
    slug, _, role = text.partition(":")
    try:
        return Place(slug, MemberRole(role or "analyst"))
    except ValueError:
        choices = ", ".join(MemberRole)
        raise Invalid({"project": f"choose a role from: {choices}"}) from None


@app.command()
def role(
    name: Name,
    give: Annotated[
        list[LabRole] | None, typer.Option(help="A role to give; may be repeated.")
    ] = None,
    take: Annotated[
        list[LabRole] | None, typer.Option(help="A role to take away; may be repeated.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Give somebody roles in their organisation, or take them away. Holds at once.

    \b
    Example:
      polderlab person role rivierstad-steward --give privacy-officer --take steward
    """
    here = open_lab()
    person = here.lab.people.find(name)
    after = (person.roles | set(give or ())) - set(take or ())
    here.lab.people.give_roles(here.actor, name, after)
    print_facts(_facts(here, name), as_json=as_json)


@app.command()
def vet(name: Name, as_json: Json = False) -> None:
    """Say that it has been checked who somebody is: they may start.

    \b
    Example:
      polderlab person vet rivierstad-analyst
    """
    here = open_lab()
    here.lab.people.vet(here.actor, name)
    print_facts(_facts(here, name), as_json=as_json)


@app.command()
def close(name: Name, as_json: Json = False) -> None:
    """Close an account and stop what it has running; nothing is deleted.

    \b
    Example:
      polderlab person close rivierstad-analyst
    """
    here = open_lab()
    here.lab.people.close_account(here.actor, name)
    print_facts(_facts(here, name), as_json=as_json)


@app.command()
def reopen(name: Name, as_json: Json = False) -> None:
    """Open a closed account again, with the roles and projects it had.

    \b
    Example:
      polderlab person reopen rivierstad-analyst
    """
    here = open_lab()
    here.lab.people.reopen_account(here.actor, name)
    print_facts(_facts(here, name), as_json=as_json)
