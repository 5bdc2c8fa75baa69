"""Organisations: the list for the lead agency, and the page of one for those it concerns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from http import HTTPStatus

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from polderlab_catalog.application.errors import Invalid
from polderlab_catalog.application.invitations import Sent as SentInvitation
from polderlab_catalog.domain.allocations import Allocation, Level
from polderlab_catalog.domain.invitations import Place
from polderlab_catalog.domain.organisations import OrganisationKind, OrganisationState
from polderlab_catalog.domain.people import LabRole, Vetting
from polderlab_catalog.domain.projects import MemberRole
from polderlab_catalog.policy.decisions import N_
from polderlab_catalog.web.forms import Sent, TheForm, sentences
from polderlab_catalog.web.portal import Portal
from polderlab_catalog.web.rendering import render
from polderlab_catalog.web.visitors import ThePortal, Visiting, Visitor

router = APIRouter(prefix="/organisations")

GIB = 1024**3
_INVITE = ("slug", "name_nl", "name_en", "contact_name", "contact_email")
_PERSON = ("name", "email", "username", "project", "role")
_CONTACTS = ("contact_name", "contact_email", "privacy_officer_name", "privacy_officer_email")
_DECIDE = (
    "cpus",
    "memory",
    "sessions",
    "cpu_hours",
    "agreed_until",
    "username",
    "vetting",
    "reason",
)


def link_of(portal: Portal, made: SentInvitation) -> str:
    """Return the link of an invitation. Its secret stands behind the #: browsers keep that to
    themselves, so it is in no log of any server."""
    return f"{portal.lab.settings.portal_url}/join#{made.secret}"


@router.get("")
def list_organisations(request: Request, portal: ThePortal, visitor: Visiting) -> Response:
    """List the organisations, those that wait first, and the form to invite one."""
    return _list(request, portal, visitor, form=dict.fromkeys(_INVITE, ""), errors={})


@router.post("")
def invite_organisation(
    request: Request, portal: ThePortal, visitor: Visiting, form: TheForm
) -> Response:
    """Invite an organisation, and show its link: now, and never again."""
    try:
        made = portal.lab.organisations.invite(
            visitor.actor, form.line("slug"), form.both("name"), form.contact("contact")
        )
    except Invalid as invalid:
        errors = sentences(invalid, visitor.speech)
        return _list(request, portal, visitor, form=form.shown(*_INVITE), errors=errors)
    return _list(request, portal, visitor, form=dict.fromkeys(_INVITE, ""), errors={}, made=made)


@router.get("/{slug}")
def show_organisation(
    request: Request, portal: ThePortal, visitor: Visiting, slug: str
) -> Response:
    """Show an organisation to those who look after it."""
    return organisation_page(request, portal, visitor, slug)


@router.post("/{slug}/invitations")
def invite_person(
    request: Request, portal: ThePortal, visitor: Visiting, slug: str, form: TheForm
) -> Response:
    """Invite somebody into the organisation, and show their link once."""
    roles = [LabRole(each) for each in form.several("roles") if each in set(LabRole)]
    project, role = form.line("project"), form.line("role")
    places = []
    if project:
        places = [Place(project, MemberRole(role if role in set(MemberRole) else "analyst"))]
    try:
        made = portal.lab.invitations.invite_person(
            visitor.actor,
            slug,
            replace(form.contact("person"), name=form.line("name"), email=form.line("email")),
            roles=roles,
            places=places,
            username=form.line("username"),
        )
    except Invalid as invalid:
        told = {**form.shown(*_PERSON), "roles": form.several("roles")}
        errors = sentences(invalid, visitor.speech)
        return organisation_page(request, portal, visitor, slug, form=told, errors=errors)
    return organisation_page(request, portal, visitor, slug, made=made)


@router.post("/{slug}/invitations/{invitation}/withdrawal")
def withdraw_invitation(
    portal: ThePortal, visitor: Visiting, slug: str, invitation: str
) -> Response:
    """Let a link stop working."""
    portal.lab.invitations.withdraw(visitor.actor, invitation)
    return _to(portal, slug, "#invite")


@router.get("/{slug}/contacts")
def ask_contacts(request: Request, portal: ThePortal, visitor: Visiting, slug: str) -> Response:
    """Show the contacts, to be changed."""
    told = portal.lab.organisations.page(visitor.actor, slug).particulars
    form = {
        "contact_name": told.contact.name,
        "contact_email": told.contact.email,
        "privacy_officer_name": told.privacy_officer.name,
        "privacy_officer_email": told.privacy_officer.email,
    }
    return _contacts(request, portal, visitor, slug, form=form, errors={})


@router.post("/{slug}/contacts")
def change_contacts(
    request: Request, portal: ThePortal, visitor: Visiting, slug: str, form: TheForm
) -> Response:
    """Keep other contacts."""
    try:
        portal.lab.organisations.change(
            visitor.actor,
            slug,
            contact=form.contact("contact"),
            privacy_officer=form.contact("privacy_officer"),
        )
    except Invalid as invalid:
        told, errors = form.shown(*_CONTACTS), sentences(invalid, visitor.speech)
        return _contacts(request, portal, visitor, slug, form=told, errors=errors)
    return _to(portal, slug, "#agreement")


@router.get("/{slug}/decision")
def ask_decision(request: Request, portal: ThePortal, visitor: Visiting, slug: str) -> Response:
    """Show what an organisation filled in, and the ways to answer."""
    page = portal.lab.organisations.page(visitor.actor, slug)
    until = page.organisation.agreed_until
    form = {
        **dict.fromkeys(_DECIDE, ""),
        "cpus": "4",
        "memory": "8",
        "sessions": "4",
        "agreed_until": until.isoformat() if until else "",
        "vetting": "yes",
    }
    return _decide(request, portal, visitor, slug, form=form, errors={})


@router.post("/{slug}/approval")
def approve(
    request: Request, portal: ThePortal, visitor: Visiting, slug: str, form: TheForm
) -> Response:
    """Let an organisation in, and show its administrator's link once."""
    told = form.shown(*_DECIDE)
    allocation, errors = _allocation(form, visitor)
    if not errors:
        try:
            made = portal.lab.organisations.approve(
                visitor.actor,
                slug,
                allocation,
                vetting=form.ticked("vetting"),
                agreed_until=form.day_if_any("agreed_until"),
                username=form.line("username"),
            )
            return organisation_page(request, portal, visitor, slug, made=made)
        except Invalid as invalid:
            errors = sentences(invalid, visitor.speech)
    return _decide(request, portal, visitor, slug, form=told, errors=errors)


