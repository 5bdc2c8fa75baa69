"""Building: each image once per set of inputs, parents first."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import docker
from docker.errors import APIError, DockerException, ImageNotFound

from polderlab_images import context, root, spec
from polderlab_images.context import Inputs
from polderlab_images.errors import BuildError, EngineError
from polderlab_images.settings import BuildSettings, from_environment
from polderlab_images.spec import ImageSpec, RootSpec

LABEL, INPUTS_LABEL = "polderlab.image", "polderlab.inputs"
VERSION_LABEL, STAGE_LABEL = "polderlab.version", "polderlab.stage"
Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class BuiltImage:
    """An image that is there now. ``digest`` (``sha256:…``) is its content, for the engine."""

    name: str
    version: str
    title: dict[str, str]
    digest: str
    tag: str


def engine() -> docker.DockerClient:
    """Return a client of the Docker Engine; ``EngineError`` when none answers."""
    try:
        client = docker.from_env(timeout=600)
        client.ping()
    except DockerException as error:
        raise EngineError(
            f"No Docker Engine answers ({error}). Start it (make up does), and try again."
        ) from error
    return client


def build_all(
    progress: Progress = print,
    *,
    names: Sequence[str] = (),
    settings: BuildSettings | None = None,
) -> list[BuiltImage]:
    """Build what is not there yet; return the images offered to projects (or ``names``).

    ``progress`` gets plain lines. Raises :class:`ImageError` with what to do next.
    """
    specs = spec.read()
    wanted = {specs.named(name).name for name in names} or {
        image.name for image in specs.images if image.offered
    }
    client = engine()
    try:
        tags: dict[str, str] = {}
        built: list[BuiltImage] = []
        for image in _with_parents(specs, wanted):
            parent = tags[image.parent] if image.parent else None
            given = context.inputs(image, parent or specs.root.image)
            tag = tags[image.name] = f"polderlab/{image.name}:{given.hash}"
            digest = _present(client, tag)
            if digest is None:
                settings = settings or from_environment()  # asks pip, so only when needed
                builder = _Builder(client, settings, progress, specs.root)
                digest = builder.build(image, given, parent, tag)
            if image.name in wanted:
                built.append(BuiltImage(image.name, image.version, image.title, digest, tag))
        return built
    finally:
        client.close()


def remove_all(progress: Progress = print, labels: Sequence[str] = (LABEL, STAGE_LABEL)) -> None:
    """Remove every image that carries one of ``labels``: all this package ever made.

    Children go before their parents; what a container still uses stays, and is told.
    """
    client = engine()
    try:
        stays: dict[str, str] = {}
        found = _labelled(client, labels)
        while found and set(found) != set(stays):
            stays = {}
            for image in found:
                try:
                    client.images.remove(image, force=True)
                except ImageNotFound:
                    continue  # went along with a child
                except APIError as error:
                    stays[image] = str(error.explanation)
            found = _labelled(client, labels)
        for reason in stays.values():
            progress(reason)
    finally:
        client.close()


def _labelled(client: docker.DockerClient, labels: Sequence[str]) -> list[str]:
    found = [
        image
        for label in labels
        for image in client.images.list(all=True, filters={"label": label})
    ]
    found.sort(key=lambda image: str(image.attrs["Created"]), reverse=True)
    return list(dict.fromkeys(str(image.id) for image in found))


def _with_parents(specs: spec.Specs, wanted: set[str]) -> list[ImageSpec]:
    needed = set(wanted)
    for image in reversed(specs.images):
        if image.name in needed and image.parent:
            needed.add(image.parent)
    return [image for image in specs.images if image.name in needed]


def _present(client: docker.DockerClient, tag: str) -> str | None:
    try:
        return str(client.images.get(tag).id)
    except ImageNotFound:
        return None


@dataclass(frozen=True, slots=True)
class _Builder:
    """What every build of one run shares."""

    client: docker.DockerClient
    settings: BuildSettings
    progress: Progress
    root: RootSpec

    def build(self, image: ImageSpec, given: Inputs, parent: str | None, tag: str) -> str:
        """Build ``image`` from ``parent`` (None: the root) and return its digest."""
        begin = parent or root.ensure(self.client, self.root, self.settings, self.progress)
        self.progress(f"building image {image.name} {image.version}")
        labels = {LABEL: image.name, INPUTS_LABEL: given.hash, VERSION_LABEL: image.version}
        lines: list[str] = []
        for event in self._events(given, begin, tag, labels):
            if "error" in event:
                raise BuildError(image.name, str(event["error"]), lines)
            if line := str(event.get("stream", "")).rstrip():
                lines.append(line)
                if line.startswith("Step "):
                    self.progress(f"{image.name}: {line.split(' : ', 1)[-1][:100]}")
        return str(self.client.images.get(tag).id)

    def _events(
        self, given: Inputs, parent: str, tag: str, labels: dict[str, str]
    ) -> Iterator[dict[str, Any]]:
        """Run the engine's own build (no buildx needed) and yield what it says."""
        with context.pack(given, self.settings) as packed:
            events: Iterator[dict[str, Any]] = self.client.api.build(
                fileobj=packed,
                custom_context=True,
                tag=tag,
                labels=labels,
                buildargs={"BASE_IMAGE": parent, **self.settings.proxies},
                network_mode="host",
                rm=True,
                forcerm=True,
                decode=True,
            )
            yield from events
