"""The system user that proxy, lab service and culler run as, and its way to the code.

A checkout often lies in a home folder that others may not enter (`/root` above all). Rather than
copy the code or open that folder to everyone, the user is given passage (execute, nothing else)
through the folders above it by an access control list, which `purge` takes away again.
"""

from __future__ import annotations

import os
import pwd
import re
import subprocess
import sys
from pathlib import Path

from polderlab_host import made
from polderlab_host.commands import run
from polderlab_host.errors import HostError
from polderlab_host.settings import REPOSITORY, HostSettings

NAMED_ENTRY = re.compile(r"^(default|user:.+|group:.+):[r-]", re.MULTILINE)


def ensure(settings: HostSettings) -> None:
    """Make the system user if it is not there."""
    if exists(settings.user):
        return
    run(
        ["useradd", "--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent",
         "--shell", "/usr/sbin/nologin", "--comment", "PolderLab", settings.user]
    )  # fmt: skip
    made.note(settings.run, user=True)


def exists(name: str) -> bool:
    """Tell whether this machine knows the user."""
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True


def give_passage(settings: HostSettings) -> None:
    """See to it that the user can run the code; a plain error where it cannot."""
    for start in (REPOSITORY, settings.state):
        for folder in reversed([start, *start.parents]):
            if not _may_enter(settings.user, folder):
                _grant_passage(settings, folder)
    done = _try_as(settings.user, [sys.executable, "-c", "import polderlab_catalog.domain"])
    if done.returncode != 0:
        raise HostError(
            f"The system user {settings.user} cannot read the code in {REPOSITORY}:"
            f" {done.stderr.strip().rpartition(chr(10))[2]}",
            f"Run `chmod -R o+rX {REPOSITORY}`, or clone again under /opt, and `make up` again.",
        )


def take_passage_back(settings: HostSettings) -> None:
    """Undo :func:`give_passage`."""
    for folder in made.read(settings.run).passages:
        if Path(folder).exists():
            run(["setfacl", "-x", f"u:{settings.user}", folder], check=False)
            listed = run(["getfacl", "--omit-header", "--absolute-names", folder], check=False)
            if not NAMED_ENTRY.search(listed.stdout):
                # What is left is the mask that came with our entry.
                run(["setfacl", "-b", folder], check=False)


def remove(settings: HostSettings) -> None:
    """Remove the system user, if the lab made it."""
    if made.read(settings.run).user and exists(settings.user):
        run(["userdel", settings.user])


def _may_enter(user: str, folder: Path) -> bool:
    return _try_as(user, ["test", "-x", str(folder)]).returncode == 0


def _grant_passage(settings: HostSettings, folder: Path) -> None:
    done = run(["setfacl", "-m", f"u:{settings.user}:--x", str(folder)], check=False)
    if done.returncode != 0:
        raise HostError(
            f"The system user {settings.user} cannot reach the code: {folder} is closed to it,"
            f" and this file system keeps no access control lists.",
            "Move the checkout to a folder others can enter, for instance /opt/polderlab,"
            " and run `make up` there.",
        )
    passages = {*made.read(settings.run).passages, str(folder)}
    made.note(settings.run, passages=sorted(passages))


def _try_as(user: str, command: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        user=user,
        group=user,
        extra_groups=[],
        cwd="/",
        env={"PATH": os.defpath, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
