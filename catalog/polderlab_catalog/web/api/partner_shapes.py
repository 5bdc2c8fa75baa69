"""What the API shows and takes of organisations, people, projects and proposals."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import ConfigDict, Field

from polderlab_catalog.application.members import Member
from polderlab_catalog.domain.invitations import Invitation, Place
from polderlab_catalog.domain.organisations import Contact, Organisation, OrganisationState
from polderlab_catalog.domain.people import LabRole, Person, Vetting
from polderlab_catalog.domain.projects import LegalBasis, MemberRole
from polderlab_catalog.domain.proposals import (
    Assessment,
    Plan,
    Proposal,
    ProposalState,
    Step,
)
from polderlab_catalog.domain.texts import Text
from polderlab_catalog.web.api.shapes import Shape, Words

Name = Annotated[str, Field(min_length=1, max_length=40)]
Line = Annotated[str, Field(max_length=500)]
Story = Annotated[str, Field(max_length=2000)]


class Taken(Shape):
    """Base of what is sent in: nothing that is not named."""

    model_config = ConfigDict(extra="forbid")


class ContactShape(Taken):
    """Somebody to turn to."""

    name: Annotated[str, Field(max_length=120, examples=["Dora Contact"])]
    email: Annotated[str, Field(max_length=200, examples=["dora@rivierstad.example"])]

    def contact(self) -> Contact:
        """Return it as the lab keeps it."""
        return Contact(self.name.strip(), self.email.strip())


class WordsIn(Taken):
    """A text in one of the two languages, or both."""

    nl: Annotated[str, Field(max_length=2000)] = ""
    en: Annotated[str, Field(max_length=2000)] = ""

    def text(self) -> Text:
        """Return it as the lab keeps it."""
        return Text(self.nl.strip(), self.en.strip())


class NewOrganisation(Taken):
    """An organisation to invite. ``slug`` is its short name, for good."""

    slug: Name
    name: WordsIn
    contact: ContactShape


class OrganisationShape(Shape):
    """An organisation."""

    slug: str
    name: Words
    kind: str
    state: OrganisationState
    suspended: bool
    identifier: str
    agreed_until: date | None
    vetting: bool

    @classmethod
    def of(cls, organisation: Organisation) -> OrganisationShape:
        """Put it on the wire."""
        return cls(
            slug=organisation.slug,
            name=Words.of(organisation.name),
            kind=organisation.kind.value,
            state=organisation.state,
            suspended=organisation.suspended,
            identifier=organisation.identifier,
            agreed_until=organisation.agreed_until,
            vetting=organisation.vetting,
        )


class PlaceShape(Taken):
    """A role in a project."""

    project: Name
    role: MemberRole


class NewInvitation(Taken):
    """Somebody to invite, with roles in the organisation and places in its projects."""

    name: Annotated[str, Field(max_length=120)]
    email: Annotated[str, Field(max_length=200, examples=["nina@rivierstad.example"])]
    roles: Annotated[list[LabRole], Field(max_length=4, default_factory=list)]
    places: Annotated[list[PlaceShape], Field(max_length=20, default_factory=list)]
    username: Annotated[str, Field(max_length=40)] = ""

    def named_places(self) -> tuple[Place, ...]:
        """Return the places as the lab keeps them."""
        return tuple(Place(each.project, each.role) for each in self.places)


class InvitationShape(Shape):
    """An invitation. ``link`` is there once, in the answer that makes it: send it to whoever is
    invited, and keep it to yourself."""

    id: UUID
    kind: str
    organisation: str
    name: str
    email: str
    expires: datetime
    link: str | None = None

    @classmethod
    def of(cls, invitation: Invitation, link: str | None = None) -> InvitationShape:
        """Put it on the wire."""
        return cls(
            id=UUID(invitation.id),
            kind=invitation.kind.value,
            organisation=invitation.organisation,
            name=invitation.name,
            email=invitation.email,
            expires=invitation.expires,
            link=link,
        )


class NewMembership(Taken):
    """An organisation to let in: what it may use, and until when. Null: no limit.

    ``username`` is the account of its administrator, where people sign in elsewhere.
    """

    cpus: Annotated[float | None, Field(ge=0, le=10_000)] = None
    memory_bytes: Annotated[int | None, Field(ge=0, le=2**50)] = None
    sessions: Annotated[int | None, Field(ge=0, le=10_000)] = None
    cpu_hours: Annotated[float | None, Field(ge=0, le=10_000_000)] = None
    vetting: bool = True
    agreed_until: date | None = None
    username: Annotated[str, Field(max_length=40)] = ""


class NewReason(Taken):
    """Why, or what has to change."""

    reason: Annotated[str, Field(min_length=1, max_length=2000)]


class NewRemark(Taken):
    """What somebody says with a yes; may be empty."""

    reason: Story = ""


class NewRoles(Taken):
    """Exactly the roles somebody has in their organisation from now on."""

    roles: Annotated[list[LabRole], Field(max_length=4)]


class PersonShape(Shape):
    """Somebody with an account."""

    username: str
    display_name: str
    organisation: str
    email: str
    roles: list[LabRole]
    active: bool
    vetting: Vetting

    @classmethod
    def of(cls, person: Person) -> PersonShape:
        """Put it on the wire."""
        return cls(
            username=person.username,
            display_name=person.display_name,
            organisation=person.organisation,
            email=person.email,
            roles=sorted(person.roles),
            active=person.active,
            vetting=person.vetting,
        )


class NewMember(Taken):
    """A member's role, and the last day of it (null: as long as the project runs)."""

    role: MemberRole
    until: date | None = None


