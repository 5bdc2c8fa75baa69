"""What a container is told to be: from a decided session to its plan."""

from __future__ import annotations

from polderlab import wire
from polderlab.wire import SessionEnvironment as Env
from polderlab_catalog.domain.projects import Project
from polderlab_catalog.domain.sessions import Image, Session, Size

MIB = 1024**2


def limits(size: Size) -> wire.Limits:
    """Return the limits of ``size``. /tmp and /dev/shm live in memory: they get a part of it."""
    return wire.Limits(
        cpus=size.cpus,
        memory_bytes=size.memory_bytes,
        pids=size.pids,
        tmp_bytes=min(1024 * MIB, size.memory_bytes // 2),
        shm_bytes=min(256 * MIB, size.memory_bytes // 8),
    )


def session_plan(
    session: Session,
    project: Project,
    image: Image,
    size: Size,
    token: str,
    *,
    gateway_url: str,
    portal_url: str,
    idle_seconds: int,
    home_bytes: int,
    shared_bytes: int,
) -> wire.SessionPlan:
    """Return how ``session`` must be started; ``token`` goes into its environment only."""
    return wire.SessionPlan(
        session=session.id,
        username=session.username,
        project=project.slug,
        image=image.digest,
        image_name=image.name,
        size=size.name,
        limits=limits(size),
        network=wire.NetworkZone.OPEN if project.internet else wire.NetworkZone.CLOSED,
        home=f"{session.username}/{project.slug}",
        shared=project.slug,
        environment={
            Env.GATEWAY.value: gateway_url,
            Env.TOKEN.value: token,
            Env.PROJECT.value: project.slug,
            Env.PORTAL.value: portal_url,
            Env.LANGUAGE.value: session.language,
        },
        idle_seconds=idle_seconds,
        home_bytes=home_bytes,
        shared_bytes=shared_bytes,
    )
