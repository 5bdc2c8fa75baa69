"""Jinja templates: strict about names, escaping everything."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

HERE = Path(__file__).resolve().parent
STATIC = HERE / "static"


def fill(sentence: str, **parts: Any) -> Markup:
    """Fill a translated sentence with parts; plain text is escaped, mark-up stays."""
    return escape(sentence).format(**parts)


@cache
def fingerprint(name: str) -> str:
    """Return a short fingerprint of a static file, so that browsers fetch a changed one."""
    return hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]


def environment() -> Environment:
    """Return the environment the portal's pages are rendered in."""
    made = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["fill"] = fill
    made.globals["fingerprint"] = fingerprint
    return made
