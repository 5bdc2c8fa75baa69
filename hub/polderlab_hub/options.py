"""What a person may choose when starting a session: an image, a size, the language of refusals.

Options arrive by form, by query and by API, and JupyterHub passes the API's on as they are, so
nothing is believed here: known keys with plain short strings go through, everything else is
dropped. What the strings mean is for the lab service to judge.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

LONGEST = 64
LANGUAGES = ("nl", "en")


@dataclass(frozen=True, slots=True)
class Options:
    """The choice; ``None`` is the project's default."""

    image: str | None = None
    size: str | None = None
    language: str | None = None


def read_options(raw: object) -> Options:
    """Return what is usable of ``raw``, whatever it is."""
    given = raw if isinstance(raw, Mapping) else {}
    language = _name(given.get("language"))
    return Options(
        image=_name(given.get("image")),
        size=_name(given.get("size")),
        language=language if language in LANGUAGES else None,
    )


def options_from_form(form: Mapping[str, Any]) -> dict[str, str]:
    """Turn a form's or query's lists of strings into the options JupyterHub stores."""
    first = {key: values[0] for key, values in form.items() if isinstance(values, list) and values}
    options = read_options(first)
    chosen = {"image": options.image, "size": options.size, "language": options.language}
    return {key: value for key, value in chosen.items() if value is not None}


def _name(value: object) -> str | None:
    return value if isinstance(value, str) and 0 < len(value) <= LONGEST else None
