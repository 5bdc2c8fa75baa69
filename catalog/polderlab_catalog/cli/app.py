"""The commands, put together; what goes wrong is said in one sentence."""

from __future__ import annotations

import sys

import typer

from polderlab_catalog.application.errors import LabError
from polderlab_catalog.cli import (
    allocations,
    announcements,
    apply,
    audit,
    catalogue,
    datasets,
    grants,
    harvests,
    members,
    notices,
    offboard,
    organisations,
    people,
    projects,
    reports,
    requests,
    sessions,
    sources,
    usage,
)

app = typer.Typer(
    help="Look after the lab from its own machine: data, access, sessions and the audit log.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.add_typer(datasets.app, name="dataset")
app.command("grant")(grants.grant)
app.command("revoke")(grants.revoke)
app.add_typer(requests.app, name="request")
app.add_typer(sources.app, name="source")
app.add_typer(sessions.app, name="session")
app.add_typer(catalogue.app, name="catalogue")
app.add_typer(harvests.app, name="harvest")
app.add_typer(organisations.app, name="organisation")
app.add_typer(people.app, name="person")
app.add_typer(projects.app, name="project")
app.add_typer(members.app, name="member")
app.add_typer(projects.proposals, name="proposal")
app.add_typer(allocations.app, name="allocation")
app.command("usage")(usage.usage)
app.add_typer(reports.app, name="report")
app.command("export")(apply.export)
app.command("apply")(apply.apply)
app.add_typer(announcements.app, name="announcement")
app.command("offboard")(offboard.offboard)
app.add_typer(offboard.app, name="offboarding")
app.add_typer(notices.app, name="mail")
app.add_typer(audit.app, name="audit")


def run() -> None:
    """Run the command line. Exit status: 0 done, 1 refused or failed, 2 wrongly called.

    ``apply --check`` ends with 2 as well, when anything differs.
    """
    try:
        app()
    except LabError as error:
        sys.exit(f"polderlab: {error}")
