"""Tells whoever waits what is being done, and how long it has taken so far."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass, field
from typing import TextIO


@dataclass
class Progress:
    """Numbered steps with the seconds since the command began."""

    total: int
    done: int = 0
    since: float = field(default_factory=time.time)
    out: TextIO = field(default_factory=lambda: sys.stdout)

    def step(self, title: str) -> None:
        """Begin the next step."""
        self.done += 1
        self._line(f"[{self.done}/{self.total}] {title}")

    def note(self, text: str) -> None:
        """Say something within the current step."""
        self._line(f"      {text}")

    def _line(self, text: str) -> None:
        seconds = time.time() - self.since
        self.out.write(f"{seconds:6.1f} s  {text}\n")
        self.out.flush()
