"""Organisations come in: invited, filled in, looked at by the lead agency, active."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import date

from polderlab_catalog.application.door import Door
from polderlab_catalog.application.errors import Invalid, Refused
from polderlab_catalog.application.invitations import Invitations, Sent, must_be_free
from polderlab_catalog.application.lookups import the_organisation
from polderlab_catalog.application.news import Messenger
from polderlab_catalog.application.ports import Transaction
from polderlab_catalog.application.proposals import Proposals
from polderlab_catalog.application.stopping import Stopping
from polderlab_catalog.domain.actors import Actor
from polderlab_catalog.domain.allocations import Allocation, Level
from polderlab_catalog.domain.audit import AuditAction
from polderlab_catalog.domain.invitations import Invitation, InvitationKind
from polderlab_catalog.domain.names import is_slug, legible, one_line, printable
from polderlab_catalog.domain.organisations import (
    Agreement,
    Contact,
    Organisation,
    OrganisationKind,
    OrganisationState,
    Particulars,
)
from polderlab_catalog.domain.people import LabRole, Person
from polderlab_catalog.domain.projects import Project
from polderlab_catalog.domain.proposals import Proposal
from polderlab_catalog.domain.texts import Text
from polderlab_catalog.policy.allocations import problems
from polderlab_catalog.policy.decisions import N_, Code, refused
from polderlab_catalog.policy.organisations import MAX_NAME, Details, contact_faults, faults
from polderlab_catalog.policy.roles import Action, may
from polderlab_catalog.policy.standing import takes_part

BAD_SLUG = N_("Use 3 to 40 lower-case letters, digits and hyphens, starting with a letter")
SLUG_TAKEN = N_("There is an organisation with this short name already. Choose another")
MAX_REMARK = 2000


@dataclass(frozen=True, slots=True)
class AgreementText:
    """The agreement as it is shown, and the name of this very text."""

    version: str
    text: str


@dataclass(frozen=True, slots=True)
class Application:
    """What whoever shows an organisation's invitation sees: what is known so far."""

    invitation: Invitation
    organisation: Organisation
    particulars: Particulars


@dataclass(frozen=True, slots=True)
class OrganisationPage:
    """An organisation as those who look after it see it."""

    organisation: Organisation
    particulars: Particulars
    people: tuple[Person, ...]
    projects: tuple[Project, ...]
    invitations: tuple[Invitation, ...]
    proposals: tuple[Proposal, ...]
    may_change: bool
    may_decide: bool
    may_suspend: bool
    may_invite: bool