class MemberShape(Shape):
    """Somebody in a project."""

    username: str
    display_name: str
    organisation: str
    role: MemberRole
    until: date | None

    @classmethod
    def of(cls, member: Member) -> MemberShape:
        """Put it on the wire."""
        return cls(
            username=member.person.username,
            display_name=member.person.display_name,
            organisation=member.person.organisation,
            role=member.membership.role,
            until=member.membership.until,
        )


class NewEnd(Taken):
    """The last day of a project."""

    ends: date


class ProjectDates(Shape):
    """A project's period."""

    slug: str
    starts: date
    ends: date


class PlanShape(Taken):
    """A project as it is proposed."""

    title: WordsIn
    purpose: WordsIn
    legal_basis: LegalBasis
    ground: Line
    categories: Story
    subjects: Story
    retention: Line
    processing_id: Annotated[str, Field(max_length=200)] = ""
    assessments: Annotated[list[Assessment], Field(max_length=10, default_factory=list)]
    starts: date
    ends: date
    internet: bool = False
    datasets: Annotated[list[Name], Field(max_length=50, default_factory=list)]
    sizes: Annotated[list[Name], Field(max_length=20)]
    images: Annotated[list[Name], Field(max_length=20)]

    def plan(self) -> Plan:
        """Return it as the lab keeps it."""
        return Plan(
            title=self.title.text(),
            purpose=self.purpose.text(),
            legal_basis=self.legal_basis,
            starts=self.starts,
            ends=self.ends,
            ground=self.ground.strip(),
            categories=self.categories.strip(),
            subjects=self.subjects.strip(),
            retention=self.retention.strip(),
            processing_id=self.processing_id.strip(),
            assessments=tuple(dict.fromkeys(self.assessments)),
            internet=self.internet,
            datasets=tuple(dict.fromkeys(self.datasets)),
            sizes=tuple(dict.fromkeys(self.sizes)),
            images=tuple(dict.fromkeys(self.images)),
        )

    @classmethod
    def of(cls, plan: Plan) -> PlanShape:
        """Put it on the wire."""
        return cls(
            title=WordsIn(nl=plan.title.nl, en=plan.title.en),
            purpose=WordsIn(nl=plan.purpose.nl, en=plan.purpose.en),
            legal_basis=plan.legal_basis,
            ground=plan.ground,
            categories=plan.categories,
            subjects=plan.subjects,
            retention=plan.retention,
            processing_id=plan.processing_id,
            assessments=list(plan.assessments),
            starts=plan.starts,
            ends=plan.ends,
            internet=plan.internet,
            datasets=list(plan.datasets),
            sizes=list(plan.sizes),
            images=list(plan.images),
        )


class RemarkShape(Shape):
    """One step of a proposal."""

    step: Step
    by: str
    at: datetime
    text: str


class ProposalShape(Shape):
    """A proposal, and how far it is. ``project`` is what became of it."""

    id: UUID
    organisation: str
    proposed_by: str
    made: datetime
    state: ProposalState
    project: str
    plan: PlanShape
    remarks: list[RemarkShape]
    page: str

    @classmethod
    def of(cls, proposal: Proposal, portal_url: str) -> ProposalShape:
        """Put it on the wire."""
        return cls(
            id=UUID(proposal.id),
            organisation=proposal.organisation,
            proposed_by=proposal.proposed_by,
            made=proposal.made,
            state=proposal.state,
            project=proposal.project,
            plan=PlanShape.of(proposal.plan),
            remarks=[
                RemarkShape(step=each.step, by=each.by, at=each.at, text=each.text)
                for each in proposal.remarks
            ],
            page=f"{portal_url}/proposals/{proposal.id}",
        )
