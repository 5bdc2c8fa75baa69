"""What a page shows of a file somebody put in a project's folder: text, escaped by the page, and
never a document a browser would run: no HTML, no SVG, no notebook as it would draw itself."""

from __future__ import annotations

import csv
import json
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

HEAD = 128 * 1024
WHOLE = 4 * 1024 * 1024
"""Bytes looked at: of a text its beginning, of a notebook all of it, since half of one is none."""
LINES, CELLS, ROWS, COLUMNS = 500, 200, 50, 50
LONGEST, LONGEST_VALUE = 2000, 120

NOTEBOOK = b".ipynb"
TABLES = {b".csv": "", b".tsv": "\t"}
TEXTS = frozenset(
    b".txt .md .rst .log .py .r .sql .json .geojson .yaml .yml .toml .ini .cfg .tex .bib".split()
)
PICTURES = frozenset(b".png .jpg .jpeg .gif .webp".split())
LARGEST_PICTURE = 20 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a notebook: its code or its words, and what came out as text."""

    code: bool
    source: str
    output: str


@dataclass(frozen=True, slots=True)
class Preview:
    """What is shown: ``text``, or ``columns`` and ``rows``, or ``cells``. ``cut``: not all."""

    text: str = ""
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    cells: tuple[Cell, ...] = ()
    cut: bool = False


def ending(name: bytes) -> bytes:
    """Return how a file's name ends: ``.csv``."""
    _, dot, last = name.rpartition(b".")
    return dot + last.lower()


def can_show(name: bytes) -> bool:
    """Tell whether a page may show anything of a file called so."""
    return ending(name) in {NOTEBOOK, *TABLES, *TEXTS, *PICTURES}


def wanted(name: bytes) -> int:
    """Return how many bytes of the file a preview needs."""
    return WHOLE if ending(name) == NOTEBOOK else HEAD


def preview(name: bytes, head: bytes, *, whole: bool) -> Preview | None:
    """Return what is shown of a file that begins with ``head``; None: nothing can be."""
    kind = ending(name)
    if b"\0" in head or not can_show(name):
        return None
    if kind == NOTEBOOK:
        return _notebook(head) if whole else None
    text = _legible(head.decode("utf-8-sig", "replace"))
    if not whole and "\n" in text:
        text = text[: text.rindex("\n")]  # the last line may be half of one
    if kind in TABLES:
        table = _table(text, TABLES[kind], whole=whole)
        if table is not None:
            return table
    lines = text.split("\n")
    shown = "\n".join(_short(line, LONGEST) for line in lines[:LINES])
    return Preview(text=shown, cut=not whole or len(lines) > LINES)


def picture_type(head: bytes) -> str | None:
    """Return the media type of a picture by how it begins, whatever it is called."""
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if head.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if head.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif"
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return "image/webp"
    return None


def _table(text: str, delimiter: str, *, whole: bool) -> Preview | None:
    first = text.partition("\n")[0]
    delimiter = delimiter or max(",;\t|", key=first.count)
    found: list[list[str]] = []
    try:
        for row in csv.reader(text.split("\n"), delimiter=delimiter):
            if row:
                found.append([_short(value, LONGEST_VALUE) for value in row])
            if len(found) > ROWS + 1:
                break
    except csv.Error:
        return None
    if not found:
        return None
    columns, rows = found[0][:COLUMNS], [row[:COLUMNS] for row in found[1 : ROWS + 1]]
    wide = len(columns)
    return Preview(
        columns=tuple(columns),
        rows=tuple(tuple((row + [""] * wide)[:wide]) for row in rows),
        cut=not whole or len(found) > ROWS + 1 or any(len(row) > wide for row in found),
    )


def _notebook(content: bytes) -> Preview | None:
    try:
        cells = list(islice(_cells(json.loads(content)), CELLS + 1))
    except (ValueError, RecursionError, TypeError, AttributeError, KeyError):
        return None
    return Preview(cells=tuple(cells[:CELLS]), cut=len(cells) > CELLS)


def _cells(notebook: Any) -> Iterator[Cell]:
    for each in notebook["cells"]:
        outputs = [_output(one) for one in each.get("outputs", [])]
        source, output = _joined(each["source"]), "\n".join(filter(None, outputs))
        if source or output:
            yield Cell(each.get("cell_type") == "code", source, output)


def _output(output: Any) -> str:
    if output.get("output_type") == "error":
        return _joined([f"{output.get('ename', '')}: {output.get('evalue', '')}"])
    return _joined(output.get("text") or output.get("data", {}).get("text/plain") or "")


def _joined(lines: Any) -> str:
    text = lines if isinstance(lines, str) else "".join(str(line) for line in lines)
    return _legible(_short(text, 10 * LONGEST)).strip("\n")


def _legible(text: str) -> str:
    """Return text without signs that steer: none that turn it round, none of a terminal."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    if plain.isascii() and plain.isprintable():
        return plain
    return "".join(
        each if each in "\n\t" or unicodedata.category(each) not in ("Cc", "Cf", "Cs") else "\ufffd"
        for each in plain
    )


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
