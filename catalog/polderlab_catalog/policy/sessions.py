"""Who may start what: image, size, and room at every level of the allocation."""

from __future__ import annotations

from dataclasses import dataclass

from polderlab_catalog.domain.actors import Actor
from polderlab_catalog.domain.names import printable
from polderlab_catalog.domain.people import LabRole
from polderlab_catalog.domain.projects import Project
from polderlab_catalog.domain.sessions import Image, Session, SessionState, Size
from polderlab_catalog.policy.allocations import Room, has_room
from polderlab_catalog.policy.decisions import ALLOWED, Code, Decision, refused


@dataclass(frozen=True, slots=True)
class Start:
    """The facts of a start beside :class:`~.standing.Standing`, which is decided first.

    ``image_name`` and ``size_name`` are what was asked for (or the first of ``images`` and
    ``sizes``, which the project may use within its allocation); ``image`` and ``size`` what the
    lab offers under those names. ``mine`` is the session the person already has open in the
    project; ``rooms`` are the levels the start must fit in, the narrowest first.
    """

    project: Project
    images: tuple[str, ...]
    image_name: str
    image: Image | None
    sizes: tuple[str, ...]
    size_name: str
    size: Size | None
    mine: Session | None
    rooms: tuple[Room, ...]


def may_start(facts: Start) -> Decision:
    """Decide on a start by someone who may work in the project.

    A session of one's own that is still starting is no hindrance: the new start takes its place.
    So nobody waits for a start that a crash left behind.
    """
    project = facts.project
    if facts.image_name not in facts.images:
        return _unknown(Code.UNKNOWN_IMAGE, project, "image", facts.image_name, facts.images)
    if facts.image is None or not facts.image.digest:
        return refused(Code.NO_IMAGE_BUILT, image=facts.image_name)
    if facts.size_name not in facts.sizes or facts.size is None:
        return _unknown(Code.UNKNOWN_SIZE, project, "size", facts.size_name, facts.sizes)
    if facts.mine is not None and facts.mine.state is SessionState.RUNNING:
        return refused(Code.SESSION_EXISTS, project=project.slug)
    return has_room(facts.rooms, facts.size.cpus, facts.size.memory_bytes)


def may_stop(actor: Actor, session: Session) -> Decision:
    """Decide whether ``actor`` may stop ``session``: one's own, or anyone's for administrators."""
    if actor.trusted or actor.has(LabRole.LAB_ADMINISTRATOR):
        return ALLOWED
    if actor.person is not None and actor.person.username == session.username:
        return ALLOWED
    return refused(Code.NOT_YOUR_SESSION)


def _unknown(
    code: Code, project: Project, kind: str, asked: str, choices: tuple[str, ...]
) -> Decision:
    return refused(
        code,
        project=project.slug,
        **{kind: printable(asked, 40)},
        choices=", ".join(choices) or "–",
    )
