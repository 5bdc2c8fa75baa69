"""What members of a project may have put into its folder: some of each kind."""

from __future__ import annotations

import json
import struct
import zlib
from pathlib import Path
from typing import Any

CELLS: list[dict[str, Any]] = [
    {"cell_type": "markdown", "source": ["# Zwemdagen\n", "Hoeveel dagen per water?"]},
    {
        "cell_type": "code",
        "source": 'days = cat["bathing_days"].read()\ndays.groupby("plaats").count()',
        "outputs": [
            {
                "output_type": "execute_result",
                "data": {"text/plain": "            dagen\nRivierstad     29\nKustregio      12"},
            }
        ],
    },
    {
        "cell_type": "code",
        "source": "1 / 0",
        "outputs": [
            {"output_type": "error", "ename": "ZeroDivisionError", "evalue": "division by zero"}
        ],
    },
]


def fill(folder: Path) -> None:
    """Put it there. Safe to repeat."""
    (folder / "2026" / "kaarten").mkdir(parents=True, exist_ok=True)
    for day in range(130):
        (folder / "2026" / f"dag-{day:03}.csv").write_text("plaats;temperatuur\n")
    rows = [f"Rivierstad;2026-07-{day:02};{15 + day / 3:.1f};\n" for day in range(1, 30)]
    (folder / "zwemdagen.csv").write_text(f"plaats;dag;temperatuur;opmerking\n{''.join(rows)}")
    (folder / "zwemdagen.png").write_bytes(picture(600, 300))
    (folder / "analyse.ipynb").write_text(json.dumps({"cells": CELLS}))
    (folder / "verslag.md").write_text("# Verslag\n\nDe dijk houdt.\n")
    (folder / "rapport.pdf").write_bytes(b"%PDF" + bytes(2_300_000))
    (folder / f"{'een naam die langer is dan een regel op een telefoon ' * 3}.txt").touch()
    if not (folder / "koppeling").is_symlink():
        (folder / "koppeling").symlink_to("/etc/passwd")


def picture(width: int, height: int) -> bytes:
    """Return a PNG in which one colour runs into another."""
    line = b"".join(bytes((40 + x * 150 // width, 120, 160)) for x in range(width))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress((b"\0" + line) * height)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in parts
    )
