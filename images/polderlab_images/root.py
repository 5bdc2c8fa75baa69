"""The image every other begins from: a registry's Debian, or the same one bootstrapped."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

import docker
from docker.errors import DockerException, ImageNotFound
from requests.exceptions import RequestException

from polderlab_images.errors import NoRootError
from polderlab_images.settings import BuildSettings
from polderlab_images.spec import RootSpec

BOOTSTRAPPED = "polderlab/debian"


def ensure(
    client: docker.DockerClient,
    spec: RootSpec,
    settings: BuildSettings,
    progress: Callable[[str], None],
) -> str:
    """Return the tag of a root image, fetched or made when it is not there yet."""
    bootstrapped = f"{BOOTSTRAPPED}:{spec.suite}"
    for tag in (spec.image, bootstrapped):
        if _present(client, tag):
            return tag
    if _in_registry(spec.image, settings.registry_seconds):
        progress(f"fetching {spec.image} from its registry")
        client.images.pull(spec.image)
        return spec.image
    progress(f"no container registry answers; bootstrapping Debian {spec.suite} from its archive")
    _bootstrap(client, spec.suite, bootstrapped, settings)
    return bootstrapped


def _present(client: docker.DockerClient, tag: str) -> bool:
    try:
        client.images.get(tag)
    except ImageNotFound:
        return False
    return True


def _in_registry(image: str, seconds: int) -> bool:
    """Ask the engine, which may have its own proxy and mirrors, whether it can see ``image``."""
    impatient = docker.from_env(timeout=seconds)
    try:
        impatient.api.inspect_distribution(image)  # type: ignore[no-untyped-call]
    except (DockerException, RequestException):
        return False
    finally:
        impatient.close()
    return True


def _bootstrap(client: docker.DockerClient, suite: str, tag: str, settings: BuildSettings) -> None:
    tool = shutil.which("mmdebstrap")
    if tool is None:
        raise NoRootError(
            "No container registry can be reached, and mmdebstrap, which would make Debian's "
            "base image from its archive, is not here. Install it (apt-get install mmdebstrap) "
            "and try again."
        )
    main, security = settings.debian_mirror, settings.debian_security_mirror
    sources = (
        f"deb {main} {suite} main",
        f"deb {main} {suite}-updates main",
        f"deb {security} {suite}-security main",
    )
    with tempfile.TemporaryDirectory(prefix="polderlab-root-") as folder:
        archive = Path(folder) / "root.tar"
        done = subprocess.run(  # noqa: S603  (fixed arguments, names from images.toml)
            [
                tool,
                "--variant=minbase",
                '--aptopt=Acquire::Languages "none"',
                "--dpkgopt=path-exclude=/usr/share/doc/*",
                "--dpkgopt=path-include=/usr/share/doc/*/copyright",
                "--dpkgopt=path-exclude=/usr/share/man/*",
                suite,
                str(archive),
                *sources,
            ],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "TMPDIR": folder},
        )
        if done.returncode != 0:
            raise NoRootError(
                f"Debian {suite} could not be bootstrapped from {main}. Check that this host "
                "reaches it, or name another with POLDERLAB_DEBIAN_MIRROR.\n" + done.stderr[-1500:]
            )
        repository, _, name = tag.partition(":")
        client.api.import_image_from_file(
            str(archive),
            repository=repository,
            tag=name,
            changes=["LABEL polderlab.image=debian", 'CMD ["/bin/bash"]'],
        )
