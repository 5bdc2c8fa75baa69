"""Invitations: made by whoever may let somebody in, used once by whoever holds the link."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from uuid import uuid4

from polderlab_catalog.application import administrators
from polderlab_catalog.application.door import Door, Hidden
from polderlab_catalog.application.errors import Invalid, NotFound, Refused, must
from polderlab_catalog.application.lookups import the_organisation, the_project
from polderlab_catalog.application.news import Messenger
from polderlab_catalog.application.passwords import Passwords
from polderlab_catalog.application.ports import Secrets, Transaction
from polderlab_catalog.domain.actors import Actor
from polderlab_catalog.domain.audit import AuditAction
from polderlab_catalog.domain.invitations import Invitation, InvitationKind, Place
from polderlab_catalog.domain.names import is_slug, one_line, printable
from polderlab_catalog.domain.organisations import Contact, Organisation
from polderlab_catalog.domain.people import LabRole, Person, Vetting
from polderlab_catalog.domain.projects import Membership
from polderlab_catalog.domain.secrets import secret_hash
from polderlab_catalog.policy.decisions import N_, Code, refused
from polderlab_catalog.policy.invitations import VALID, may_use, vetting_of
from polderlab_catalog.policy.organisations import contact_faults
from polderlab_catalog.policy.roles import Action, may, may_give
from polderlab_catalog.policy.standing import takes_part

BAD_NAME = N_("Use 3 to 40 lower-case letters, digits and hyphens, starting with a letter")
TAKEN = N_("Somebody has this account name already. Choose another")
MAX_DISPLAY_NAME = 120


@dataclass(frozen=True, slots=True)
class Sent:
    """An invitation as it was just made: the only moment its secret is known."""

    invitation: Invitation
    secret: str


@dataclass(frozen=True, slots=True)
class Welcome:
    """What whoever shows a person's invitation sees: for whom, and for where."""

    invitation: Invitation
    organisation: Organisation


