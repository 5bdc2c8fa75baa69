"""What building images raises.

ImageError
├── EngineUnavailable   no Docker Engine answers
├── NoRoot              neither a container registry nor the Debian archive gave a root image
└── BuildFailed         a step of a Dockerfile failed; carries the last lines it printed
"""

from __future__ import annotations

from collections.abc import Sequence


class ImageError(Exception):
    """Any error this package raises on purpose; its text says what to do next."""


class EngineUnavailable(ImageError):
    """No Docker Engine answers."""


class NoRoot(ImageError):
    """There is no image to begin from and none could be fetched or made."""


class BuildFailed(ImageError):
    """A build stopped; the message ends with the last lines it printed."""

    def __init__(self, image: str, reason: str, lines: Sequence[str]) -> None:
        tail = "\n".join(f"    {line}" for line in lines[-15:])
        super().__init__(
            f"Building image {image} stopped: {reason.strip()}\n{tail}\n"
            "Mend the cause named above and build again; finished steps are kept."
        )
