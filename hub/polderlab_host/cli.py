"""``polderlab-host``: what `make up`, `down`, `status` and `purge` call."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError

from polderlab_host import content
from polderlab_host import down as down_
from polderlab_host import purge as purge_
from polderlab_host import status as status_
from polderlab_host import up as up_
from polderlab_host.errors import HostError
from polderlab_host.progress import Progress
from polderlab_host.settings import HostSettings, load

app = typer.Typer(
    help="Put the lab on this machine, keep it there, take it off again.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command()
def up(
    after: Annotated[int, typer.Option(hidden=True)] = 0,
    since: Annotated[float, typer.Option(hidden=True)] = 0.0,
) -> None:
    """Start the lab, doing what is not done yet. Example: polderlab-host up"""
    settings = load()
    progress = Progress(total=after + up_.STEPS, done=after, since=since or time.time())
    up_.up(settings, progress)
    typer.echo(_welcome(settings))


@app.command()
def down() -> None:
    """Stop the lab and its sessions, keeping the data. Example: polderlab-host down"""
    settings = load()
    _needs_root()
    down_.down(settings, Progress(total=1))


@app.command()
def status(as_json: Json = False) -> None:
    """Say what runs, where, and what is wrong; exit 1 if anything is. Example: … status --json"""
    _needs_root()
    found = status_.status(load())
    typer.echo(status_.as_json(found) if as_json else status_.as_text(found))
    if not found.healthy:
        raise typer.Exit(1)


@app.command()
def purge(
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    keep_images: Annotated[bool, typer.Option(help="Leave the images.")] = False,
) -> None:
    """Remove all the lab made, data and homes too. Example: polderlab-host purge --yes"""
    settings = load()
    _needs_root()
    if not yes:
        typer.echo(
            f"This removes the lab {settings.instance} with all its data: the register and its"
            f" audit log, every home and project folder in {settings.state}, and its images."
        )
        if typer.prompt("Type the lab's name to confirm") != settings.instance:
            raise HostError("Nothing was removed: that is not its name.", "Run it again.")
    purge_.purge(settings, Progress(total=1), images=not keep_images)


@app.command()
def logs(
    process: Annotated[str, typer.Argument(help="proxy, lab, worker, hub or culler")] = "hub",
    follow: Annotated[bool, typer.Option("--follow", "-f")] = False,
) -> None:
    """Show the end of a process's log. Example: polderlab-host logs lab -f"""
    log: Path = load().log / f"{process}.log"
    if not log.exists():
        raise HostError(f"There is no log {log}.", "Choose proxy, lab, worker, hub or culler.")
    os.execvp(  # noqa: S606  (no shell is what we want)
        "tail", ["tail", "-n", "100", *(["-f"] if follow else []), str(log)]
    )


def _needs_root() -> None:
    if os.geteuid() != 0:
        raise HostError("This needs root.", f"Run `sudo {' '.join(sys.argv)}`.")


def _welcome(settings: HostSettings) -> str:
    accounts = content.accounts(settings)
    name = max(len(str(account["username"])) for account in accounts)
    secret = max(len(str(account["password"])) for account in accounts)
    lines = [
        f"{account['username']:<{name}}  {account['password']:<{secret}}  {account['role']},"
        f" {account['organisation']}"
        for account in accounts
    ]
    return "\n".join(
        [
            "",
            f"The lab runs at {settings.url}",
            "",
            f"Demo accounts (also in {settings.accounts}):",
            *(f"  {line}" for line in lines),
            "",
            "Next: open the address, sign in as rivierstad-analyst, start “Access to the river”.",
            "`make status` says how it goes, `make down` stops it.",
        ]
    )


def main() -> None:
    """Run the command line; errors are plain sentences."""
    os.umask(0o022)
    try:
        app()
    except HostError as error:
        sys.stderr.write(f"\n{error.problem}\n→ {error.remedy}\n")
        sys.exit(1)
    except ValidationError as error:
        for line in error.errors():
            name = "_".join(str(part) for part in line["loc"]).upper()
            sys.stderr.write(f"POLDERLAB_{name}: {line['msg']}\n→ Correct it and run it again.\n")
        sys.exit(1)