class Invitations:
    """Makes links, shows them to their holders, and lets people in by them."""

    def __init__(
        self,
        door: Door,
        secrets: Secrets,
        passwords: Passwords,
        *,
        local_accounts: bool = True,
    ) -> None:
        self._door, self._secrets, self._passwords = door, secrets, passwords
        self.local_accounts = local_accounts

    def invite_person(
        self,
        actor: Actor,
        organisation: str,
        contact: Contact,
        *,
        roles: Collection[LabRole] = (),
        places: Sequence[Place] = (),
        username: str = "",
    ) -> Sent:
        """Invite somebody into ``organisation``, with roles there and places in its projects.

        Nobody gives more than they could give afterwards. ``username`` is needed where people
        sign in with their own organisation, for that is how they are recognised.
        """
        contact = Contact(printable(contact.name.strip()), contact.email.strip())
        wrong = {
            field.removeprefix("person_"): what
            for field, what in contact_faults("person", contact).items()
        }
        wrong |= self.username_faults(username)
        if wrong:
            raise Invalid(wrong)
        with self._door.change(actor) as change:
            t = change.t
            home = self._door.organisation(t, actor, organisation, Action.PERSON_INVITE)
            must(takes_part(home, self._door.today()))
            giver = self._door.giver(t, actor, home)
            for role in sorted(roles):
                must(may_give(actor, role, giver))
            for place in places:
                project = the_project(t, place.project)
                if project.organisation != organisation:
                    raise NotFound("project", printable(place.project))
                of = self._door.subject(t, actor, home, project)
                must(may(actor, Action.MEMBER_CHANGE, of))
            must_be_free(t, username)
            sent = self.make(
                InvitationKind.PERSON,
                organisation,
                contact,
                by=actor.name,
                roles=frozenset(roles),
                places=tuple(places),
                username=username,
            )
            t.invitations.put(sent.invitation)
            change.log(
                AuditAction.PERSON_INVITED,
                sent.invitation.id,
                organisation=organisation,
                name=contact.name,
                roles=", ".join(sorted(roles)),
                projects=", ".join(f"{each.project} ({each.role})" for each in places),
            )
            if administrators.ROLE in roles:
                watch = administrators.Watch(t, actor, self._door.now(), home)
                watch.invited(contact.name)
            return sent

    def username_faults(self, username: str) -> dict[str, str]:
        """Return what is wrong with the account name that an invitation names beforehand."""
        needed = bool(username) or not self.local_accounts
        return {"username": BAD_NAME} if needed and not is_slug(username) else {}

    def make(
        self,
        kind: InvitationKind,
        organisation: str,
        contact: Contact,
        *,
        by: str,
        roles: frozenset[LabRole] = frozenset(),
        places: tuple[Place, ...] = (),
        username: str = "",
    ) -> Sent:
        """Return a new invitation with its secret; the caller decides, keeps and logs it."""
        secret, now = self._secrets(), self._door.now()
        invitation = Invitation(
            id=str(uuid4()),
            kind=kind,
            organisation=organisation,
            name=contact.name,
            email=contact.email,
            token_hash=secret_hash(secret),
            invited_by=by,
            made=now,
            expires=now + VALID[kind],
            roles=roles,
            places=places,
            username=username,
        )
        return Sent(invitation, secret)

    def open_of(self, t: Transaction, organisation: str) -> tuple[Invitation, ...]:
        """Return the links of ``organisation`` that still work, newest first."""
        now = self._door.now()
        found = t.invitations.find(organisation=organisation)
        return tuple(each for each in found if each.open(now))

    def withdraw(self, actor: Actor, invitation_id: str) -> Invitation:
        """Let a link stop working."""
        with self._door.change(actor) as change:
            t, now = change.t, self._door.now()
            known = printable(invitation_id, 36) == invitation_id
            found = t.invitations.get(invitation_id) if known else None
            if found is None:
                raise NotFound("invitation", printable(invitation_id, 36))
            by = Action.PERSON_INVITE
            if found.kind is InvitationKind.ORGANISATION:
                by = Action.ORGANISATION_INVITE
            try:
                self._door.organisation(t, actor, found.organisation, by)
            except Hidden as hidden:  # it would name the organisation
                raise Hidden("invitation", found.id, hidden.refusal) from None
            if not found.open(now):
                raise Refused(refused(Code.INVITATION_GONE))
            after = replace(found, withdrawn=now)
            t.invitations.put(after)
            change.log(AuditAction.INVITATION_WITHDRAWN, found.id, organisation=found.organisation)
            return after

    def look(self, secret: str) -> InvitationKind:
        """Return what the link with ``secret`` is for; raise :class:`Refused`."""
        with self._door.register.read() as t:
            found = t.invitations.by_token_hash(secret_hash(secret))
        if found is None or not found.open(self._door.now()):
            raise Refused(refused(Code.INVITATION_GONE))
        return found.kind

    def welcome(self, secret: str) -> Welcome:
        """Return a person's invitation; raise :class:`Refused`."""
        with self._door.register.read() as t:
            invitation = self.held(t, secret, InvitationKind.PERSON)
            home = the_organisation(t, invitation.organisation)
            must(takes_part(home, self._door.today()))
            return Welcome(invitation, home)

    def held(self, t: Transaction, secret: str, kind: InvitationKind) -> Invitation:
        """Return the invitation with ``secret`` if it still works; raise :class:`Refused`."""
        found = t.invitations.by_token_hash(secret_hash(secret))
        decision = may_use(found, kind, self._door.now())
        if found is None or not decision or not self._still_given(t, found):
            raise Refused(refused(Code.INVITATION_GONE))
        return found

    def _still_given(self, t: Transaction, invitation: Invitation) -> bool:
        """Tell whether whoever invited could still give what the invitation gives.

        An administrator who is out does not come in again by a link made before.
        """
        actor = _inviter(t, invitation)
        if actor.trusted:
            return True
        home = the_organisation(t, invitation.organisation)
        giver = self._door.giver(t, actor, home)
        if invitation.kind is InvitationKind.ORGANISATION:
            return bool(may(actor, Action.ORGANISATION_INVITE, giver))
        projects = [t.projects.get(each.project) for each in invitation.places]
        places = [self._door.subject(t, actor, home, each) for each in projects if each]
        return (
            bool(may(actor, Action.PERSON_INVITE, giver))
            and all(may_give(actor, role, giver) for role in invitation.roles)
            and all(may(actor, Action.MEMBER_CHANGE, each) for each in places)
        )

    def accept(
        self, secret: str, username: str, display_name: str, password: str, again: str
    ) -> Person:
        """Make the account that somebody was invited to, with everything that goes with it.

        Roles and places are given as they stand now: a project that is gone meanwhile is left
        out. Raises ``Refused``, or ``Invalid`` with the invitation as good as before.
        """
        welcome = self.welcome(secret)
        person = self._person(welcome, username, display_name)
        credentials = None
        if self.local_accounts:
            credentials = self._passwords.first(person, password, again)
        with self._door.register.write() as t:
            # somebody may have been quicker, or the organisation's setting has changed
            invitation = self.held(t, secret, InvitationKind.PERSON)
            home = the_organisation(t, invitation.organisation)
            must_be_free(t, person.username)
            must(takes_part(home, self._door.today()))
            person = replace(person, vetting=vetting_of(home, _inviter(t, invitation)))
            t.people.put(person)
            if credentials is not None:
                t.people.put_credentials(credentials)
            given = []
            for place in invitation.places:
                project = t.projects.get(place.project)
                if project is not None and project.organisation == home.slug:
                    t.projects.put_membership(
                        Membership(person.username, place.project, place.role)
                    )
                    given.append(f"{place.project} ({place.role})")
            t.invitations.put(replace(invitation, used=self._door.now(), username=person.username))
            joiner, now = Actor.for_person(person), self._door.now()
            if person.vetting is Vetting.WAITING:
                Messenger(t, joiner, now, self._door.zone).person_waits(person, home)
            self._door.joined(t, joiner).log(
                AuditAction.PERSON_JOINED,
                person.username,
                organisation=home.slug,
                invited_by=invitation.invited_by,
                roles=", ".join(sorted(person.roles)),
                projects=", ".join(given),
            )
        return person

    def _person(self, welcome: Welcome, username: str, display_name: str) -> Person:
        invitation = welcome.invitation
        username = invitation.username or username.strip()
        shown = one_line(display_name, MAX_DISPLAY_NAME)
        wrong = {}
        if not is_slug(username):
            wrong["username"] = BAD_NAME
        else:
            with self._door.register.read() as t:
                if t.people.get(username) is not None:
                    wrong["username"] = TAKEN
        if not shown:
            wrong["display_name"] = N_("Fill in your name")
        if wrong:
            raise Invalid(wrong)
        return Person(
            username,
            shown,
            welcome.organisation.slug,
            invitation.roles,
            email=invitation.email,
        )


def must_be_free(t: Transaction, username: str) -> None:
    """Raise :class:`Invalid` when ``username`` is somebody's account already."""
    if username and t.people.get(username) is not None:
        raise Invalid({"username": TAKEN})


def _inviter(t: Transaction, invitation: Invitation) -> Actor:
    """Return who invited, as they stand now; raise :class:`Refused` when they are gone."""
    kind, _, name = invitation.invited_by.partition(":")
    if kind != "person":
        return Actor(invitation.invited_by)
    person = t.people.get(name)
    if person is None:
        raise Refused(refused(Code.INVITATION_GONE))
    return Actor.for_person(person)
