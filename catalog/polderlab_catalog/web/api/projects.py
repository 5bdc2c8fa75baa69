"""My projects."""

from __future__ import annotations

from fastapi import APIRouter

from polderlab_catalog.application.projects import ProjectCard
from polderlab_catalog.policy.decisions import Decision
from polderlab_catalog.web.api.sessions import session_shape
from polderlab_catalog.web.api.shapes import ImageShape, ProjectShape, SizeShape, Verdict, Words
from polderlab_catalog.web.languages import Speech
from polderlab_catalog.web.problems import explain
from polderlab_catalog.web.visitors import ThePortal, Visiting

router = APIRouter(tags=["projects"])


def verdict(decision: Decision, speech: Speech) -> Verdict:
    """Put a decision on the wire."""
    return Verdict(
        allowed=decision.allowed, code=decision.code.value, message=explain(decision, speech)
    )


def project_shape(card: ProjectCard, speech: Speech, url: str) -> ProjectShape:
    """Put a project on the wire."""
    project = card.project
    return ProjectShape(
        slug=project.slug,
        title=Words.of(project.title),
        organisation=project.organisation,
        purpose=Words.of(project.purpose),
        legal_basis=project.legal_basis.value,
        starts=project.starts,
        ends=project.ends,
        role=card.role.value,
        internet=project.internet,
        images=[
            ImageShape(name=each.name, version=each.version, title=Words.of(each.title))
            for each in card.images
        ],
        sizes=[
            SizeShape(
                name=each.name,
                title=Words.of(each.title),
                cpus=each.cpus,
                memory_bytes=each.memory_bytes,
            )
            for each in card.sizes
        ],
        datasets=card.datasets,
        session=session_shape(card.session, url) if card.session else None,
        startable=verdict(card.startable, speech),
    )


@router.get("/projects")
def list_projects(portal: ThePortal, visitor: Visiting) -> list[ProjectShape]:
    """List the projects I am a member of."""
    url = portal.lab.settings.public_url
    cards = portal.lab.projects.overview(visitor.person).cards
    return [project_shape(card, visitor.speech, url) for card in cards]


@router.get("/projects/{slug}")
def show_project(portal: ThePortal, visitor: Visiting, slug: str) -> ProjectShape:
    """Show one of my projects. Those of others look as if they did not exist."""
    card = portal.lab.projects.card(visitor.person, slug)
    return project_shape(card, visitor.speech, portal.lab.settings.public_url)
