"""Read delimited text with DuckDB: columns and types fixed beforehand, so nothing is guessed."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb

from polderlab_catalog.domain.ingests import Finding
from polderlab_catalog.ingest.engine import literal
from polderlab_catalog.ingest.relations import Relation, names_of, shown
from polderlab_catalog.ingest.text import Dialect, transcode
from polderlab_catalog.ingest.trouble import Rejected
from polderlab_catalog.policy.ingests import Trouble, finding

_LINE = re.compile(r"Line: (\d+)")
_EXPECTED = re.compile(r"Expected Number of Columns: (\d+) Found: (\d+)")
_COLUMN = re.compile(r'Error when converting column "(.*?)"\. Could not convert', re.DOTALL)
_NOT_UTF_8 = "not utf-8 encoded"
_MOST_AS_TEXT = 8
"""Columns that may turn out to be text late in the file: each costs reading it again."""
_LONGEST_LINE = 8 * 1024 * 1024
_BUFFER = 2 * _LONGEST_LINE
"""Bytes read at a time. Unsaid it would be sixteen times the longest line, for each thread."""


@dataclass(frozen=True, slots=True)
class Table:
    """A text file, and how DuckDB is told to read it."""

    file: Path
    dialect: Dialect
    folder: Path
    types: Mapping[str, str]
    formats: Mapping[str, str]
    findings: tuple[Finding, ...] = ()
    as_text: int = 0

    @property
    def relation(self) -> Relation:
        """The table as a relation that mends itself."""
        d = self.dialect
        columns = ", ".join(f"{literal(n)}: {literal(t)}" for n, t in self.types.items())
        settings = {
            "auto_detect": "false",
            "strict_mode": "true",
            "delim": literal(d.delimiter),
            "quote": literal('"'),
            "escape": literal('"'),
            "header": str(d.header).lower(),
            "columns": f"{{{columns}}}",
            "decimal_separator": literal(d.decimal),
            "max_line_size": str(_LONGEST_LINE),
            "buffer_size": str(_BUFFER),
            **{name: literal(value) for name, value in self.formats.items()},
        }
        if d.thousands:
            settings["thousands"] = literal(d.thousands)
        told = ", ".join(f"{name} = {value}" for name, value in settings.items())
        return Relation(
            query=f"SELECT * FROM read_csv({literal(str(self.file))}, {told})",
            bytes_per_row=d.bytes_per_row,
            findings=list(self.findings),
            mended=self.mended,
        )

    def mended(self, error: duckdb.Error) -> Relation:
        """Return the relation read another way, or refuse the file and say where it goes wrong."""
        said = str(error)
        line = int(found[1]) if (found := _LINE.search(said)) else 0
        if (uneven := _EXPECTED.search(said)) is not None:
            raise Rejected(
                Trouble.UNEVEN_ROWS, line=line, expected=int(uneven[1]), found=int(uneven[2])
            )
        if (column := _COLUMN.search(said)) is not None and column[1] in self.types:
            return self._as_text(column[1], line)
        if _NOT_UTF_8 in said and self.file.parent != self.folder:
            return self._transcoded()
        raise Rejected(Trouble.UNREADABLE, format="CSV") from error

    def _as_text(self, column: str, line: int) -> Relation:
        if self.as_text >= _MOST_AS_TEXT or self.types[column] == "VARCHAR":
            raise Rejected(Trouble.BAD_VALUE, line=line, column=column[:60])
        told = finding(Trouble.KEPT_AS_TEXT, column=column[:60], line=line)
        return replace(
            self,
            types={**self.types, column: "VARCHAR"},
            findings=(*self.findings, told),
            as_text=self.as_text + 1,
        ).relation

    def _transcoded(self) -> Relation:
        target = self.folder / "utf-8.csv"
        odd = transcode(self.file, target, "utf-8")
        told = finding(Trouble.MIXED_ENCODINGS, count=odd)
        return replace(self, file=target, findings=(*self.findings, told)).relation


def read(db: duckdb.DuckDBPyConnection, file: Path, dialect: Dialect, folder: Path) -> Relation:
    """Return ``file`` as a relation; ``folder`` is for what has to be made on the way."""
    names, findings = names_of(dialect.names)
    zeros = tuple(
        new for old, new in zip(dialect.names, names, strict=True) if old in dialect.zeros
    )
    if zeros:
        findings.append(finding(Trouble.LEADING_ZEROS, columns=shown(zeros)))
    types, formats = _types(db, dialect, names, folder)
    types |= dict.fromkeys(zeros, "VARCHAR")
    if dialect.encoding != "utf-8":
        transcode(file, folder / "utf-8.csv", dialect.encoding)
        file = folder / "utf-8.csv"
    return Table(file, dialect, folder, types, formats, tuple(findings)).relation


def _types(
    db: duckdb.DuckDBPyConnection, dialect: Dialect, names: tuple[str, ...], folder: Path
) -> tuple[dict[str, str], dict[str, str]]:
    """Return the type of every column, and the formats of dates, as the first rows tell."""
    sample = folder / "sample.csv"
    with sample.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream, delimiter=dialect.delimiter, lineterminator="\n")
        # A first field that is empty would make a line of one column look like none.
        writer.writerows(row for row in dialect.rows if len(row) == len(names))
    types = ", ".join(f"{literal(name)}" for name in names)
    thousands = f", thousands = {literal(dialect.thousands)}" if dialect.thousands else ""
    try:
        row = db.execute(
            f"SELECT Columns, DateFormat, TimestampFormat FROM sniff_csv({literal(str(sample))}, "
            f"delim = {literal(dialect.delimiter)}, quote = '\"', escape = '\"', header = false, "
            f"names = [{types}], sample_size = -1, "
            f"decimal_separator = {literal(dialect.decimal)}{thousands})"
        ).fetchone()
    except duckdb.Error:
        row = None
    finally:
        sample.unlink()
    if row is None or len(row[0]) != len(names):
        return dict.fromkeys(names, "VARCHAR"), {}
    found = {name: each["type"] for name, each in zip(names, row[0], strict=True)}
    formats = {"dateformat": row[1], "timestampformat": row[2]}
    return found, {name: value for name, value in formats.items() if value}
