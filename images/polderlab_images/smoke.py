"""The smoke test of an image: in a container as locked up as a session's."""

from __future__ import annotations

import json
from typing import Any

from docker.errors import ContainerError

from polderlab_images.build import build_all, engine
from polderlab_images.errors import ImageError
from polderlab_images.spec import read

PROBE = """
import importlib, importlib.metadata, json, os, shutil, subprocess, sys
for name in {imports!r}:
    importlib.import_module(name)
version = lambda name: importlib.metadata.version(name)
extensions = subprocess.run(["jupyter", "labextension", "list"], capture_output=True, text=True)
print("PROBE " + json.dumps(dict(
    python=sys.version.split()[0], uid=os.getuid(), home=sorted(os.listdir()),
    node=shutil.which("node"), language=os.environ["LANG"],
    versions={{name: version(name) for name in ("jupyterhub", "jupyterlab", "polderlab")}},
    extensions=extensions.stderr + extensions.stdout,
)))
"""


def test(name: str) -> dict[str, Any]:
    """Build ``name`` when needed, run it without network, and return what it found.

    Raises :class:`ImageError` with what is wrong.
    """
    image = read().named(name)
    built = build_all(names=[name])[0]
    client = engine()
    try:
        output = client.containers.run(
            built.digest,
            ["python", "-c", PROBE.format(imports=image.imports)],
            remove=True,
            init=True,
            network_mode="none",
            user="1000:1000",
            cap_drop=["ALL"],
            security_opt=["no-new-privileges"],
            tmpfs={"/home/analyst": "uid=1000,gid=1000,mode=0700"},
            stderr=False,
        )
    except ContainerError as error:
        said = error.stderr.decode() if isinstance(error.stderr, bytes) else str(error.stderr)
        raise ImageError(f"Image {name} failed its test:\n{said[-3000:]}") from error
    finally:
        client.close()
    line = next(line for line in output.decode().splitlines() if line.startswith("PROBE "))
    found: dict[str, Any] = json.loads(line.removeprefix("PROBE "))
    if found["uid"] == 0:
        raise ImageError(f"Image {name} runs as root. Its Dockerfile must end with USER 1000.")
    return found
