"""A dataset's columns as its page shows them: for everyone what they are, and values as far as
the reader may see them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, date, datetime

from polderlab_catalog.domain.datasets import Column, Distribution, Profile
from polderlab_catalog.domain.histograms import Scale
from polderlab_catalog.domain.scopes import Scope
from polderlab_catalog.web.kinds import kind
from polderlab_catalog.web.languages import Speech

_HEIGHT = 28.0
_MOST_BARS = 12
_NAMED = 3


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar of the small picture: per cent across, pixels down."""

    x: str
    width: str
    y: str
    height: str


@dataclass(frozen=True, slots=True)
class ColumnView:
    """A column: its kind, how much is filled in, and values where they may be seen (else none).

    ``frequent`` are its most frequent values, ``least`` and ``most`` the range of the others;
    ``crowd`` says where in that range most rows lie.
    """

    column: Column
    kind: str
    filled: str
    visible: bool
    bars: tuple[Bar, ...] = ()
    distinct: int | None = None
    least: str = ""
    most: str = ""
    frequent: tuple[str, ...] = ()
    crowd: str = ""


def columns(file: Distribution, scope: Scope | None, speech: Speech) -> list[ColumnView]:
    """Return a view of each column of ``file``; ``scope`` is what the reader may see values of."""
    return [_view(column, file, scope, speech) for column in file.columns if column.name != "bbox"]


def _view(column: Column, file: Distribution, scope: Scope | None, speech: Speech) -> ColumnView:
    word, profile = kind(column, file), column.profile
    filled = ""
    if profile is not None and file.rows:
        filled = speech.share((file.rows - profile.nulls) / file.rows)
    visible = scope is not None and (not scope.columns or column.name in scope.columns)
    if not visible or profile is None:
        return ColumnView(column, word, filled, visible)
    few = profile.top and word in ("text", "choice", "truth")
    # The first and the last by alphabet say nothing of texts.
    ranged = not few and word in ("whole", "number", "day", "moment")
    return ColumnView(
        column=column,
        kind=word,
        filled=filled,
        visible=True,
        bars=_bars(profile) if few else _strip(profile.bins) if ranged else (),
        distinct=profile.distinct,
        least=_said(profile.minimum, word, speech) if ranged else "",
        most=_said(profile.maximum, word, speech) if ranged else "",
        frequent=tuple(value for value, _ in profile.top[:_NAMED]) if few else (),
        crowd=_crowd(profile, word, speech) if ranged and any(profile.bins) else "",
    )


def _bars(profile: Profile) -> tuple[Bar, ...]:
    top = profile.top[:_MOST_BARS]
    most = max((count for _, count in top), default=0)
    if len(top) < 2 or most == 0:
        return ()
    step = 100 / max(len(top), 4)
    heights = [max(_HEIGHT * count / most, 1.0) for _, count in top]
    return tuple(
        Bar(f"{step * n:.2f}%", f"{step * 0.85:.2f}%", f"{_HEIGHT - height:.1f}", f"{height:.1f}")
        for n, height in enumerate(heights)
    )


def _strip(bins: tuple[int, ...]) -> tuple[Bar, ...]:
    """Return a bar for each part of the range; where no rows lie, none is drawn."""
    most, step = max(bins, default=0), 100 / max(len(bins), 1)
    if most == 0:
        return ()
    heights = [(n, max(_HEIGHT * count / most, 1.0)) for n, count in enumerate(bins) if count]
    return tuple(
        Bar(f"{step * n:.2f}%", f"{step * 0.92:.2f}%", f"{_HEIGHT - height:.1f}", f"{height:.1f}")
        for n, height in heights
    )


def _crowd(profile: Profile, word: str, speech: Speech) -> str:
    """Return where the highest bar stands, for who does not see it."""
    least, most = _number(profile.minimum, word), _number(profile.maximum, word)
    scale = None
    if least is not None and most is not None:
        scale = Scale.of(least, most, whole=word in ("whole", "day"))
    if scale is None or scale.count != len(profile.bins):
        return ""
    highest = max(range(scale.count), key=lambda each: profile.bins[each])
    first, last = (_said(_text(each, word), word, speech) for each in scale.edges(highest))
    share = speech.share(profile.bins[highest] / sum(profile.bins))
    if first == last:
        sentence = speech.gettext("The largest part of the rows, {share}, has {value}.")
        return sentence.format(share=share, value=first)
    return speech.gettext(
        "The largest part of the rows, {share}, lies between {least} and {most}."
    ).format(share=share, least=first, most=last)


def _number(value: str | None, word: str) -> float | None:
    """Return a value as it is measured on a scale; None where it is not finite, or no value."""
    try:
        if word == "day":
            return date.fromisoformat((value or "")[:10]).toordinal()
        if word == "moment":
            return datetime.fromisoformat((value or "")[:19]).replace(tzinfo=UTC).timestamp()
        number = float(value or "")
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def _text(number: float, word: str) -> str:
    """Return what :func:`_number` came from."""
    if word == "day":
        return date.fromordinal(int(number)).isoformat()
    if word == "moment":
        return datetime.fromtimestamp(number, UTC).strftime("%Y-%m-%d %H:%M:%S")
    return str(int(number)) if word == "whole" else repr(number)


def _said(value: str | None, word: str, speech: Speech) -> str:
    """Return a value as people write it."""
    if value is None:
        return ""
    try:
        if word == "whole" and len(value) == 4 and value.isdigit():
            return value  # most often a year, and no year is written 2.026
        if word in ("whole", "number") and math.isfinite(number := float(value)):
            return speech.number(number)
        if word == "day":
            return speech.day_of(value[:10])
        if word == "moment":
            time = value[11:16] if value[11:16] != "00:00" else ""
            return f"{speech.day_of(value[:10])} {time}".strip()
    except ValueError:
        pass
    return value
