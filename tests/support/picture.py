"""Draws ``docs/images/speed.svg`` from the figures the benches keep.

BENCH_FIGURES=docs/benchmarks.json .venv/bin/pytest tests/bench/test_gateway.py -s
.venv/bin/python tests/support/picture.py docs/benchmarks.json docs/images/speed.svg
"""

from __future__ import annotations

import json
import sys
from html import escape
from pathlib import Path
from typing import Any

WIDTH, LEFT, RIGHT, TOP, ROW = 900, 340, 96, 64, 44
BARS = WIDTH - LEFT - RIGHT
MOST = 3.0
"""Where the scale ends, in goals; what is longer is broken off and says its number."""

STYLE = """
  text { font: 15px "Fira Sans", ui-sans-serif, system-ui, sans-serif; fill: #10222c }
  .soft { fill: #4a5d69; font-size: 13px }
  .value { font-weight: 600 }
  .paper { fill: #ffffff } .track { fill: #ebf1f3 }
  .met { fill: #2f83a8 } .missed { fill: #d96a10 }
  .range { stroke: #10222c; stroke-width: 1.5 } .goal { stroke: #0b5372; stroke-dasharray: 4 4 }
  @media (prefers-color-scheme: dark) {
    text { fill: #e8eff2 } .soft { fill: #a8bac4 }
    .paper { fill: #142129 } .track { fill: #0a1216 }
    .met { fill: #3f97bb } .missed { fill: #f0913a }
    .range { stroke: #e8eff2 } .goal { stroke: #86cbe8 }
  }
"""


def picture(figures: dict[str, dict[str, Any]]) -> str:
    """Return the figures that have a goal as bars, each as long as its share of the goal."""
    shown = {what: each for what, each in figures.items() if each["goal"]}
    height = TOP + ROW * len(shown) + 24
    goal_at = LEFT + BARS / MOST
    told = "; ".join(f"{what}: {_words(each)}" for what, each in shown.items())
    rows = [_row(n, what, each) for n, (what, each) in enumerate(shown.items())]
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}"'
            ' role="img" aria-labelledby="title desc">',
            "<title id='title'>What the data gateway takes, measured against its goals</title>",
            f"<desc id='desc'>Shorter is better. {escape(told)}.</desc>",
            f"<style>{STYLE}</style>",
            f'<rect class="paper" width="{WIDTH}" height="{height}" rx="10"/>',
            '<text x="20" y="30" class="value">The data gateway against its goals</text>',
            '<text x="20" y="50" class="soft">Shorter is better; a line: best to worst</text>',
            f'<text x="{goal_at:.0f}" y="50" class="soft" text-anchor="middle">goal</text>',
            *rows,
            f'<line class="goal" x1="{goal_at:.1f}" x2="{goal_at:.1f}" y1="{TOP - 6}"'
            f' y2="{height - 16}"/>',
            "</svg>\n",
        ]
    )


def _row(number: int, what: str, figure: dict[str, Any]) -> str:
    y = TOP + number * ROW
    value, low, high = (min(figure[each] / figure["goal"], MOST) for each in _PARTS)
    at = [LEFT + part * BARS / MOST for part in (value, low, high)]
    kind = "met" if figure["value"] <= figure["goal"] else "missed"
    peer = f"÷ {figure['peer']}, " if figure["peer"] else ""
    soft = f"{escape(peer)}goal {_number(figure, 'goal')}"
    bar = f'y="{y + 8}" height="20" rx="4"'
    told = f'x="{WIDTH - RIGHT + 10}" y="{y + 23}" class="value"'
    parts = [
        f'<text x="20" y="{y + 16}">{escape(what)}</text>',
        f'<text x="20" y="{y + 33}" class="soft">{soft}</text>',
        f'<rect class="track" x="{LEFT}" width="{BARS}" {bar}/>',
        f'<rect class="{kind}" x="{LEFT}" width="{at[0] - LEFT:.1f}" {bar}/>',
        f"<text {told}>{_number(figure, 'value')}</text>",
    ]
    if low != high:
        parts.append(f'<path class="range" d="M{at[1]:.1f} {y + 18}H{at[2]:.1f}"/>')
    return "\n".join(parts)


_PARTS = ("value", "low", "high")


def _number(figure: dict[str, Any], part: str) -> str:
    number = f"{figure[part]:.2f}"
    return f"{number} {figure['unit']}" if figure["unit"] != "×" else f"{number}×"


def _words(figure: dict[str, Any]) -> str:
    peer = f" of {figure['peer']}" if figure["peer"] else ""
    return f"{_number(figure, 'value')}{peer}, goal {_number(figure, 'goal')}"


if __name__ == "__main__":
    source, target = map(Path, sys.argv[1:3])
    target.write_text(picture(json.loads(source.read_text())))
