"""``polderlab organisation``."""

from __future__ import annotations

import math
from datetime import datetime
from typing import Annotated

import typer

from polderlab_catalog.application.errors import Invalid
from polderlab_catalog.cli.environment import Here, open_lab
from polderlab_catalog.cli.links import print_link
from polderlab_catalog.cli.output import Json, print_facts, show, show_json
from polderlab_catalog.domain.allocations import Allocation
from polderlab_catalog.domain.organisations import Contact
from polderlab_catalog.domain.texts import Text

app = typer.Typer(
    help="The public bodies that take part in the lab.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


Organisation = Annotated[str, typer.Argument(help="The organisation.", metavar="ORGANISATION")]


@app.command("list")
def list_(as_json: Json = False) -> None:
    """List the organisations, and the URI that names each to others.

    \b
    Example:
      polderlab organisation list
    """
    with open_lab().lab.register.read() as t:
        found = sorted(t.organisations.all(), key=lambda each: each.slug)
    show(
        [
            {
                "name": each.slug,
                "title": each.name.in_("nl"),
                "kind": each.kind.value,
                "state": "suspended" if each.suspended else each.state.value,
                "identifier": each.identifier or None,
            }
            for each in found
        ],
        as_json=as_json,
        empty="No organisation takes part yet.",
    )


@app.command("identify")
def identify(
    organisation: Annotated[str, typer.Argument(help="The organisation.")],
    uri: Annotated[
        str, typer.Argument(help="Its address in a public register (TOOI); empty takes it away.")
    ],
    as_json: Json = False,
) -> None:
    """Say by which URI others know an organisation: catalogues that leave the lab name it so.

    \b
    Example:
      polderlab organisation identify rivierstad \\
        https://identifier.overheid.nl/tooi/id/gemeente/gm0796
    """
    here = open_lab()
    changed = here.lab.administration.identify_organisation(here.actor, organisation, uri.strip())
    if as_json:
        show_json({"changed": changed})
        return
    typer.echo("Kept." if changed else "It was known so already.")


def _bytes(gibibytes: float) -> int:
    if not math.isfinite(gibibytes):
        raise Invalid({"memory-gb": "give a number"})
    return int(gibibytes * 1024**3)


def _show(here: Here, slug: str) -> dict[str, object]:
    page = here.lab.organisations.page(here.actor, slug)
    each, told = page.organisation, page.particulars
    return {
        "name": each.slug,
        "title": each.name.in_("nl"),
        "state": "suspended" if each.suspended else each.state.value,
        "agreed_until": each.agreed_until,
        "agreement": told.agreement.version if told.agreement else None,
        "vetting": each.vetting,
        "identifier": each.identifier or told.oin or None,
        "contact": told.contact.email or None,
        "privacy_officer": told.privacy_officer.email or None,
        "people": len(page.people),
        "projects": [project.slug for project in page.projects],
        "open_invitations": len(page.invitations),
    }


@app.command("show")
def show_one(organisation: Organisation, as_json: Json = False) -> None:
    """Show one organisation: its state, agreement, contacts and projects.

    \b
    Example:
      polderlab organisation show rivierstad
    """
    here = open_lab()
    print_facts(_show(here, organisation), as_json=as_json)


@app.command()
def invite(
    organisation: Annotated[str, typer.Argument(help="Its short name, for good.", metavar="NAME")],
    title: Annotated[str, typer.Option(help="Its full name, in Dutch.")],
    contact: Annotated[str, typer.Option(help="Name of whoever fills in the details.")],
    email: Annotated[str, typer.Option(help="Their e-mail address.")],
    as_json: Json = False,
) -> None:
    """Invite an organisation. Prints a link for one use: send it to the contact alone.

    \b
    Example:
      polderlab organisation invite duinrand --title "Gemeente Duinrand" \\
        --contact "Dora Duin" --email dora@duinrand.example
    """
    here = open_lab()
    made = here.lab.organisations.invite(
        here.actor, organisation, Text(title), Contact(contact, email)
    )
    print_link(here, made, as_json=as_json)


@app.command()
def approve(
    organisation: Organisation,
    *,
    until: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Another last day of the agreement."),
    ] = None,
    cpus: Annotated[float | None, typer.Option(min=0, help="Processors at once.")] = None,
    memory_gb: Annotated[float | None, typer.Option(min=0, help="Memory at once.")] = None,
    sessions: Annotated[int | None, typer.Option(min=0, help="Sessions at once.")] = None,
    vetting: Annotated[bool, typer.Option(help="Check new people before they start.")] = True,
    account: Annotated[
        str, typer.Option(help="The administrator's account name, chosen beforehand.")
    ] = "",
    as_json: Json = False,
) -> None:
    """Let an organisation in. Prints the link for the administrator it named.

    \b
    Example:
      polderlab organisation approve duinrand --cpus 4 --memory-gb 8 --sessions 4
    """
    here = open_lab()
    made = here.lab.organisations.approve(
        here.actor,
        organisation,
        Allocation(
            cpus=cpus,
            memory_bytes=None if memory_gb is None else _bytes(memory_gb),
            sessions=sessions,
        ),
        vetting=vetting,
        agreed_until=until.date() if until else None,
        username=account,
    )
    print_link(here, made, as_json=as_json)


@app.command("return")
def return_(
    organisation: Organisation,
    reason: Annotated[str, typer.Option(help="What has to change.")],
    as_json: Json = False,
) -> None:
    """Ask an organisation for changes. Prints its new link.

    \b
    Example:
      polderlab organisation return duinrand --reason "Who is the privacy officer?"
    """
    here = open_lab()
    made = here.lab.organisations.send_back(here.actor, organisation, reason)
    print_link(here, made, as_json=as_json)


@app.command()
def refuse(
    organisation: Organisation,
    reason: Annotated[str, typer.Option(help="Why.")],
    as_json: Json = False,
) -> None:
    """Do not let an organisation in.

    \b
    Example:
      polderlab organisation refuse duinrand --reason "No public body"
    """
    here = open_lab()
    here.lab.organisations.refuse(here.actor, organisation, reason)
    print_facts(_show(here, organisation), as_json=as_json)


@app.command()
def suspend(organisation: Organisation, as_json: Json = False) -> None:
    """Stop all access of an organisation, and all it has running, at once.

    \b
    Example:
      polderlab organisation suspend duinrand
    """
    here = open_lab()
    here.lab.organisations.suspend(here.actor, organisation)
    print_facts(_show(here, organisation), as_json=as_json)


@app.command()
def readmit(organisation: Organisation, as_json: Json = False) -> None:
    """Give a suspended organisation its access back.

    \b
    Example:
      polderlab organisation readmit duinrand
    """
    here = open_lab()
    here.lab.organisations.suspend(here.actor, organisation, False)
    print_facts(_show(here, organisation), as_json=as_json)
