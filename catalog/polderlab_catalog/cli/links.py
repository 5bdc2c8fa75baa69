"""Print the link of an invitation: the only time it is known."""

from __future__ import annotations

import typer

from polderlab_catalog.application.invitations import Sent
from polderlab_catalog.cli.environment import Here
from polderlab_catalog.cli.output import show_json


def print_link(here: Here, made: Sent, *, as_json: bool) -> None:
    """Print the link, for whom it is, and until when it works."""
    address = f"{here.lab.settings.portal_url}/join#{made.secret}"
    invitation = made.invitation
    if as_json:
        told = {"id": invitation.id, "link": address, "expires": invitation.expires}
        show_json({**told, "name": invitation.name, "email": invitation.email})
        return
    until = invitation.expires.astimezone(here.lab.settings.zone)
    typer.echo(f"{address}\nFor {invitation.name} ({invitation.email}) alone.")
    typer.echo(f"It works once, until {until:%Y-%m-%d %H:%M}.")
