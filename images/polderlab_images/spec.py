"""What ``images.toml`` states, as frozen values."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
IMAGES = REPOSITORY / "images"


@dataclass(frozen=True, slots=True)
class RootSpec:
    """Where every image begins: a registry's image, or that Debian suite bootstrapped."""

    image: str
    suite: str


@dataclass(frozen=True, slots=True)
class ImageSpec:
    """One curated image; ``title`` per language (``nl``, ``en``)."""

    name: str
    version: str
    title: dict[str, str]
    folder: Path
    parent: str | None = None
    offered: bool = False
    client: bool = False
    imports: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Specs:
    """All images, parents before children."""

    root: RootSpec
    images: tuple[ImageSpec, ...]

    def named(self, name: str) -> ImageSpec:
        """Return the image called ``name``; ``KeyError`` names the choices."""
        for image in self.images:
            if image.name == name:
                return image
        choices = ", ".join(image.name for image in self.images)
        raise KeyError(f"No image {name!r} in images.toml. Choose one of: {choices}.")


def read(path: Path = IMAGES / "images.toml") -> Specs:
    """Read ``images.toml``. A parent must stand above its children."""
    stated = tomllib.loads(path.read_text(encoding="utf-8"))
    images: list[ImageSpec] = []
    for name, fields in stated["images"].items():
        parent = fields.get("parent")
        if parent is not None and parent not in {image.name for image in images}:
            raise ValueError(f"{path}: put [images.{parent}] above its child [images.{name}].")
        known = fields | {"imports": tuple(fields.get("imports", ()))}
        images.append(ImageSpec(name=name, folder=path.parent / name, **known))
    return Specs(root=RootSpec(**stated["root"]), images=tuple(images))
