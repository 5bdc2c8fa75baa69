"""Fetch the packages that carry the demo's data: once, then they are there for offline use."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from polderlab_catalog.demo.errors import SourceUnavailableError

Progress = Callable[[str], None]

NLMOD = "nlmod==0.11.2"
NLMOD_WHEEL = "nlmod-0.11.2-py3-none-any.whl"
NLMOD_SHA256 = "0800f69ace604376d335b7f4cafb817fd232b2db5b83fcaa910291d13a3a207d"
MICE = "r-cran-mice"


@dataclass(frozen=True, slots=True)
class Sources:
    """The fetched packages."""

    nlmod: Path
    """Wheel from PyPI with map layers of the Netherlands."""
    mice: Path
    """Debian package with the growth study."""


def fetch(into: Path, progress: Progress) -> Sources:
    """Return the packages in folder ``into``; what is not there yet is downloaded.

    Raises :class:`SourceUnavailableError`.
    """
    into.mkdir(parents=True, exist_ok=True)
    return Sources(nlmod=_nlmod(into, progress), mice=_mice(into, progress))


def _nlmod(into: Path, progress: Progress) -> Path:
    wheel = into / NLMOD_WHEEL
    if not wheel.exists():
        progress(f"Fetching {NLMOD} (map layers) from the Python package index")
        with tempfile.TemporaryDirectory(dir=into) as folder:
            wanted = Path(folder) / "requirements.txt"
            wanted.write_text(f"{NLMOD} --hash=sha256:{NLMOD_SHA256}\n")
            _run(
                [
                    *(sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"),
                    *("--no-cache-dir", "--disable-pip-version-check", "--require-hashes"),
                    *("--only-binary", ":all:", "--dest", folder, "--requirement", str(wanted)),
                ],
                Path(folder),
                remedy="Check that `pip download nlmod` works on this machine.",
            )
            (Path(folder) / NLMOD_WHEEL).replace(wheel)
    if hashlib.sha256(wheel.read_bytes()).hexdigest() != NLMOD_SHA256:
        message = f"{wheel} is damaged. Remove it and run this again."
        raise SourceUnavailableError(message)
    return wheel


def _mice(into: Path, progress: Progress) -> Path:
    # The version is that of the Debian release; apt has checked it against the signed index.
    there = sorted(into.glob(f"{MICE}_*.deb"))
    if there:
        return there[-1]
    progress(f"Fetching {MICE} (growth study) from the Debian archive")
    remedy = "Run `apt-get update` as root and check that the Debian archive can be reached."
    with tempfile.TemporaryDirectory(dir=into) as folder:
        download = ["apt-get", "download", "--quiet", MICE]
        try:
            _run(download, Path(folder), remedy=remedy)
        except SourceUnavailableError:
            # A fresh machine has no package lists yet.
            _run(["apt-get", "update", "--quiet"], Path(folder), remedy=remedy)
            _run(download, Path(folder), remedy=remedy)
        package = next(Path(folder).glob(f"{MICE}_*.deb"))
        package.chmod(0o644)
        return package.replace(into / package.name)


def _run(command: Sequence[str], folder: Path, *, remedy: str) -> None:
    try:
        done = subprocess.run(  # noqa: S603
            command, cwd=folder, check=False, capture_output=True, text=True
        )
    except OSError as error:
        message = f"{command[0]} could not be run ({error.strerror}). {remedy}"
        raise SourceUnavailableError(message) from error
    if done.returncode != 0:
        said = (done.stderr or done.stdout).strip().splitlines()[-3:]
        message = "\n".join([f"{' '.join(command[:3])} failed. {remedy}", *said])
        raise SourceUnavailableError(message)