@router.post("/{slug}/changes")
def ask_changes(
    request: Request, portal: ThePortal, visitor: Visiting, slug: str, form: TheForm
) -> Response:
    """Ask an organisation for changes, and show its new link once."""
    try:
        made = portal.lab.organisations.send_back(visitor.actor, slug, form.story("reason"))
    except Invalid as invalid:
        told, errors = form.shown(*_DECIDE), sentences(invalid, visitor.speech)
        return _decide(request, portal, visitor, slug, form=told, errors=errors)
    return organisation_page(request, portal, visitor, slug, made=made)


@router.post("/{slug}/refusal")
def refuse(
    request: Request, portal: ThePortal, visitor: Visiting, slug: str, form: TheForm
) -> Response:
    """Do not let an organisation in."""
    try:
        portal.lab.organisations.refuse(visitor.actor, slug, form.story("reason"))
    except Invalid as invalid:
        told, errors = form.shown(*_DECIDE), sentences(invalid, visitor.speech)
        return _decide(request, portal, visitor, slug, form=told, errors=errors)
    return _to(portal, slug)


@router.post("/{slug}/renewal")
def renew(
    request: Request, portal: ThePortal, visitor: Visiting, slug: str, form: TheForm
) -> Response:
    """Set the last day of the agreement, and whether new people are looked at first."""
    try:
        portal.lab.organisations.renew(
            visitor.actor,
            slug,
            agreed_until=form.day_if_any("agreed_until"),
            vetting=form.ticked("vetting"),
        )
    except Invalid as invalid:
        errors = sentences(invalid, visitor.speech)
        return organisation_page(request, portal, visitor, slug, errors=errors)
    return _to(portal, slug, "#agreement")


@router.post("/{slug}/suspension")
def suspend(portal: ThePortal, visitor: Visiting, slug: str, form: TheForm) -> Response:
    """Stop all access of an organisation at once, or give it back."""
    portal.lab.organisations.suspend(visitor.actor, slug, form.line("suspended") == "yes")
    return _to(portal, slug)


