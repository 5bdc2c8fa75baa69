"""``polderlab mail``."""

from __future__ import annotations

from typing import Annotated

import typer

from polderlab_catalog.application.errors import NotFound, Unavailable
from polderlab_catalog.application.ports import Undeliverable
from polderlab_catalog.bootstrap import the_post
from polderlab_catalog.cli.environment import open_lab
from polderlab_catalog.cli.output import Json, show, show_json
from polderlab_catalog.domain.notices import Notice, NoticeKind

app = typer.Typer(
    help="Notices as mail: whether they go, and what met trouble.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.command("list")
def list_(as_json: Json = False) -> None:
    """List the notices whose mail met trouble, newest first.

    \b
    Example:
      polderlab mail list
    """
    here = open_lab()
    rows = [
        {
            "made": each.made.astimezone(here.lab.settings.zone),
            "user": each.username,
            "about": each.kind.value,
            "state": each.mail.value,
            "tries": each.tries,
            "error": each.error,
        }
        for each in here.lab.outbox.trouble(here.actor)
    ]
    empty = "No mail met trouble." if here.lab.outbox.on else "No mail server is set."
    show(rows, as_json=as_json, empty=empty)


@app.command("test")
def send_one(
    user: Annotated[str, typer.Argument(help="Whom to send it to.", metavar="USER")],
    as_json: Json = False,
) -> None:
    """Send somebody a mail now, to try the mail server.

    \b
    Example:
      polderlab mail test waterdienst-admin
    """
    here = open_lab()
    person, post = here.lab.people.find(user), the_post(here.lab.settings)
    if post is None:
        raise Unavailable("No mail server is set. Set POLDERLAB_MAIL_HOST and run: make up")
    if not person.email:
        raise NotFound("e-mail address of", user)
    now = here.lab.clock()
    notice = Notice(f"test:{now.isoformat()}:{user}", user, NoticeKind.MAIL_TEST, now)
    try:
        post.deliver(notice, person)
    except Undeliverable as error:
        raise Unavailable(f"The mail was refused: {error}.") from error
    if as_json:
        show_json({"sent": person.email})
    else:
        typer.echo(f"The mail server took a mail to {person.email}.")
