"""Who works in the demo: a lead agency, a municipality and a public-health service."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from polderlab_catalog.domain.allocations import Allocation, Level
from polderlab_catalog.domain.organisations import Organisation, OrganisationKind
from polderlab_catalog.domain.people import LabRole, Person
from polderlab_catalog.domain.projects import LegalBasis, MemberRole, Membership, Project
from polderlab_catalog.domain.sessions import Size
from polderlab_catalog.domain.texts import Text

GIB = 1024**3

IMAGES = ("python-geo",)
"""What the demo's projects work with; offered once it is built."""

SIZES = (
    Size("small", Text("Klein", "Small"), cpus=1, memory_bytes=2 * GIB),
    Size("medium", Text("Middel", "Medium"), cpus=2, memory_bytes=4 * GIB),
)

ORGANISATIONS = (
    Organisation(
        "waterdienst",
        Text("Waterdienst", "Water Service"),
        OrganisationKind.LEAD,
    ),
    Organisation(
        "rivierstad",
        Text("Gemeente Rivierstad", "Municipality of Rivierstad"),
        OrganisationKind.PARTNER,
    ),
    Organisation(
        "kustregio",
        Text("GGD Kustregio", "Kustregio Public Health Service"),
        OrganisationKind.PARTNER,
    ),
)

ALLOCATIONS = {
    Level.organisation("waterdienst"): Allocation(cpus=8, memory_bytes=16 * GIB, sessions=8),
    Level.organisation("rivierstad"): Allocation(cpus=4, memory_bytes=8 * GIB, sessions=4),
    Level.organisation("kustregio"): Allocation(cpus=4, memory_bytes=8 * GIB, sessions=4),
    Level.project("water-atlas"): Allocation(sessions=4),
    Level.project("river-access"): Allocation(sessions=4),
    Level.project("youth-health"): Allocation(sessions=4),
}
"""What the demo's organisations and projects may use."""


@dataclass(frozen=True, slots=True)
class Account:
    """Someone who can sign in to the demo, and what ``role`` the account shows."""

    person: Person
    role: str
    projects: tuple[tuple[str, MemberRole], ...] = ()

    @property
    def memberships(self) -> tuple[Membership, ...]:
        """The account's memberships."""
        return tuple(
            Membership(self.person.username, project, role) for project, role in self.projects
        )


def _account(
    username: str,
    display_name: str,
    role: str,
    *,
    roles: frozenset[LabRole] = frozenset(),
    projects: tuple[tuple[str, MemberRole], ...] = (),
) -> Account:
    organisation = username.partition("-")[0]
    return Account(Person(username, display_name, organisation, roles), role, projects)


_STEWARD = frozenset({LabRole.STEWARD})
_ADMINISTRATOR = frozenset({LabRole.ORGANISATION_ADMINISTRATOR})
_PRIVACY = frozenset({LabRole.PRIVACY_OFFICER})

ACCOUNTS = (
    _account(
        "waterdienst-admin",
        "Beheer Waterdienst",
        "lab administrator",
        roles=frozenset({LabRole.LAB_ADMINISTRATOR}),
    ),
    _account("waterdienst-steward", "Bronhouder Waterdienst", "steward", roles=_STEWARD),
    _account(
        "waterdienst-analyst",
        "Analist Waterdienst",
        "analyst",
        projects=(("water-atlas", MemberRole.LEAD),),
    ),
    _account(
        "rivierstad-admin",
        "Beheer Rivierstad",
        "organisation administrator",
        roles=_ADMINISTRATOR,
    ),
    _account(
        "rivierstad-lead",
        "Projectleider Rivierstad",
        "project lead",
        projects=(("river-access", MemberRole.LEAD),),
    ),
    # Works for the municipality and, as a guest, in a project of the lead agency.
    _account(
        "rivierstad-analyst",
        "Analist Rivierstad",
        "analyst",
        projects=(("river-access", MemberRole.ANALYST), ("water-atlas", MemberRole.ANALYST)),
    ),
    _account("rivierstad-steward", "Bronhouder Rivierstad", "steward", roles=_STEWARD),
    _account(
        "kustregio-admin",
        "Beheer Kustregio",
        "organisation administrator",
        roles=_ADMINISTRATOR,
    ),
    _account(
        "kustregio-analyst",
        "Analist Kustregio",
        "analyst",
        projects=(("youth-health", MemberRole.LEAD),),
    ),
    _account("kustregio-steward", "Bronhouder Kustregio", "steward", roles=_STEWARD),
    _account("kustregio-privacy", "Privacyadviseur Kustregio", "privacy officer", roles=_PRIVACY),
)


def projects(today: date) -> tuple[Project, ...]:
    """Return the demo's projects: they run from this year's start until the end of the next."""
    starts, ends = date(today.year, 1, 1), date(today.year + 1, 12, 31)
    sizes = tuple(size.name for size in SIZES)
    return (
        Project(
            slug="river-access",
            title=Text("Bereikbaar water", "Access to the river"),
            organisation="rivierstad",
            purpose=Text(
                "Nagaan hoeveel inwoners dicht bij groot water wonen, voor de omgevingsvisie.",
                "Find out how many people live close to large water, for spatial planning.",
            ),
            legal_basis=LegalBasis.PUBLIC_TASK,
            starts=starts,
            ends=ends,
            images=IMAGES,
            sizes=sizes,
        ),
        Project(
            slug="youth-health",
            title=Text("Gezond opgroeien", "Growing up healthy"),
            organisation="kustregio",
            purpose=Text(
                "Groei van kinderen per regio vergelijken voor de jeugdgezondheidszorg.",
                "Compare the growth of children between regions, for youth health care.",
            ),
            legal_basis=LegalBasis.PUBLIC_TASK,
            starts=starts,
            ends=ends,
            images=IMAGES,
            sizes=sizes,
        ),
        Project(
            slug="water-atlas",
            title=Text("Wateratlas", "Water atlas"),
            organisation="waterdienst",
            purpose=Text(
                "Een atlas van de grote wateren maken voor alle overheden in het gebied.",
                "Make an atlas of the large waters for all public bodies in the area.",
            ),
            legal_basis=LegalBasis.PUBLIC_TASK,
            starts=starts,
            ends=ends,
            images=IMAGES,
            sizes=sizes,
        ),
    )