def organisation_page(
    request: Request,
    portal: Portal,
    visitor: Visitor,
    slug: str,
    *,
    form: Mapping[str, object] | None = None,
    errors: Mapping[str, str] | None = None,
    made: SentInvitation | None = None,
) -> Response:
    """Render the page; ``made`` is an invitation whose link is shown this once."""
    page = portal.lab.organisations.page(visitor.actor, slug)
    now = portal.lab.clock()
    return render(
        request,
        "organisation.html",
        visitor,
        status=HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK,
        section="organisation",
        page=page,
        gauges=portal.lab.allocations.show(visitor.actor, Level.organisation(slug)).gauges,
        days_left=_days_left(portal, page.organisation.agreed_until),
        people=sorted(page.people, key=lambda p: (not p.active, p.display_name)),
        waiting_people=[p for p in page.people if p.active and p.vetting is Vetting.WAITING],
        form=form or {**dict.fromkeys(_PERSON, ""), "role": "analyst", "roles": []},
        errors=errors or {},
        givable=portal.lab.people.givable(visitor.actor, slug),
        member_roles=list(MemberRole),
        may_place=portal.lab.people.may_place(visitor.actor, slug),
        local_accounts=portal.lab.invitations.local_accounts,
        link=link_of(portal, made) if made else "",
        invitation=made.invitation if made else None,
        now=now,
        today=visitor.speech.local_day(now),
    )


def _days_left(portal: Portal, until: date | None) -> int | None:
    if until is None:
        return None
    today = portal.lab.clock().astimezone(portal.lab.settings.zone).date()
    return (until - today).days


def _list(
    request: Request,
    portal: Portal,
    visitor: Visitor,
    *,
    form: dict[str, str],
    errors: dict[str, str],
    made: SentInvitation | None = None,
) -> Response:
    found = portal.lab.organisations.all(visitor.actor)
    to_check = portal.lab.organisations.to_check(visitor.actor)
    order = {OrganisationState.SUBMITTED: 0, OrganisationState.INVITED: 1}
    found.sort(
        key=lambda each: (
            order.get(each.state, 2),
            -to_check[each.slug],
            each.kind is not OrganisationKind.LEAD,
            visitor.speech.text(each.name).casefold(),
        )
    )
    return render(
        request,
        "organisations.html",
        visitor,
        status=HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK,
        section="organisation",
        organisations=found,
        to_check=to_check,
        proposals=[
            each for each in portal.lab.proposals.of(visitor.actor) if each.turn is not None
        ],
        form=form,
        errors=errors,
        link=link_of(portal, made) if made else "",
        invitation=made.invitation if made else None,
        now=portal.lab.clock(),
    )


def _contacts(
    request: Request,
    portal: Portal,
    visitor: Visitor,
    slug: str,
    *,
    form: dict[str, str],
    errors: dict[str, str],
) -> Response:
    page = portal.lab.organisations.page(visitor.actor, slug)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK
    return render(
        request,
        "organisation_contacts.html",
        visitor,
        status=status,
        section="organisation",
        page=page,
        form=form,
        errors=errors,
    )


def _decide(
    request: Request,
    portal: Portal,
    visitor: Visitor,
    slug: str,
    *,
    form: dict[str, str],
    errors: dict[str, str],
) -> Response:
    page = portal.lab.organisations.page(visitor.actor, slug)
    if not page.may_decide or page.organisation.state is not OrganisationState.SUBMITTED:
        return _to(portal, slug)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK
    return render(
        request,
        "organisation_decision.html",
        visitor,
        status=status,
        section="organisation",
        page=page,
        local_accounts=portal.lab.invitations.local_accounts,
        form=form,
        errors=errors,
    )


def _allocation(form: Sent, visitor: Visitor) -> tuple[Allocation, dict[str, str]]:
    _ = visitor.speech.gettext
    errors, numbers = {}, {}
    for name in ("cpus", "memory", "sessions", "cpu_hours"):
        numbers[name] = form.number(name)
        if form.line(name) and (numbers[name] is None or not 0 <= (numbers[name] or 0) < 10**9):
            errors[name] = _(N_("Fill in a number, or leave it empty for no limit"))
    if errors:
        return Allocation(), errors
    memory, sessions = numbers["memory"], numbers["sessions"]
    return Allocation(
        cpus=numbers["cpus"],
        memory_bytes=None if memory is None else int(memory * GIB),
        sessions=None if sessions is None else int(sessions),
        cpu_hours=numbers["cpu_hours"],
    ), {}


def _to(portal: Portal, slug: str, part: str = "") -> Response:
    return RedirectResponse(f"{portal.prefix}/organisations/{slug}{part}", HTTPStatus.SEE_OTHER)
