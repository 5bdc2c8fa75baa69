"""Project proposals: made, looked at, decided."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from polderlab_catalog.application.errors import Invalid
from polderlab_catalog.domain.names import is_dataset_name, printable
from polderlab_catalog.domain.projects import LegalBasis
from polderlab_catalog.domain.proposals import Assessment, Plan, Proposal
from polderlab_catalog.policy.decisions import N_
from polderlab_catalog.policy.roles import Action
from polderlab_catalog.web.forms import Sent, TheForm, sentences
from polderlab_catalog.web.portal import Portal
from polderlab_catalog.web.rendering import render
from polderlab_catalog.web.visitors import ThePortal, Visiting, Visitor

router = APIRouter(prefix="/proposals")

_LINES = (
    "title_nl", "title_en", "purpose_nl", "purpose_en", "legal_basis", "ground", "categories",
    "subjects", "retention", "processing_id", "starts", "ends", "internet", "datasets",
)  # fmt: skip
_BOXES = ("assessments", "sizes", "images")
MOST_DATASETS = 50


@dataclass(frozen=True, slots=True)
class Filled:
    """A proposal form as it is shown: lines by name, and what is ticked in each row of boxes."""

    lines: Mapping[str, str]
    ticked: Mapping[str, list[str]]


@router.get("")
def list_proposals(request: Request, portal: ThePortal, visitor: Visiting) -> Response:
    """Show what waits for me, and the rest."""
    cards = portal.lab.proposals.of(visitor.actor)
    return render(
        request,
        "proposals.html",
        visitor,
        section="proposals",
        mine=[each for each in cards if each.turn],
        others=[each for each in cards if not each.turn and each.proposal.open],
        decided=[each for each in cards if not each.proposal.open],
    )


@router.get("/new")
def ask_plan(request: Request, portal: ThePortal, visitor: Visiting) -> Response:
    """Ask what the project is."""
    return _form(request, portal, visitor, filled=_blank(portal, visitor), errors={})


@router.post("")
def propose(request: Request, portal: ThePortal, visitor: Visiting, form: TheForm) -> Response:
    """Propose the project."""
    return _send(
        request, portal, visitor, form,
        deed=lambda plan: portal.lab.proposals.propose(visitor.actor, plan),
    )  # fmt: skip


@router.get("/{id}")
def show_proposal(request: Request, portal: ThePortal, visitor: Visiting, id: str) -> Response:
    """Show one, to those it concerns."""
    return _case(request, portal, visitor, id, {})


@router.get("/{id}/change")
def ask_change(request: Request, portal: ThePortal, visitor: Visiting, id: str) -> Response:
    """Show a proposal that came back, to be changed."""
    card = portal.lab.proposals.show(visitor.actor, id)
    if card.turn is not Action.PROPOSAL_CHANGE:
        return _to(portal, card.proposal)
    filled = _fill(card.proposal.plan)
    return _form(request, portal, visitor, filled=filled, errors={}, changing=card.proposal)


@router.post("/{id}/change")
def change(
    request: Request, portal: ThePortal, visitor: Visiting, id: str, form: TheForm
) -> Response:
    """Send a changed proposal in again."""
    card = portal.lab.proposals.show(visitor.actor, id)
    return _send(
        request, portal, visitor, form, changing=card.proposal,
        deed=lambda plan: portal.lab.proposals.change(visitor.actor, id, plan),
    )  # fmt: skip


@router.post("/{id}/endorsement")
def endorse(portal: ThePortal, visitor: Visiting, id: str, form: TheForm) -> Response:
    """Say yes for the organisation."""
    return _to(portal, portal.lab.proposals.endorse(visitor.actor, id, form.story("reason")))


@router.post("/{id}/approval")
def approve(
    request: Request, portal: ThePortal, visitor: Visiting, id: str, form: TheForm
) -> Response:
    """Say yes for the lab: the project exists."""
    try:
        made = portal.lab.proposals.approve(visitor.actor, id, form.story("reason"))
    except Invalid:
        sentence = N_("It can no longer be made as it stands: its days or choices have passed. "
                      "Ask for changes.")  # fmt: skip
        errors = {"reason": visitor.speech.gettext(sentence)}
        return _case(request, portal, visitor, id, errors, form.story("reason"))
    return _to(portal, made)


@router.post("/{id}/changes")
def ask_changes(
    request: Request, portal: ThePortal, visitor: Visiting, id: str, form: TheForm
) -> Response:
    """Ask the proposer for changes."""
    return _turn_down(request, portal, visitor, id, form, deed=portal.lab.proposals.send_back)


@router.post("/{id}/refusal")
def refuse(
    request: Request, portal: ThePortal, visitor: Visiting, id: str, form: TheForm
) -> Response:
    """Refuse, with the reason."""
    return _turn_down(request, portal, visitor, id, form, deed=portal.lab.proposals.refuse)


@router.post("/{id}/withdrawal")
def withdraw(portal: ThePortal, visitor: Visiting, id: str) -> Response:
    """Take my proposal back."""
    return _to(portal, portal.lab.proposals.withdraw(visitor.actor, id))


def _turn_down(
    request: Request,
    portal: Portal,
    visitor: Visitor,
    id: str,
    form: Sent,
    *,
    deed: Callable[..., Proposal],
) -> Response:
    try:
        return _to(portal, deed(visitor.actor, id, form.story("reason")))
    except Invalid as invalid:
        errors = sentences(invalid, visitor.speech)
    return _case(request, portal, visitor, id, errors)


def _send(
    request: Request,
    portal: Portal,
    visitor: Visitor,
    form: Sent,
    *,
    deed: Callable[[Plan], Proposal],
    changing: Proposal | None = None,
) -> Response:
    plan, errors = _read(form, visitor)
    if plan is not None:
        try:
            return _to(portal, deed(plan))
        except Invalid as invalid:
            errors = sentences(invalid, visitor.speech)
    if "datasets" in errors:
        errors["datasets"] = _unknown(portal, visitor, _names(form))
    filled = Filled(form.shown(*_LINES), {name: form.several(name) for name in _BOXES})
    return _form(request, portal, visitor, filled=filled, errors=errors, changing=changing)


def _names(form: Sent) -> list[str]:
    return form.story("datasets").replace(",", " ").split()[:MOST_DATASETS]


def _unknown(portal: Portal, visitor: Visitor, names: list[str]) -> str:
    """Say which of ``names`` the catalogue does not know."""
    with portal.lab.register.read() as t:
        known = t.datasets.some([name for name in names if is_dataset_name(name)])
    unknown = ", ".join(printable(name, 60) for name in names if name not in known)
    sentence = N_("Not in the catalogue: {names}. Look up the name there, such as water_bodies.")
    return visitor.speech.gettext(sentence).format(names=unknown)


def _read(form: Sent, visitor: Visitor) -> tuple[Plan | None, dict[str, str]]:
    _ = visitor.speech.gettext
    starts, ends, basis = form.day("starts"), form.day("ends"), form.line("legal_basis")
    names = _names(form)
    errors = {}
    if starts is None:
        errors["starts"] = _(N_("Choose the first day"))
    if ends is None:
        errors["ends"] = _(N_("Choose the last day"))
    if basis not in set(LegalBasis):
        errors["legal_basis"] = _(N_("Choose a legal basis from the list"))
    if not all(is_dataset_name(name) for name in names):
        errors["datasets"] = _(N_("Choose datasets from the catalogue"))
    if errors or starts is None or ends is None:
        return None, errors
    return Plan(
        title=form.both("title"),
        purpose=form.both("purpose"),
        legal_basis=LegalBasis(basis),
        starts=starts,
        ends=ends,
        ground=form.line("ground", 500),
        categories=form.story("categories"),
        subjects=form.story("subjects"),
        retention=form.line("retention", 500),
        processing_id=form.line("processing_id"),
        assessments=tuple(a for a in Assessment if a in form.several("assessments")),
        internet=form.ticked("internet"),
        datasets=tuple(dict.fromkeys(names)),
        sizes=tuple(dict.fromkeys(form.several("sizes"))),
        images=tuple(dict.fromkeys(form.several("images"))),
    ), {}


def _blank(portal: Portal, visitor: Visitor) -> Filled:
    today = visitor.speech.local_day(portal.lab.clock())
    lines = dict.fromkeys(_LINES, "") | {
        "legal_basis": LegalBasis.PUBLIC_TASK.value,
        "starts": today.isoformat(),
        "ends": (today + timedelta(days=365)).isoformat(),
    }
    choices = portal.lab.proposals.choices()
    return Filled(
        lines,
        {
            "assessments": [],
            "sizes": [each.name for each in choices.sizes[:1]],
            "images": [each.name for each in choices.images[:1]],
        },
    )


def _fill(plan: Plan) -> Filled:
    lines = {name: str(getattr(plan, name, "")) for name in _LINES}
    return Filled(
        lines
        | {
            "title_nl": plan.title.nl,
            "title_en": plan.title.en,
            "purpose_nl": plan.purpose.nl,
            "purpose_en": plan.purpose.en,
            "internet": "yes" if plan.internet else "",
            "datasets": "\n".join(plan.datasets),
        },
        {name: [str(each) for each in getattr(plan, name)] for name in _BOXES},
    )


def _form(
    request: Request,
    portal: Portal,
    visitor: Visitor,
    *,
    filled: Filled,
    errors: Mapping[str, str],
    changing: Proposal | None = None,
) -> Response:
    return render(
        request,
        "proposal_form.html",
        visitor,
        status=HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK,
        section="proposals",
        form=filled.lines,
        ticked=filled.ticked,
        errors=errors,
        changing=changing,
        choices=portal.lab.proposals.choices(),
        legal_bases=list(LegalBasis),
        assessments=list(Assessment),
    )


def _case(  # noqa: PLR0917  (what every page here has)
    request: Request,
    portal: Portal,
    visitor: Visitor,
    id: str,
    errors: Mapping[str, str],
    reason: str = "",
) -> Response:
    card = portal.lab.proposals.show(visitor.actor, id)
    with portal.lab.register.read() as t:
        found = t.datasets.some(card.proposal.plan.datasets)
        offered = {each.name: each.title for each in t.offer.images()}
        offered |= {each.name: each.title for each in t.offer.sizes()}
    return render(
        request,
        "proposal.html",
        visitor,
        status=HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK,
        section="proposals",
        card=card,
        titles={name: each.title for name, each in found.items()},
        offered=offered,
        form={"reason": reason},
        errors=errors,
        me=f"person:{visitor.person.username}",
        now=portal.lab.clock(),
    )


def _to(portal: Portal, proposal: Proposal) -> Response:
    return RedirectResponse(f"{portal.prefix}/proposals/{proposal.id}", HTTPStatus.SEE_OTHER)
