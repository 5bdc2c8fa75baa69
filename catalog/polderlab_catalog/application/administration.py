"""Register organisations, projects, members, images and sizes.

Registering what is there already, unchanged, changes nothing and logs nothing, so that whoever
loads a lab from a file may do so again.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import tzinfo

from polderlab_catalog.application.changes import Change
from polderlab_catalog.application.door import Door
from polderlab_catalog.application.errors import Invalid, must
from polderlab_catalog.application.lookups import the_organisation, the_person, the_project
from polderlab_catalog.application.organisations import told_of
from polderlab_catalog.application.people import People
from polderlab_catalog.application.ports import Clock, Register
from polderlab_catalog.application.publishing import Publishing
from polderlab_catalog.domain.actors import Actor
from polderlab_catalog.domain.audit import AuditAction
from polderlab_catalog.domain.datasets import Dataset, Distribution, Version
from polderlab_catalog.domain.names import is_slug
from polderlab_catalog.domain.organisations import Contact, Organisation, Particulars
from polderlab_catalog.domain.people import Person
from polderlab_catalog.domain.projects import Membership, Project
from polderlab_catalog.domain.sessions import Image, Size
from polderlab_catalog.domain.texts import Text
from polderlab_catalog.policy.administration import may_administer, may_place
from polderlab_catalog.policy.descriptions import is_web_address
from polderlab_catalog.policy.organisations import OIN, contact_faults

_SLUG = "use 3 to 40 lower-case letters, digits and hyphens, starting with a letter"


class Administration:
    """Every change to the register that an operator or lab administrator makes.

    Each method returns whether anything changed, and raises ``Refused``, ``NotFound`` or
    ``Invalid``.
    """

    def __init__(self, register: Register, clock: Clock, *, timezone: tzinfo) -> None:
        self._door = Door(register, clock, timezone=timezone)
        self._people = People(register, clock, timezone=timezone)
        self._publishing = Publishing(register, clock, timezone=timezone)

    def register_organisation(self, actor: Actor, organisation: Organisation) -> bool:
        """Take an organisation in, or change its name, kind or allocation."""
        _check_slug(organisation.slug)
        with self._change(actor) as change:
            if change.t.organisations.get(organisation.slug) == organisation:
                return False
            change.t.organisations.put(organisation)
            change.log(AuditAction.ORGANISATION_REGISTERED, organisation.slug)
            return True

    def identify_organisation(self, actor: Actor, slug: str, identifier: str) -> bool:
        """Say which URI names an organisation in a public register (TOOI); empty takes it away."""
        if identifier and not is_web_address(identifier):
            raise Invalid({"identifier": "give a web address that begins with https://"})
        with self._change(actor) as change:
            organisation = the_organisation(change.t, slug)
            if organisation.identifier == identifier:
                return False
            change.t.organisations.put(replace(organisation, identifier=identifier))
            change.log(AuditAction.ORGANISATION_REGISTERED, slug, identifier=identifier)
            return True

    def describe_organisation(self, actor: Actor, told: Particulars) -> bool:
        """Keep what is known of an organisation: its numbers, and whom to turn to."""
        wrong = {}
        if told.oin and not OIN.fullmatch(told.oin):
            wrong["oin"] = "give the 20 digits of the OIN"
        for field in ("contact", "privacy_officer", "administrator"):
            contact = getattr(told, field)
            wrong |= contact_faults(field, contact) if contact != Contact() else {}
        if wrong:
            raise Invalid(wrong)
        with self._change(actor) as change:
            slug = the_organisation(change.t, told.organisation).slug
            if told_of(change.t, slug) == told:
                return False
            change.t.organisations.put_particulars(told)
            change.log(AuditAction.ORGANISATION_CHANGED, slug, what="details")
            return True

    def register_person(self, actor: Actor, person: Person) -> bool:
        """Put a person in the register."""
        return self._people.register_person(actor, person)

    def register_project(self, actor: Actor, project: Project) -> bool:
        """Put a project in the register, or change it."""
        _check_slug(project.slug)
        if project.ends < project.starts:
            raise Invalid({"ends": f"choose a day on or after {project.starts.isoformat()}"})
        with self._change(actor) as change:
            the_organisation(change.t, project.organisation)
            if change.t.projects.get(project.slug) == project:
                return False
            change.t.projects.put(project)
            change.log(AuditAction.PROJECT_REGISTERED, project.slug, project=project.slug)
            return True

    def register_member(self, actor: Actor, membership: Membership) -> bool:
        """Make a person a member of a project, or change the role."""
        with self._door.change(actor) as change:
            must(may_place(actor))
            username = the_person(change.t, membership.username).username
            project = the_project(change.t, membership.project).slug
            if change.t.projects.membership(username, project) == membership:
                return False
            change.t.projects.put_membership(membership)
            change.log(
                AuditAction.MEMBER_ADDED, username, project=project, role=membership.role.value
            )
            return True

    def register_dataset(self, actor: Actor, dataset: Dataset) -> bool:
        """Describe a dataset; see :meth:`.publishing.Publishing.register_dataset`."""
        return self._publishing.register_dataset(actor, dataset)

    def publish_version(
        self,
        actor: Actor,
        dataset: str,
        distributions: tuple[Distribution, ...],
        note: Text | None = None,
    ) -> Version:
        """Publish files; see :meth:`.publishing.Publishing.publish_version`."""
        return self._publishing.publish_version(actor, dataset, distributions, note)

    def withdraw_version(self, actor: Actor, dataset: str, number: int) -> bool:
        """Withdraw a version; see :meth:`.publishing.Publishing.withdraw_version`."""
        return self._publishing.withdraw_version(actor, dataset, number)

    def put_image(self, actor: Actor, image: Image) -> bool:
        """Offer an image, or promote it to a new version."""
        _check_slug(image.name)
        with self._change(actor) as change:
            if change.t.offer.image(image.name) == image:
                return False
            change.t.offer.put_image(image)
            change.log(
                AuditAction.IMAGE_PROMOTED, image.name, version=image.version, digest=image.digest
            )
            return True

    def put_size(self, actor: Actor, size: Size) -> bool:
        """Offer a size, or change it."""
        _check_slug(size.name)
        with self._change(actor) as change:
            if change.t.offer.size(size.name) == size:
                return False
            change.t.offer.put_size(size)
            change.log(AuditAction.SIZE_REGISTERED, size.name)
            return True

    @contextmanager
    def _change(self, actor: Actor) -> Iterator[Change]:
        with self._door.change(actor) as change:
            must(may_administer(actor))
            yield change


def _check_slug(slug: str) -> None:
    if not is_slug(slug):
        raise Invalid({"name": _SLUG})
