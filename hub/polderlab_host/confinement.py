"""What sessions may ask of the kernel: what the engine thinks fit, but nothing of btrfs.

Anybody may make a subvolume in a folder that is theirs, and what is in it counts for no limit but
its own: one call, and the limit of a home is none. So sessions may not make that call, nor any
other of btrfs. The engine takes one profile or another, and it does not tell its own; but it
writes it down for every container it starts, and there it is read.
"""

from __future__ import annotations

import contextlib
import json
import os
from pathlib import Path
from typing import Any

import docker
from docker.errors import DockerException

from polderlab_host import engine
from polderlab_host.files import write_private
from polderlab_host.settings import HostSettings

BUNDLES = (
    "/run/docker/containerd/daemon/io.containerd.runtime.v2.task/moby",
    "/run/containerd/io.containerd.runtime.v2.task/moby",
)
"""Where the engine puts down what it starts, by its own containerd and by the machine's."""
BTRFS, BITS = 0x94, 8
"""The second byte of a request's number, which says whose it is (linux/btrfs.h)."""
ALLOW, REFUSE = "SCMP_ACT_ALLOW", "SCMP_ACT_ERRNO"
MISSING = (
    "the engine's seccomp profile was not found, so whoever knows how can go over the limit of"
    " their home. See docs/how-to/disk-space.md."
)


def ensure(client: docker.DockerClient, settings: HostSettings) -> bool:
    """Write the profile for sessions; tell whether it could be made."""
    of = settings.seccomp.with_suffix(".engine")
    try:
        engine_here = f"{client.version()['Version']} on {os.uname().release}"
        if settings.seccomp.exists() and of.exists() and of.read_text() == engine_here:
            return True
        settings.seccomp.unlink(missing_ok=True)
        known = _engines_own(client, settings)
    except (DockerException, OSError):
        return False
    if known is None:
        return False
    write_private(settings.seccomp, json.dumps(known))
    write_private(of, engine_here)
    return True


def without_btrfs(profile: dict[str, Any]) -> dict[str, Any] | None:
    """Return ``profile`` without btrfs's own requests; ``None`` where it is not as we know it.

    A profile can only allow, so it allows all others: those in whose byte any one bit differs.
    Whole bits, not larger or smaller: the kernel looks at half of what it is given, and whoever
    sets a bit in the other half would be larger.
    """
    rules: list[dict[str, Any]] = profile.get("syscalls") or []
    found = [rule for rule in rules if "ioctl" in rule["names"]]
    if profile.get("defaultAction") != REFUSE or len(found) != 1:
        return None
    if found[0]["action"] != ALLOW or found[0].get("args"):
        return None
    kept = [
        {**rule, "names": [name for name in rule["names"] if name != "ioctl"]} for rule in rules
    ]
    others = [_where(bit, set_=not BTRFS >> bit & 1) for bit in range(BITS)]
    return {**profile, "syscalls": [*(rule for rule in kept if rule["names"]), *others]}


def _where(bit: int, *, set_: bool) -> dict[str, Any]:
    """Allow requests in whose number this bit of the byte is set, or is not."""
    mask = 1 << (bit + BITS)
    argument = {
        "index": 1,
        "value": mask,
        "valueTwo": mask if set_ else 0,
        "op": "SCMP_CMP_MASKED_EQ",
    }
    return {"names": ["ioctl"], "action": ALLOW, "args": [argument]}


def _engines_own(client: docker.DockerClient, settings: HostSettings) -> dict[str, Any] | None:
    images = client.images.list(filters={"label": "polderlab.image"})
    if not images:
        return None
    # With what a session has: rules differ by capabilities.
    container = client.containers.create(
        images[0],
        entrypoint=["sleep", "60"],
        labels={engine.LABEL: settings.instance},
        network_mode="none",
        cap_drop=["ALL"],
        security_opt=["no-new-privileges:true"],
    )
    try:
        container.start()
        for bundle in BUNDLES:
            with contextlib.suppress(FileNotFoundError):
                told = json.loads((Path(bundle) / str(container.id) / "config.json").read_text())
                return without_btrfs(told["linux"].get("seccomp") or {})
        return None
    finally:
        container.remove(force=True, v=True)