class Organisations:
    """Lets organisations in, and looks after what is known of them."""

    def __init__(
        self, door: Door, invitations: Invitations, proposals: Proposals, stopping: Stopping
    ) -> None:
        self._door, self._invitations, self._stopping = door, invitations, stopping
        self._proposals = proposals

    def all(self, actor: Actor) -> list[Organisation]:
        """Return every organisation, by slug: for the lead agency."""
        with self._door.register.read() as t:
            self._door.lab(t, actor, Action.ORGANISATION_LIST)
            return list(t.organisations.all())

    def to_check(self, actor: Actor) -> Counter[str]:
        """Return per organisation how many people wait to be checked: for the lead agency."""
        with self._door.register.read() as t:
            self._door.lab(t, actor, Action.ORGANISATION_LIST)
            return Counter(person.organisation for person in t.people.waiting())

    def page(self, actor: Actor, slug: str) -> OrganisationPage:
        """Return one; raise :class:`NotFound`, also for those it does not concern."""
        door = self._door
        with door.register.read() as t:
            found = door.organisation(t, actor, slug, Action.ORGANISATION_SHOW)
            subject = door.subject(t, actor, found)
            return OrganisationPage(
                organisation=found,
                particulars=told_of(t, slug),
                people=tuple(t.people.all(organisation=slug)),
                projects=tuple(t.projects.all(organisation=slug)),
                invitations=self._invitations.open_of(t, slug),
                proposals=tuple(t.proposals.find(organisation=slug, open_only=True)),
                may_change=bool(may(actor, Action.ORGANISATION_CHANGE, subject)),
                may_decide=bool(may(actor, Action.ORGANISATION_DECIDE, subject)),
                may_suspend=bool(may(actor, Action.ORGANISATION_SUSPEND, subject)),
                may_invite=bool(may(actor, Action.PERSON_INVITE, subject))
                and bool(takes_part(found, door.today())),
            )

    def waiting_for(self, t: Transaction, actor: Actor) -> int:
        """Return how many organisations, people and proposals wait for an administrator."""
        lab = actor.has(LabRole.LAB_ADMINISTRATOR)
        if not lab and not actor.has(LabRole.ORGANISATION_ADMINISTRATOR):
            return 0
        count = self._proposals.waiting_for(t, actor)
        if lab:
            count += len(t.organisations.waiting()) + len(t.people.waiting())
        return count

    def invite(self, actor: Actor, slug: str, name: Text, contact: Contact) -> Sent:
        """Invite an organisation to fill in its details; it may do nothing until it is let in.

        ``slug`` is its short name in the lab, for good. Inviting one that was invited before and
        has not answered gives a new link; the old one stops working.
        """
        name = _name(name)
        wrong = contact_faults("contact", contact)
        if not is_slug(slug):
            wrong["slug"] = BAD_SLUG
        if not (name.nl or name.en):
            wrong["name"] = N_("Fill in the name in Dutch or in English")
        if wrong:
            raise Invalid(wrong)
        with self._door.change(actor) as change:
            t = change.t
            self._door.lab(t, actor, Action.ORGANISATION_INVITE)
            before = t.organisations.get(slug)
            if before is not None and before.state is not OrganisationState.INVITED:
                raise Invalid({"slug": SLUG_TAKEN})
            if before is None:
                t.organisations.put(
                    Organisation(
                        slug, name, OrganisationKind.PARTNER, state=OrganisationState.INVITED
                    )
                )
                t.organisations.put_particulars(Particulars(slug, contact=contact))
            sent = self._link(t, actor, slug, contact)
            change.log(AuditAction.ORGANISATION_INVITED, slug, name=contact.name)
            return sent

    def application(self, secret: str) -> Application:
        """Return what the link with ``secret`` is for; raise :class:`Refused`."""
        with self._door.register.read() as t:
            held = self._invitations.held(t, secret, InvitationKind.ORGANISATION)
            return Application(
                held, the_organisation(t, held.organisation), told_of(t, held.organisation)
            )

    def submit(
        self, secret: str, details: Details, agreement: AgreementText, origin: str = ""
    ) -> Organisation:
        """Send in what an organisation filled in, and use up its link."""
        details = replace(details, name=_name(details.name))
        wrong = faults(details, self._door.today())
        if wrong:
            raise Invalid(wrong)
        with self._door.register.write() as t:
            held = self._invitations.held(t, secret, InvitationKind.ORGANISATION)
            before = the_organisation(t, held.organisation)
            if before.state is not OrganisationState.INVITED:
                raise Refused(refused(Code.INVITATION_GONE))
            after = replace(
                before,
                name=details.name,
                identifier=details.identifier,
                agreed_until=details.agreed_until,
                state=OrganisationState.SUBMITTED,
            )
            now = self._door.now()
            t.organisations.put(after)
            t.organisations.put_particulars(
                Particulars(
                    organisation=after.slug,
                    body=details.body,
                    oin=details.oin,
                    contact=details.contact,
                    privacy_officer=details.privacy_officer,
                    administrator=details.administrator,
                    agreed_from=details.agreed_from,
                    agreement=Agreement(
                        agreement.version, details.contact.name, now, agreement.text
                    ),
                )
            )
            t.invitations.put(replace(held, used=now))
            stranger = Actor("unknown", origin=printable(origin))
            Messenger(t, stranger, now, self._door.zone).organisation_waits(after)
            self._door.joined(t, stranger).log(
                AuditAction.ORGANISATION_SUBMITTED,
                after.slug,
                invitation=held.id,
                agreement=agreement.version,
            )
            return after

    def approve(
        self,
        actor: Actor,
        slug: str,
        allocation: Allocation,
        *,
        vetting: bool,
        agreed_until: date | None = None,
        username: str = "",
    ) -> Sent:
        """Let an organisation in with an allocation; return the link for its administrator.

        ``username`` is needed where people sign in with their own organisation.
        """
        wrong = problems(allocation) | self._invitations.username_faults(username)
        if agreed_until is not None and agreed_until <= self._door.today():
            wrong = {**wrong, "agreed_until": N_("Choose a last day of the agreement after today")}
        if wrong:
            raise Invalid(wrong)
        with self._door.change(actor) as change:
            t = change.t
            before = self._waiting(t, actor, slug)
            after = replace(
                before,
                state=OrganisationState.ACTIVE,
                vetting=vetting,
                agreed_until=agreed_until or before.agreed_until,
            )
            t.organisations.put(after)
            t.allocations.put(Level.organisation(slug), allocation)
            told = told_of(t, slug)
            t.organisations.put_particulars(replace(told, remark=""))
            must_be_free(t, username)
            sent = self._invitations.make(
                InvitationKind.PERSON,
                slug,
                told.administrator,
                by=actor.name,
                roles=frozenset({LabRole.ORGANISATION_ADMINISTRATOR}),
                username=username,
            )
            t.invitations.put(sent.invitation)
            change.log(
                AuditAction.ORGANISATION_APPROVED,
                slug,
                vetting="yes" if vetting else "no",
                until=after.agreed_until.isoformat() if after.agreed_until else "",
                administrator=told.administrator.name,
            )
            return sent

    def send_back(self, actor: Actor, slug: str, remark: str) -> Sent:
        """Ask an organisation for changes; return the new link with which it makes them."""
        remark = _said(remark, N_("Write what has to change"))
        with self._door.change(actor) as change:
            t = change.t
            before = self._waiting(t, actor, slug)
            told = replace(told_of(t, slug), remark=remark)
            t.organisations.put(replace(before, state=OrganisationState.INVITED))
            t.organisations.put_particulars(told)
            sent = self._link(t, actor, slug, told.contact)
            change.log(AuditAction.ORGANISATION_RETURNED, slug, remark=remark)
            return sent

    def refuse(self, actor: Actor, slug: str, reason: str) -> Organisation:
        """Do not let an organisation in."""
        reason = _said(reason, N_("Write why"))
        with self._door.change(actor) as change:
            before = self._waiting(change.t, actor, slug)
            after = replace(before, state=OrganisationState.REFUSED)
            change.t.organisations.put(after)
            told = replace(told_of(change.t, slug), remark=reason)
            change.t.organisations.put_particulars(told)
            change.log(AuditAction.ORGANISATION_REFUSED, slug, reason=reason)
            return after

    def suspend(self, actor: Actor, slug: str, suspended: bool = True) -> bool:
        """Stop all access of an organisation and what it has running, or give it back."""
        with self._door.change(actor) as change:
            before = self._door.organisation(change.t, actor, slug, Action.ORGANISATION_SUSPEND)
            if before.suspended == suspended:
                return False
            change.t.organisations.put(replace(before, suspended=suspended))
            done = AuditAction.ORGANISATION_SUSPENDED
            change.log(done if suspended else AuditAction.ORGANISATION_READMITTED, slug)
        if suspended:
            self._stopping.stop(actor, "the organisation is suspended", organisation=slug)
        return True

    def change(
        self,
        actor: Actor,
        slug: str,
        *,
        contact: Contact,
        privacy_officer: Contact,
    ) -> None:
        """Keep other contacts of an organisation."""
        wrong = contact_faults("contact", contact)
        wrong |= contact_faults("privacy_officer", privacy_officer)
        if wrong:
            raise Invalid(wrong)
        with self._door.change(actor) as change:
            self._door.organisation(change.t, actor, slug, Action.ORGANISATION_CHANGE)
            before = told_of(change.t, slug)
            after = replace(before, contact=contact, privacy_officer=privacy_officer)
            if after != before:
                change.t.organisations.put_particulars(after)
                change.log(AuditAction.ORGANISATION_CHANGED, slug, what="contacts")

    def renew(self, actor: Actor, slug: str, *, agreed_until: date | None, vetting: bool) -> None:
        """Set the last day of an organisation's agreement (None: no end), and whether the lead
        agency looks at the people who come in from now on."""
        with self._door.change(actor) as change:
            before = self._door.organisation(change.t, actor, slug, Action.ORGANISATION_DECIDE)
            after = replace(before, agreed_until=agreed_until, vetting=vetting)
            if after == before:
                return
            change.t.organisations.put(after)
            change.log(
                AuditAction.ORGANISATION_CHANGED,
                slug,
                until=agreed_until.isoformat() if agreed_until else "",
                vetting="yes" if vetting else "no",
            )

    def _waiting(self, t: Transaction, actor: Actor, slug: str) -> Organisation:
        found = self._door.organisation(t, actor, slug, Action.ORGANISATION_DECIDE)
        if found.state is not OrganisationState.SUBMITTED:
            raise Refused(refused(Code.NOT_WAITING))
        return found

    def _link(self, t: Transaction, actor: Actor, slug: str, contact: Contact) -> Sent:
        """Return a new link for an organisation; those before stop working."""
        now = self._door.now()
        for old in self._invitations.open_of(t, slug):
            if old.kind is InvitationKind.ORGANISATION:
                t.invitations.put(replace(old, withdrawn=now))
        sent = self._invitations.make(InvitationKind.ORGANISATION, slug, contact, by=actor.name)
        t.invitations.put(sent.invitation)
        return sent


def told_of(t: Transaction, slug: str) -> Particulars:
    """Return what is known of an organisation; nothing, of those that were never invited."""
    return t.organisations.particulars(slug) or Particulars(slug)


def _name(name: Text) -> Text:
    return Text(one_line(name.nl, MAX_NAME), one_line(name.en, MAX_NAME))


def _said(text: str, otherwise: str) -> str:
    said = legible(text, MAX_REMARK)
    if not said:
        raise Invalid({"reason": otherwise})
    return said
