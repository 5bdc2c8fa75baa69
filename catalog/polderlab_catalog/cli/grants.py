"""``polderlab grant`` and ``polderlab revoke``."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from polderlab_catalog.cli.environment import Here, open_lab
from polderlab_catalog.cli.output import Json, show_json
from polderlab_catalog.domain.grants import Grant
from polderlab_catalog.policy.reading import last_day

Dataset = Annotated[str, typer.Argument(help="Name of the dataset.", metavar="DATASET")]
Project = Annotated[str, typer.Argument(help="Name of the project.", metavar="PROJECT")]


def grant(
    dataset: Dataset,
    project: Project,
    until: Annotated[
        datetime,
        typer.Option(formats=["%Y-%m-%d"], help="Last day of the access.", metavar="DATE"),
    ],
    reason: Annotated[str, typer.Option(help="Why, for the record.")] = "",
    as_json: Json = False,
) -> None:
    """Let a project read a dataset through a day; running sessions can at once.

    \b
    Example:
      polderlab grant growth_study youth-health --until 2027-06-30
    """
    here = open_lab()
    given = here.lab.grants.grant(here.actor, dataset, project, until.date(), reason)
    if as_json:
        show_json(_grant(here, given))
    else:
        typer.echo(
            f"{project} may read {dataset} through {last_day(given, here.lab.settings.zone)}."
        )


def revoke(dataset: Dataset, project: Project, as_json: Json = False) -> None:
    """Take a project's access to a dataset away; the next read is refused.

    \b
    Example:
      polderlab revoke growth_study youth-health
    """
    here = open_lab()
    ended = here.lab.grants.revoke(here.actor, dataset, project)
    if as_json:
        show_json(_grant(here, ended))
    else:
        typer.echo(f"{project} may no longer read {dataset}.")


def _grant(here: Here, grant: Grant) -> dict[str, object]:
    return {
        "dataset": grant.dataset,
        "project": grant.project,
        "starts": grant.starts.astimezone(here.lab.settings.zone),
        "until": last_day(grant, here.lab.settings.zone),
        "granted_by": grant.granted_by,
        "reason": grant.reason,
        "revoked": grant.revoked.astimezone(here.lab.settings.zone) if grant.revoked else None,
        "revoked_by": grant.revoked_by,
    }
