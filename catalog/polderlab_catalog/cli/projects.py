"""``polderlab project`` and ``polderlab proposal``."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from polderlab_catalog.cli.environment import Here, open_lab
from polderlab_catalog.cli.output import Json, print_facts, show
from polderlab_catalog.domain.proposals import Proposal

app = typer.Typer(help="The projects.", no_args_is_help=True, rich_markup_mode=None)
proposals = typer.Typer(
    help="Projects as people propose them.", no_args_is_help=True, rich_markup_mode=None
)

Project = Annotated[str, typer.Argument(help="The project.", metavar="PROJECT")]
Id = Annotated[str, typer.Argument(help="Its id, as the list shows it.", metavar="PROPOSAL")]
Said = Annotated[str, typer.Option("--reason", help="What to say with it.")]
Why = Annotated[str, typer.Option("--reason", help="Why, or what has to change.")]


@app.command("list")
def list_(
    organisation: Annotated[str, typer.Option(help="Of one organisation only.")] = "",
    as_json: Json = False,
) -> None:
    """List the projects, and until when they run.

    \b
    Example:
      polderlab project list --organisation rivierstad
    """
    with open_lab().lab.register.read() as t:
        found = t.projects.all(organisation=organisation or None)
    rows = [
        {
            "name": each.slug,
            "organisation": each.organisation,
            "title": each.title.in_("nl"),
            "starts": each.starts,
            "ends": each.ends,
        }
        for each in found
    ]
    show(rows, as_json=as_json, empty="There are no projects yet.")


@app.command("show")
def show_one(project: Project, as_json: Json = False) -> None:
    """Show one project: what for, how long, who, which data.

    \b
    Example:
      polderlab project show river-access
    """
    _show(open_lab(), project, as_json=as_json)


def _show(here: Here, slug: str, *, as_json: bool) -> None:
    page = here.lab.members.page(here.actor, slug)
    project = page.project
    print_facts(
        {
            "name": project.slug,
            "title": project.title.in_("nl"),
            "organisation": project.organisation,
            "purpose": project.purpose.in_("nl"),
            "legal_basis": project.legal_basis.value,
            "starts": project.starts,
            "ends": project.ends,
            "internet": project.internet,
            "members": [f"{m.person.username} ({m.membership.role})" for m in page.members],
            "datasets": list(page.datasets),
            "proposal": page.proposal.id if page.proposal else None,
        },
        as_json=as_json,
    )


@app.command()
def end(
    project: Project,
    on: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="Its last day.")],
    as_json: Json = False,
) -> None:
    """Set a project's last day, earlier or later; a day that has passed ends it at once.

    \b
    Example:
      polderlab project end river-access --on 2027-06-30
    """
    here = open_lab()
    here.lab.members.end(here.actor, project, on.date())
    _show(here, project, as_json=as_json)


@proposals.command("list")
def list_proposals(
    every: Annotated[bool, typer.Option("--all", help="Decided ones as well.")] = False,
    as_json: Json = False,
) -> None:
    """List the proposals that wait for somebody.

    \b
    Example:
      polderlab proposal list
    """
    here = open_lab()
    rows = [
        {
            "id": card.proposal.id,
            "organisation": card.proposal.organisation,
            "title": card.proposal.plan.title.in_("nl"),
            "by": card.proposal.proposed_by,
            "state": card.proposal.state.value,
            "project": card.proposal.project or None,
        }
        for card in here.lab.proposals.of(here.actor)
        if every or card.proposal.open
    ]
    show(rows, as_json=as_json, empty="No proposal waits for anybody.")


@proposals.command("show")
def show_proposal(proposal: Id, as_json: Json = False) -> None:
    """Show one proposal: the plan, and what was said.

    \b
    Example:
      polderlab proposal show 3f0c52a4-0b7e-4f0e-9a57-5f9d3f7f5a10
    """
    here = open_lab()
    _proposal(here.lab.proposals.show(here.actor, proposal).proposal, as_json=as_json)


def _proposal(found: Proposal, *, as_json: bool) -> None:
    plan = found.plan
    print_facts(
        {
            "id": found.id,
            "organisation": found.organisation,
            "by": found.proposed_by,
            "state": found.state.value,
            "project": found.project or None,
            "title": plan.title.in_("nl"),
            "purpose": plan.purpose.in_("nl"),
            "legal_basis": plan.legal_basis.value,
            "ground": plan.ground,
            "categories": plan.categories,
            "subjects": plan.subjects,
            "retention": plan.retention,
            "processing_id": plan.processing_id or None,
            "assessments": [each.value for each in plan.assessments],
            "starts": plan.starts,
            "ends": plan.ends,
            "internet": plan.internet,
            "datasets": list(plan.datasets),
            "said": [f"{each.step} by {each.by}: {each.text}" for each in found.remarks],
        },
        as_json=as_json,
    )


@proposals.command()
def endorse(proposal: Id, reason: Said = "", as_json: Json = False) -> None:
    """Say yes for the organisation.

    \b
    Example:
      polderlab proposal endorse 3f0c52a4-0b7e-4f0e-9a57-5f9d3f7f5a10
    """
    here = open_lab()
    _proposal(here.lab.proposals.endorse(here.actor, proposal, reason), as_json=as_json)


@proposals.command()
def approve(proposal: Id, reason: Said = "", as_json: Json = False) -> None:
    """Say yes for the lab: the project exists.

    \b
    Example:
      polderlab proposal approve 3f0c52a4-0b7e-4f0e-9a57-5f9d3f7f5a10
    """
    here = open_lab()
    _proposal(here.lab.proposals.approve(here.actor, proposal, reason), as_json=as_json)


@proposals.command("return")
def return_(proposal: Id, reason: Why, as_json: Json = False) -> None:
    """Ask the proposer for changes.

    \b
    Example:
      polderlab proposal return 3f0c52a4-0b7e-4f0e-9a57-5f9d3f7f5a10 --reason "Which law?"
    """
    here = open_lab()
    _proposal(here.lab.proposals.send_back(here.actor, proposal, reason), as_json=as_json)


@proposals.command()
def refuse(proposal: Id, reason: Why, as_json: Json = False) -> None:
    """Refuse a proposal.

    \b
    Example:
      polderlab proposal refuse 3f0c52a4-0b7e-4f0e-9a57-5f9d3f7f5a10 --reason "Not a public task"
    """
    here = open_lab()
    _proposal(here.lab.proposals.refuse(here.actor, proposal, reason), as_json=as_json)
