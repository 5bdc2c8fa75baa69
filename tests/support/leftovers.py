"""What a lab leaves on the machine, looked for everywhere it could be."""

from __future__ import annotations

import pwd
import subprocess
from pathlib import Path

from polderlab_host import engine, loops
from polderlab_host.settings import HostSettings


def leftovers(settings: HostSettings) -> list[str]:
    """Return one line per thing of this lab that is still there; empty is what is wanted."""
    return [
        *_in_the_engine(settings),
        *_rules(settings),
        *(f"network interface {path.name}" for path in Path("/sys/class/net").iterdir()
          if path.name.startswith(f"{settings.instance}-")),
        *(f"mount {line.split()[1]}" for line in Path("/proc/mounts").read_text().splitlines()
          if str(settings.state) in line),
        *(f"loop device {name} of {settings.volumes_file}"
          for name in loops.of(settings.volumes_file)),
        *_processes(settings),
        *(f"user {user.pw_name}" for user in pwd.getpwall() if user.pw_name == settings.user),
        *([f"folder {settings.state}"] if settings.state.exists() else []),
    ]  # fmt: skip


def _in_the_engine(settings: HostSettings) -> list[str]:
    if not engine.answers():
        return []
    client = engine.client()
    label = {"label": f"{engine.LABEL}={settings.instance}"}
    found = [f"container {c.name}" for c in client.containers.list(all=True, filters=label)]
    found += [f"network {n.name}" for n in client.networks.list(filters=label)]
    found += [f"volume {v.name}" for v in client.volumes.list(filters=label)]
    client.close()
    return found


def _rules(settings: HostSettings) -> list[str]:
    rules = [
        line
        for program in ("iptables-save", "ip6tables-save")
        for line in subprocess.run(
            [program], capture_output=True, text=True, check=True, timeout=30
        ).stdout.splitlines()
    ]
    return [f"firewall rule {rule}" for rule in rules if f"{settings.instance}-" in rule]


def _processes(settings: HostSettings) -> list[str]:
    """Name processes that run as the lab's user or were told to work in its folder.

    An engine the lab started is not among them: that one is found by its log's address, and is
    left running on purpose when others use it.
    """
    signs = (str(settings.state), f"POLDERLAB_INSTANCE={settings.instance}\0")
    found = []
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            command = (folder / "cmdline").read_text(errors="replace")
            told = (folder / "environ").read_text(errors="replace")
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue
        if any(sign in text for sign in signs for text in (command, told)):
            found.append(f"process {folder.name} {command.replace(chr(0), ' ')[:120]}")
    return found
