"""Find the lab on this machine, and become who owns its register."""

from __future__ import annotations

import os
import pwd
import sys
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from polderlab_catalog.application.actors import Actor
from polderlab_catalog.application.errors import LabError
from polderlab_catalog.bootstrap import Lab, build
from polderlab_catalog.settings import LabSettings

PREFIX = "POLDERLAB_"


class NoLabError(LabError):
    """There is no lab here, or none you may use; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Here:
    """The lab on this machine, and who is at its command line."""

    lab: Lab
    actor: Actor


def state_folder() -> Path:
    """Return the lab's state: ``$POLDERLAB_STATE``, or ``var`` beside the virtual environment."""
    given = os.environ.get(f"{PREFIX}STATE")
    return Path(given) if given else Path(sys.prefix).parent / "var"


def open_lab() -> Here:
    """Return the lab whose service was started here; raise :class:`NoLabError`."""
    state = state_folder().absolute()
    actor = Actor.operator(_unix_user())
    # Built first: building imports, and the owner need not be able to read this installation.
    # It opens no file of the register; the first transaction does.
    lab = build(_settings(state), migrate=False)
    _become_owner(state / "lab")
    return Here(lab, actor)


def read_env_file(path: Path) -> dict[str, str]:
    """Return the variables in ``path``: lines ``NAME=value``, values as they stand."""
    lines = (line.partition("=") for line in path.read_text("utf-8").splitlines())
    return {name.strip(): value for name, is_, value in lines if is_ and name[:1] != "#"}


def _settings(state: Path) -> LabSettings:
    path = state / "run" / "lab.env"
    try:
        variables = read_env_file(path)
    except FileNotFoundError:
        raise NoLabError(
            f"No lab was started here yet: there is no {path}. Start it with: make up"
        ) from None
    except PermissionError:
        raise NoLabError(
            f"You may not read {path}. Run this as root: sudo {Path(sys.prefix)}/bin/polderlab"
        ) from None
    given = {
        name.removeprefix(PREFIX).lower(): value
        for name, value in variables.items()
        if name.startswith(PREFIX)
    }
    try:
        # Given by name these win over the environment: the service's own settings hold.
        return LabSettings.model_validate({"state": state, **given})
    except ValidationError as error:
        wrong = ", ".join(f"{PREFIX}{'_'.join(map(str, e['loc']))}" for e in error.errors())
        raise NoLabError(f"{path} holds what cannot be used: {wrong.upper()}.") from None


def _unix_user() -> str:
    """Return who is at the keyboard, also behind sudo: the audit log wants a person."""
    if os.geteuid() == 0 and os.environ.get("SUDO_USER"):
        return os.environ["SUDO_USER"]
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())


def _become_owner(folder: Path) -> None:
    """Go on as the owner of ``folder``, when root.

    SQLite makes files beside its database (-wal, -shm); made by root, the service could not
    write them any more.
    """
    if os.geteuid() != 0:
        return
    try:
        owner = folder.stat()
    except FileNotFoundError:
        raise NoLabError(f"There is no {folder}. Start the lab with: make up") from None
    if owner.st_uid != 0:
        os.setgroups([])
        os.setgid(owner.st_gid)
        os.setuid(owner.st_uid)
