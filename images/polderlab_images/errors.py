"""What building images raises.

ImageError
├── EngineError  no Docker Engine answers
├── NoRootError  neither a container registry nor the Debian archive gave a root image
└── BuildError   a step of a Dockerfile failed; carries the last lines it printed
"""

from __future__ import annotations

from collections.abc import Sequence


class ImageError(Exception):
    """Any error this package raises on purpose; its text says what to do next."""


class EngineError(ImageError):
    """No Docker Engine answers."""


class NoRootError(ImageError):
    """There is no image to begin from and none could be fetched or made."""


class BuildError(ImageError):
    """A build stopped; the message ends with the last lines it printed."""

    def __init__(self, image: str, reason: str, lines: Sequence[str]) -> None:
        tail = "\n".join(f"    {line}" for line in lines[-15:])
        super().__init__(
            f"Building image {image} stopped: {reason.strip()}\n{tail}\n"
            "Mend the cause named above and build again; finished steps are kept."
        )
