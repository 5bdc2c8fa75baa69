"""Harvests: another catalogue whose datasets are described here too."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Harvest:
    """A DCAT catalogue at ``url`` that is taken over as descriptions, under ``organisation``.

    ``last`` is when it was last tried (None: it waits for its turn), ``error`` what went wrong
    then, ``found`` how many datasets it described.
    """

    id: str
    url: str
    organisation: str
    hours: int = 24
    last: datetime | None = None
    error: str = ""
    found: int = 0
