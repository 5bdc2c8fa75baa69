"""The grammar of names: what may be a username, a slug, a dataset name.

Names end up in URLs, paths, container names and JupyterHub server names (lower case, three or
more characters since JupyterHub 6), so the grammar is the strictest of all of these.
"""

from __future__ import annotations

import re

SLUG = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")
DATASET = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*")
FILE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*(?:\.[A-Za-z0-9]+)+")

MIN_LENGTH, MAX_LENGTH = 3, 40


def is_slug(value: str) -> bool:
    """Tell whether ``value`` may name an organisation, project, person, image or size."""
    return MIN_LENGTH <= len(value) <= MAX_LENGTH and SLUG.fullmatch(value) is not None


def is_dataset_name(value: str) -> bool:
    """Tell whether ``value`` may name a dataset (words parted by ``_``, as in Python)."""
    return MIN_LENGTH <= len(value) <= MAX_LENGTH and DATASET.fullmatch(value) is not None


def is_file_name(value: str) -> bool:
    """Tell whether ``value`` may name a file of a dataset: no separator, no leading dot."""
    return len(value) <= 100 and FILE.fullmatch(value) is not None


def printable(value: str, limit: int = 100) -> str:
    """Return ``value`` fit for a log or a sentence: one line, printable, at most ``limit`` long.

    What people send can hold line ends, terminal codes, half surrogates and megabytes; none of
    that may reach a log (log injection) or a database (PostgreSQL refuses NUL).
    """
    kept = "".join(
        character if character.isprintable() else "\N{REPLACEMENT CHARACTER}"
        for character in value[:limit]
    )
    return kept if len(value) <= limit else kept + "…"


def one_line(value: str, limit: int) -> str:
    """Return what somebody wrote as one trimmed line, :func:`printable`; names and titles end up
    in headings, log lines and the subject of a mail."""
    return printable(" ".join(value[: 4 * limit].split()), limit)


def legible(value: str, limit: int) -> str:
    """Return what somebody wrote fit to keep and to show: its lines, trimmed, and
    :func:`printable` each; at most ``limit`` characters and no run of empty lines."""
    lines = [printable(" ".join(line.split()), limit) for line in value[:limit].splitlines()]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
