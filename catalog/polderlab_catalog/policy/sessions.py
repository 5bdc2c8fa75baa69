"""Who may start what: image, size, and room in the project and its organisation."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from polderlab_catalog.domain.actors import Actor
from polderlab_catalog.domain.names import printable
from polderlab_catalog.domain.organisations import Allocation
from polderlab_catalog.domain.people import LabRole
from polderlab_catalog.domain.projects import Project
from polderlab_catalog.domain.sessions import Image, Session, SessionState, Size
from polderlab_catalog.policy.decisions import ALLOWED, Code, Decision, refused

GIB = 1024**3


@dataclass(frozen=True, slots=True)
class Usage:
    """What a set of open sessions holds: processors, bytes of memory, places."""

    cpus: float = 0.0
    memory_bytes: int = 0
    sessions: int = 0

    @classmethod
    def of(cls, sessions: Iterable[Session]) -> Usage:
        """Add up what the open ones among ``sessions`` hold."""
        held = [session for session in sessions if session.open]
        return cls(
            sum(session.cpus for session in held),
            sum(session.memory_bytes for session in held),
            len(held),
        )


@dataclass(frozen=True, slots=True)
class Start:
    """The facts of a start beside :class:`~.standing.Standing`, which is decided first.

    ``image_name`` and ``size_name`` are what was asked for (or the project's first); ``image``
    and ``size`` what the lab offers under those names. ``mine`` is the session the person
    already has open in the project.
    """

    project: Project
    image_name: str
    image: Image | None
    size_name: str
    size: Size | None
    mine: Session | None
    project_sessions: int
    organisation: str
    allocation: Allocation
    used: Usage


def may_start(facts: Start) -> Decision:
    """Decide on a start by someone who may work in the project.

    A session of one's own that is still starting is no hindrance: the new start takes its place.
    So nobody waits for a start that a crash left behind.
    """
    project = facts.project
    if facts.image_name not in project.images:
        return _unknown(Code.UNKNOWN_IMAGE, project, "image", facts.image_name, project.images)
    if facts.image is None or not facts.image.digest:
        return refused(Code.NO_IMAGE_BUILT, image=facts.image_name)
    if facts.size_name not in project.sizes or facts.size is None:
        return _unknown(Code.UNKNOWN_SIZE, project, "size", facts.size_name, project.sizes)
    if facts.mine is not None and facts.mine.state is SessionState.RUNNING:
        return refused(Code.SESSION_EXISTS, project=project.slug)
    if facts.project_sessions >= project.sessions:
        return refused(Code.NO_ROOM_IN_PROJECT, project=project.slug, limit=project.sessions)
    return _room(facts, facts.size)


def may_stop(actor: Actor, session: Session) -> Decision:
    """Decide whether ``actor`` may stop ``session``: one's own, or anyone's for administrators."""
    if actor.trusted or actor.has(LabRole.LAB_ADMINISTRATOR):
        return ALLOWED
    if actor.person is not None and actor.person.username == session.username:
        return ALLOWED
    return refused(Code.NOT_YOUR_SESSION)


def _room(facts: Start, size: Size) -> Decision:
    free_cpus = round(facts.allocation.cpus - facts.used.cpus, 6)
    free_memory = facts.allocation.memory_bytes - facts.used.memory_bytes
    free_sessions = facts.allocation.sessions - facts.used.sessions
    if free_sessions < 1:
        return _no_room(facts, "sessions", f"{max(free_sessions, 0)}", "1")
    if free_cpus < size.cpus:
        return _no_room(facts, "processors", f"{max(free_cpus, 0):g}", f"{size.cpus:g}")
    if free_memory < size.memory_bytes:
        return _no_room(facts, "memory", _gib(free_memory), _gib(size.memory_bytes))
    return ALLOWED


def _no_room(facts: Start, resource: str, free: str, asked: str) -> Decision:
    return refused(
        Code.NO_ROOM_IN_ORGANISATION,
        organisation=facts.organisation,
        resource=resource,
        free=free,
        asked=asked,
    )


def _gib(size: int) -> str:
    return f"{max(size, 0) / GIB:.3g} GiB"


def _unknown(
    code: Code, project: Project, kind: str, asked: str, choices: tuple[str, ...]
) -> Decision:
    return refused(
        code,
        project=project.slug,
        **{kind: printable(asked, 40)},
        choices=", ".join(choices) or "–",
    )
