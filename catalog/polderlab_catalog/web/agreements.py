"""The agreement that organisations accept: the lab's own, or the one that comes with it."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from polderlab_catalog.application.organisations import AgreementText

HERE = Path(__file__).resolve().parent
LARGEST = 200_000


def agreement(path: Path | None, language: str) -> AgreementText:
    """Return the text at ``path``, or the lab's own in ``language``.

    Its version is made from its words, so that what was accepted can always be told apart from
    what stands there now.
    """
    found = path or HERE / "templates" / f"agreement.{language}.txt"
    text = _read(found, found.stat().st_mtime_ns)
    return AgreementText(hashlib.sha256(text.encode()).hexdigest()[:12], text)


@cache
def _read(path: Path, _changed: int) -> str:
    return path.read_text(encoding="utf-8")[:LARGEST].strip()
