"""Which bytes of a file are asked for (RFC 9110, section 14). Pure: header and length in."""

from __future__ import annotations

import re
from dataclasses import dataclass

_SINGLE = re.compile(r"bytes=[ \t]*(\d{0,19})-(\d{0,19})[ \t]*", re.ASCII | re.IGNORECASE)

_PLAIN = re.compile(r"bytes=(\d{0,18})-(\d{0,18})", re.ASCII)
"""Eighteen digits: more does not fit the numbers other servers count with."""


@dataclass(frozen=True, slots=True)
class Span:
    """Bytes ``start`` up to and without ``stop`` of a file of ``total`` bytes."""

    start: int
    stop: int
    total: int

    @property
    def length(self) -> int:
        """Number of bytes in the span."""
        return self.stop - self.start

    @property
    def whole(self) -> bool:
        """Whether the span is the file itself."""
        return self.length == self.total

    @property
    def content_range(self) -> str:
        """The value of ``Content-Range`` for this span."""
        return f"bytes {self.start}-{self.stop - 1}/{self.total}"


class NotSatisfiable(ValueError):  # noqa: N818  (the name the standard gives it)
    """The range lies outside the file: answer 416."""


def plain(header: str | None) -> bool:
    """Tell whether any server understands ``header`` as :func:`parse` does: one range, or none."""
    if header is None:
        return True
    match = _PLAIN.fullmatch(header)
    if match is None:
        return False
    first, last = match.groups()
    return bool(last) if not first else not last or int(first) <= int(last)


def parse(header: str | None, total: int) -> Span | None:
    """Return the one span ``header`` asks for, or None where the whole file is the answer.

    A header that is malformed, in another unit, or asks for several ranges is ignored, as the
    standard allows: the answer is then the whole file, and nobody can make the gateway
    assemble thousands of overlapping pieces.

    Raises:
        NotSatisfiable: the range starts at or past the end, or is an empty suffix.
    """
    match = _SINGLE.fullmatch(header.strip()) if header else None
    if match is None:
        return None
    first, last = match.groups()
    if not first and not last:
        return None
    if not first:
        wanted = int(last)
        if wanted == 0 or total == 0:
            raise NotSatisfiable(header)
        return Span(max(total - wanted, 0), total, total)
    start = int(first)
    stop = int(last) + 1 if last else total
    if last and stop <= start:
        return None
    if start >= total:
        raise NotSatisfiable(header)
    return Span(start, min(stop, total), total)
