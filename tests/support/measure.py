"""Timing things side by side: in turn, several times, as a ratio to a stated peer."""

from __future__ import annotations

import json
import math
import os
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Measured:
    """Seconds per round of one contestant."""

    name: str
    seconds: tuple[float, ...]

    @property
    def median(self) -> float:
        """Median in seconds."""
        return statistics.median(self.seconds)


def timed(run: Callable[[], object]) -> float:
    """Return how many seconds ``run`` takes."""
    begin = time.perf_counter()
    run()
    return time.perf_counter() - begin


def percentile(seconds: Sequence[float], part: float) -> float:
    """Return the value that ``part`` per cent of ``seconds`` do not exceed (nearest rank)."""
    ranked = sorted(seconds)
    return ranked[max(math.ceil(len(ranked) * part / 100), 1) - 1]


def compare(rounds: Sequence[dict[str, float]], *, peer: str) -> list[str]:
    """Return the lines of a table: median, range, and the median of the ratios pair by pair.

    ``rounds`` holds the seconds of every contestant, round by round: contestants take turns, so
    that a machine that slows down slows all of them.
    """
    lines = [f"{'':36} {'median':>9} {'min':>9} {'max':>9} {'÷ ' + peer:>24}"]
    for name in rounds[0]:
        measured = Measured(name, tuple(one[name] for one in rounds))
        ratio = statistics.median(one[name] / one[peer] for one in rounds)
        low, high = min(measured.seconds), max(measured.seconds)
        lines.append(f"{name:36} {measured.median:8.3f}s {low:8.3f}s {high:8.3f}s {ratio:24.2f}")
    return lines


def keep(
    what: str,
    peer: str,
    rounds: Sequence[dict[str, float]],
    *,
    goal: float | None,
    ours: str = "gateway",
) -> None:
    """Keep the ratio of ``rounds``' ``ours`` to its peer for the picture; see :func:`_keep`."""
    ratios = sorted(one[ours] / one[peer] for one in rounds)
    middle = statistics.median(ratios)
    figure = {"peer": peer, "value": middle, "low": ratios[0], "high": ratios[-1], "unit": "×"}
    _keep(what, {**figure, "goal": goal})


def keep_value(what: str, value: float, unit: str, goal: float) -> None:
    """Keep a value that has no peer."""
    _keep(
        what, {"peer": "", "value": value, "low": value, "high": value, "unit": unit, "goal": goal}
    )


def _keep(what: str, figure: dict[str, Any]) -> None:
    """Put a figure in the file ``BENCH_FIGURES``, if that is set: what the picture is made of."""
    if path := os.environ.get("BENCH_FIGURES"):
        file = Path(path)
        figures = json.loads(file.read_text()) if file.exists() else {}
        rounded = {k: round(v, 3) if isinstance(v, float) else v for k, v in figure.items()}
        file.write_text(json.dumps({**figures, what: rounded}, indent=2, ensure_ascii=False) + "\n")
