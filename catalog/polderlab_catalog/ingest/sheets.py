"""Read a spreadsheet: its first row names the columns."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import python_calamine

from polderlab_catalog.domain.ingests import Finding
from polderlab_catalog.ingest import archives
from polderlab_catalog.ingest.formats import Format
from polderlab_catalog.ingest.relations import names_of, shown
from polderlab_catalog.ingest.text import Dialect
from polderlab_catalog.ingest.trouble import Rejected
from polderlab_catalog.policy.ingests import Trouble, finding

_SAMPLE = 1000
_MOST_TITLES = 20


def sheet_names(file: Path, kind: Format) -> list[str]:
    """Return the sheets of a workbook."""
    return list(_open(file, kind).sheet_names)


def read(
    file: Path, kind: Format, options: Mapping[str, str], folder: Path
) -> tuple[Path, Dialect, dict[str, str], list[Finding]]:
    """Write one sheet as text into ``folder``; return it, its dialect, the options and findings.

    Text in between keeps one road to Parquet for all tables, and it needs no memory.
    """
    book = _open(file, kind)
    sheets = list(book.sheet_names)
    sheet = options.get("sheet") or _first_with_data(book, sheets)
    if sheet not in sheets:
        raise Rejected(Trouble.NO_LAYER, name=sheet[:60], choices=shown(sheets))
    rows = book.get_sheet_by_name(sheet).to_python(skip_empty_area=True)
    rows = [row for row in rows if any(cell != "" for cell in row)]
    if not rows:
        raise Rejected(Trouble.NO_ROWS)
    header = options.get("header", "yes") == "yes"
    titles = _titles(rows) if header else 0
    rows = rows[titles:]
    names = [_cell(cell) if header else f"column_{i + 1}" for i, cell in enumerate(rows[0])]
    names_of(names)  # refuses before anything is written
    rows = rows[1:] if header else rows
    target = folder / "sheet.csv"
    zeros = set()
    with target.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream, delimiter=";", lineterminator="\n", quoting=csv.QUOTE_MINIMAL)
        for row in rows:
            cells = [_cell(cell) for cell in row]
            zeros |= {i for i, cell in enumerate(row) if isinstance(cell, str) and _code(cell)}
            writer.writerow(cells)
    others = [name for name in sheets if name != sheet]
    findings = (
        [finding(Trouble.MORE_LAYERS, name=sheet[:60], choices=shown(others))]
        if others and "sheet" not in options
        else []
    )
    if titles:
        findings.append(finding(Trouble.TITLE_ROWS, count=titles))
    dialect = Dialect(
        encoding="utf-8",
        delimiter=";",
        decimal=".",
        thousands="",
        header=False,
        names=tuple(names),
        rows=tuple(tuple(map(_cell, row)) for row in _spread(rows)),
        zeros=tuple(names[i] for i in sorted(zeros) if names[i]),
        bytes_per_row=max(1.0, target.stat().st_size / max(1, len(rows))),
    )
    said = {"sheet": sheet, "header": "yes" if header else "no"}
    return target, dialect, said, findings


def _open(file: Path, kind: Format) -> python_calamine.CalamineWorkbook:
    if kind is not Format.XLS:
        archives.inspect(file)
    try:
        return python_calamine.CalamineWorkbook.from_path(str(file))
    except python_calamine.PasswordError:
        raise Rejected(Trouble.ENCRYPTED) from None
    except (python_calamine.CalamineError, OSError, ValueError):
        raise Rejected(Trouble.UNREADABLE, format=kind.value.label) from None


def _first_with_data(book: python_calamine.CalamineWorkbook, sheets: Sequence[str]) -> str:
    for name in sheets:
        if book.get_sheet_by_name(name).total_height > 1:
            return name
    raise Rejected(Trouble.NO_ROWS)


def _titles(rows: list[list[Any]]) -> int:
    """Return how many rows above the names of the columns hold a title: one cell and no more."""
    for number, row in enumerate(rows[: _MOST_TITLES + 1]):
        filled = [cell for cell in row if cell != ""]
        if len(filled) > 1:
            # A row with a number or a date is data already: then what is above it are the names.
            return number if all(isinstance(cell, str) for cell in filled) else 0
    return 0


def _spread(rows: list[list[Any]]) -> list[list[Any]]:
    """Return some rows of the whole height of the sheet: types are told from them."""
    return rows[:: max(1, len(rows) // _SAMPLE)]


def _code(text: str) -> bool:
    return len(text) > 1 and text.isdigit() and text.isascii()


def _cell(cell: Any) -> str:  # what calamine gives: str, int, float, bool, date and time
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 2**53 else repr(cell)
    if isinstance(cell, datetime):
        midnight = cell.time() == time(0)
        return cell.date().isoformat() if midnight else cell.isoformat(" ")
    if isinstance(cell, (date, time)):
        return cell.isoformat()
    if isinstance(cell, timedelta):
        return str(cell.total_seconds())
    return str(cell).replace("\0", "")
