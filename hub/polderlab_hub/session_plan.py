"""From the lab's plan to the engine's words. Pure: no engine, no disk, no clock.

Everything that keeps a session in its place is stated here, once, and can be read in one go.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from docker.types import LogConfig, Mount, Ulimit

from polderlab.wire import NetworkZone, SessionPlan
from polderlab_disk.names import Kind, Volume

UID = GID = 1000
"""The image's ``analyst``. Every session runs as this user; what it may touch is what is mounted,
so that no two sessions share a file but through their project's folder."""

HOME = "/home/analyst"
SHARED = f"{HOME}/project"
SNAPSHOTS = f"{HOME}/.snapshots"
"""Where the snapshots of home and project folder are mounted, in folders of these names. In the
home, which nobody but its owner writes in: a mount follows links that are in its way."""
CATALOGUE = "/srv/catalog/catalog.yml"

LABEL_INSTANCE = "polderlab.instance"
LABEL_SESSION = "polderlab.session"
LABEL_PERSON = "polderlab.person"
LABEL_PROJECT = "polderlab.project"

OPEN_FILES = 8_192
"""Twice what JupyterLab asks for, and below what the engine itself may have on small machines."""

CPU_PERIOD = 100_000

NO_RESOLVER = ("198.51.100.53",)
"""TEST-NET-2, which is nowhere. Docker's embedded resolver answers names inside the lab itself
but forwards all others, from the host if need be, which is a way out by DNS
(https://github.com/moby/moby/security/advisories/GHSA-mq39-4gv4-mvpx). A resolver given by
address is asked from inside the container, and a closed one has no route to it."""


@dataclass(frozen=True, slots=True)
class Place:
    """What the hub knows about this machine: the instance, its folders and its networks."""

    instance: str
    folders: Path
    """Where homes and project folders are."""
    catalog: Path
    networks: Mapping[NetworkZone, str]
    limited: bool = True
    """Whether homes and project folders are volumes, which have snapshots."""
    seccomp: str = ""
    """What sessions may ask of the kernel, as JSON; empty: what the engine thinks fit."""


@dataclass(frozen=True, slots=True)
class ContainerSpec:
    """Arguments of the engine's ``create_container``; ``host`` is its host configuration."""

    create: dict[str, Any]
    host: dict[str, Any]


def container_name(instance: str, username: str, project: str) -> str:
    """Return the container's name.

    Two hyphens part person and project: neither may hold two in a row, so ``a-b`` in ``c`` and
    ``a`` in ``b-c`` can never meet in one name.
    """
    return f"{instance}-{username}--{project}"


def labels(plan: SessionPlan, instance: str) -> dict[str, str]:
    """Return the labels by which the container is found again."""
    return {
        LABEL_INSTANCE: instance,
        LABEL_SESSION: plan.session,
        LABEL_PERSON: plan.username,
        LABEL_PROJECT: plan.project,
    }


def container(
    plan: SessionPlan,
    place: Place,
    *,
    command: Sequence[str],
    environment: Mapping[str, str],
) -> ContainerSpec:
    """Return the container that carries out ``plan``.

    ``environment`` is JupyterHub's own; the plan's variables win over it.
    """
    return ContainerSpec(
        create={
            "image": plan.image,
            "name": container_name(place.instance, plan.username, plan.project),
            "command": list(command),
            "environment": {**environment, **_limits_told(plan), **plan.environment},
            "labels": labels(plan, place.instance),
            "user": f"{UID}:{GID}",
            "hostname": plan.project,
        },
        host=_host(plan, place),
    )


def _host(plan: SessionPlan, place: Place) -> dict[str, Any]:
    limits = plan.limits
    host: dict[str, Any] = {
        "network_mode": place.networks[plan.network],
        "cpu_period": CPU_PERIOD,
        "cpu_quota": int(limits.cpus * CPU_PERIOD),
        "mem_limit": limits.memory_bytes,
        # Equal to the memory limit: no swap, so one session's memory never slows another's disk.
        "memswap_limit": limits.memory_bytes,
        "pids_limit": limits.pids,
        "shm_size": limits.shm_bytes,
        "tmpfs": {"/tmp": f"rw,exec,nosuid,nodev,mode=1777,size={limits.tmp_bytes}"},  # noqa: S108
        "ulimits": [
            Ulimit(name="nofile", soft=OPEN_FILES, hard=OPEN_FILES),
            Ulimit(name="core", soft=0, hard=0),
        ],
        # What a session writes goes to its folders and /tmp, which are limited; not to the image's
        # layers on the host's disk, which are not.
        "read_only": True,
        "cap_drop": ["ALL"],
        "security_opt": ["no-new-privileges:true", *_seccomp(place)],
        "privileged": False,
        "ipc_mode": "private",
        "init": True,
        # The hub removes it: a container that dies keeps its exit code and log until then.
        "auto_remove": False,
        "restart_policy": {"Name": "no"},
        "log_config": LogConfig(
            type=LogConfig.types.JSON, config={"max-size": "5m", "max-file": "2"}
        ),
        "mounts": _mounts(plan, place),
    }
    if plan.network is NetworkZone.CLOSED:
        host["dns"] = list(NO_RESOLVER)
    return host


def _mounts(plan: SessionPlan, place: Place) -> list[Mount]:
    # mounts, not binds: a source that is missing is an error, not a new root-owned folder.
    mounts = [Mount(target=CATALOGUE, source=str(place.catalog), type="bind", read_only=True)]
    for volume, target in volumes(plan).items():
        source = place.folders.joinpath(*volume.parts)
        mounts.append(Mount(target=target, source=str(source), type="bind"))
        if place.limited:
            kept, seen = place.folders.joinpath(*volume.snapshots), f"{SNAPSHOTS}/{volume.kind}"
            mounts.append(Mount(target=seen, source=str(kept), type="bind", read_only=True))
    return mounts


def volumes(plan: SessionPlan) -> dict[Volume, str]:
    """Return what the session may write in, and where it finds it."""
    return {Volume(Kind.HOME, plan.home): HOME, Volume(Kind.PROJECT, plan.shared): SHARED}


def _seccomp(place: Place) -> list[str]:
    # Without limits there is nothing to get round, and the engine's own profile serves.
    return [f"seccomp={place.seccomp}"] if place.limited and place.seccomp else []


def _limits_told(plan: SessionPlan) -> dict[str, str]:
    """Tell the session its limits.

    The first two are read by jupyter-resource-usage; the third keeps numerical libraries from
    starting a thread per processor of the host, which a quota of one would make slower, not
    faster. The last is how often the server reports that it is used: more often than it may be
    idle, or it would be stopped between two reports.
    """
    return {
        "MEM_LIMIT": str(plan.limits.memory_bytes),
        "CPU_LIMIT": str(plan.limits.cpus),
        "OMP_NUM_THREADS": str(max(1, math.ceil(plan.limits.cpus))),
        "JUPYTERHUB_ACTIVITY_INTERVAL": str(max(5, min(300, plan.idle_seconds // 4))),
    }
