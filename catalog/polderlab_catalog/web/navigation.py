"""Where a page may send someone next: within this lab, and nowhere else."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

_CONTROL = re.compile(r"[\x00-\x20\x7f\\]")


def safe_next(target: str | None, fallback: str) -> str:
    """Return ``target`` when it is a path on this host, else ``fallback``.

    Browsers read ``//host``, ``/\\host`` and control characters as another host
    (CVE-2019-10255, CVE-2026-33709), so only a path that starts with exactly one slash and holds
    no backslash, space or control character passes.
    """
    if not target or len(target) > 2000 or _CONTROL.search(target):
        return fallback
    if not target.startswith("/") or target.startswith("//"):
        return fallback
    try:
        parts = urlsplit(target)
    except ValueError:
        return fallback
    if parts.scheme or parts.netloc or parts.path.startswith("//"):
        return fallback
    return target
