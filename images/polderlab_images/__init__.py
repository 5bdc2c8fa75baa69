"""Builds, tests and lists the curated images, from what stands in ``images/``."""

from polderlab_images.build import BuiltImage, build_all, remove_all
from polderlab_images.errors import ImageError

__all__ = ["BuiltImage", "ImageError", "build_all", "remove_all"]
