"""What goes wrong on a host, told so that the reader can mend it."""

from __future__ import annotations


class HostError(Exception):
    """Something that must be mended first: what is wrong, and the remedy."""

    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__(f"{problem}\n{remedy}")
        self.problem, self.remedy = problem, remedy
