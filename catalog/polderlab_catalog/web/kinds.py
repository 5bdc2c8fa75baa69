"""What a column holds, for people who do not know Arrow's type names."""

from __future__ import annotations

from polderlab_catalog.domain.datasets import Column, Distribution

_PREFIXES = (
    ("dictionary", "choice"),
    ("timestamp", "moment"),
    ("date", "day"),
    ("bool", "truth"),
    ("int", "whole"),
    ("uint", "whole"),
    ("double", "number"),
    ("float", "number"),
    ("halffloat", "number"),
    ("decimal", "number"),
    ("string", "text"),
    ("large_string", "text"),
    ("utf8", "text"),
    ("str", "text"),
    ("geometry", "shape"),
)


def kind(column: Column, file: Distribution) -> str:
    """Return the kind of ``column``: a key of the words in ``parts.html``."""
    if file.geo and column.type.startswith(("binary", "large_binary", "extension")):
        return "shape"
    return next((word for prefix, word in _PREFIXES if column.type.startswith(prefix)), "other")
