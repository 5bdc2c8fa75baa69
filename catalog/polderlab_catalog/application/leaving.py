"""What ends when a person, a project or an organisation leaves, and what they leave behind."""

from __future__ import annotations

from dataclasses import dataclass, replace

from polderlab_catalog.application.closing import Ender
from polderlab_catalog.application.errors import Invalid
from polderlab_catalog.application.lookups import the_organisation, the_person, the_project
from polderlab_catalog.application.ports import Transaction
from polderlab_catalog.domain.allocations import Level
from polderlab_catalog.domain.audit import AuditAction, AuditEvent
from polderlab_catalog.domain.datasets import Dataset
from polderlab_catalog.domain.endings import Folder, FolderKind, Leaving
from polderlab_catalog.domain.organisations import Organisation, OrganisationState
from polderlab_catalog.domain.projects import MemberRole, Project
from polderlab_catalog.policy.decisions import N_
from polderlab_catalog.policy.standing import takes_part


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to leave, why, and who takes over its datasets (a slug, or nobody)."""

    kind: Leaving
    name: str
    reason: str = ""
    heir: str = ""


def leave(t: Transaction, ender: Ender, wish: Wish, reason: str) -> tuple[str, list[Folder]]:
    """End what stands, and return the title of what left and the folders it leaves behind."""
    if wish.kind is Leaving.PERSON:
        person = the_person(t, wish.name)
        ender.person(person.username, reason)
        return person.display_name, [Folder(FolderKind.PERSON_HOMES, person.username)]
    if wish.kind is Leaving.PROJECT:
        project = the_project(t, wish.name)
        ender.project(project.slug, reason)
        return project.title.in_("nl"), _of_project(project)
    organisation = the_organisation(t, wish.name)
    folders: list[Folder] = []
    for project in t.projects.all():
        if project.organisation == organisation.slug:
            ender.project(project.slug, reason)
            folders += _of_project(project)
    for person in t.people.all():
        if person.organisation == organisation.slug:
            ender.person(person.username, reason)
            folders.append(Folder(FolderKind.PERSON_HOMES, person.username))
    its_own = Level.organisation(organisation.slug)
    ender.extensions(lambda level: level == its_own, reason)
    _hand_over(t, ender, wish, organisation, reason)
    left = replace(organisation, state=OrganisationState.LEFT)
    t.organisations.put(left)
    return organisation.name.in_("nl"), folders


def _hand_over(
    t: Transaction, ender: Ender, wish: Wish, organisation: Organisation, reason: str
) -> None:
    """Give the datasets to the heir; without one, nobody reads them by a grant any more."""
    heir = the_organisation(t, wish.heir) if wish.heir else None
    if heir is not None and (heir.slug == organisation.slug or not takes_part(heir, ender.today)):
        raise Invalid({"heir": N_("Choose another organisation")})
    for dataset in owned(t, wish):
        if heir is None:
            ender.grants(t.grants.find(dataset=dataset.name), reason)
            continue
        t.datasets.put(replace(dataset, organisation=heir.slug))
        ender.ended.setdefault("handed-over", []).append(f"{dataset.name} → {heir.slug}")
        t.audit.append(
            AuditEvent(
                AuditAction.DATASET_REGISTERED,
                actor=ender.actor.name,
                object=dataset.name,
                origin=ender.actor.origin,
                details={"organisation": heir.slug, "reason": reason},
            ),
            ender.now,
        )


def owned(t: Transaction, wish: Wish) -> tuple[Dataset, ...]:
    if wish.kind is not Leaving.ORGANISATION:
        return ()
    return tuple(
        each for each in t.datasets.all() if each.organisation == wish.name and not each.remote
    )


def _of_project(project: Project) -> list[Folder]:
    kinds = (FolderKind.PROJECT_HOMES, FolderKind.PROJECT_FOLDER)
    return [Folder(kind, project.slug, owner=project.organisation) for kind in kinds]


def led_alone(t: Transaction, wish: Wish) -> tuple[str, ...]:
    """Return the projects, not of the leaving organisation, whose only leads are to leave."""
    if wish.kind is Leaving.PROJECT:
        return ()
    leaving = {
        each.username
        for each in t.people.all()
        if wish.name == (each.username if wish.kind is Leaving.PERSON else each.organisation)
    }
    staying: dict[str, bool] = {}
    for held in t.projects.memberships():
        if held.role is MemberRole.LEAD:
            staying[held.project] = staying.get(held.project, False) or (
                held.username not in leaving
            )
    gone = (slug for slug, stays in staying.items() if not stays)
    found = (t.projects.get(slug) for slug in gone)
    return tuple(
        each.slug
        for each in found
        if each is not None
        and (wish.kind is Leaving.PERSON or each.organisation != wish.name)
        and any(m.username in leaving for m in t.projects.memberships(project=each.slug))
    )
