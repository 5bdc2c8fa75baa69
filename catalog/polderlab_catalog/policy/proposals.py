"""What a proposal has to tell, and whose turn it is."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta

from polderlab_catalog.domain.actors import Actor
from polderlab_catalog.domain.proposals import Plan, Proposal, ProposalState
from polderlab_catalog.policy.decisions import ALLOWED, N_, Code, Decision, refused
from polderlab_catalog.policy.roles import Action

TURNS = {
    ProposalState.SUBMITTED: Action.PROPOSAL_ENDORSE,
    ProposalState.ENDORSED: Action.PROPOSAL_DECIDE,
    ProposalState.RETURNED: Action.PROPOSAL_CHANGE,
}
"""What is to be done next with a proposal, by whoever may do it."""

LONGEST = timedelta(days=5 * 366)
MAX_LINE, MAX_STORY = 200, 2000
_NEEDED = {
    "ground": N_("Name the law and the article the project rests on"),
    "categories": N_("Write which data the project uses"),
    "subjects": N_("Write whom the data are about, or that they are about nobody"),
    "retention": N_("Write how long results are kept"),
}


def faults(
    plan: Plan,
    today: date,
    *,
    datasets: Collection[str],
    sizes: Collection[str],
    images: Collection[str],
) -> dict[str, str]:
    """Return what is wrong with ``plan``, by form field; the collections are what there is."""
    found = {}
    if not (plan.title.nl or plan.title.en):
        found["title"] = N_("Give it a title, in Dutch or in English")
    if not (plan.purpose.nl or plan.purpose.en):
        found["purpose"] = N_("Write what it is for, in Dutch or in English")
    found |= {field: what for field, what in _NEEDED.items() if not getattr(plan, field)}
    if plan.ends < plan.starts:
        found["ends"] = N_("Choose a last day after the first day")
    elif plan.ends <= today:
        found["ends"] = N_("Choose a last day after today")
    elif plan.ends - plan.starts > LONGEST:
        found["ends"] = N_("Choose a last day within five years: a project can be extended")
    if set(plan.datasets) - set(datasets):
        found["datasets"] = N_("Choose datasets from the catalogue")
    if not plan.sizes or set(plan.sizes) - set(sizes):
        found["sizes"] = N_("Choose at least one size from the list")
    if not plan.images or set(plan.images) - set(images):
        found["images"] = N_("Choose at least one image from the list")
    return found


def may_take(actor: Actor, proposal: Proposal, action: Action) -> Decision:
    """Decide whether it is the turn of ``action``, and not on one's own proposal."""
    if TURNS.get(proposal.state) is not action:
        return refused(Code.NOT_WAITING)
    own = actor.person is not None and actor.person.username == proposal.proposed_by
    if own and action is not Action.PROPOSAL_CHANGE:
        return refused(Code.OWN_PROPOSAL)
    return ALLOWED
