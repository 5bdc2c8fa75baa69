"""From a file somebody handed in to Parquet, or to how it would be read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet

from polderlab_catalog.domain.ingests import Finding
from polderlab_catalog.ingest import archives, delimited, sheets, text
from polderlab_catalog.ingest.engine import engine, literal
from polderlab_catalog.ingest.formats import Format, ending_of, format_of
from polderlab_catalog.ingest.jobs import Job, Original, Outcome, Reading
from polderlab_catalog.ingest.relations import PREVIEW_ROWS, Relation, Tell, first_rows, names_of
from polderlab_catalog.ingest.trouble import Rejected
from polderlab_catalog.ingest.writing import sha256, write
from polderlab_catalog.policy.ingests import Trouble, finding

_PREVIEW_CELL, _PREVIEW_COLUMNS = 60, 50
_PROGRAMS_MIB = 144
"""What Python, DuckDB and Arrow take as programs, before they hold any row."""
_SHARE = 0.52
"""Of the memory beyond that, for DuckDB: the rest is for what it does not count."""
_SHEETS = (Format.XLSX, Format.XLS, Format.ODS)


@dataclass(frozen=True, slots=True)
class Input:
    """The file to read: what was handed in, or what was in its zip; and what both are."""

    file: Path
    kind: Format
    outer: Format
    findings: tuple[Finding, ...]


def work(job: Job, tell: Tell) -> Outcome:
    """Do ``job``; what is the matter with the file is told in the outcome."""
    try:
        return _work(job, tell)
    except Rejected as rejected:
        return Outcome((finding(rejected.trouble, **rejected.details),))


def _work(job: Job, tell: Tell) -> Outcome:
    folder = Path(job.folder)
    tell("detect", 0.0)
    given = _input(job, folder)
    rows_mib = int((job.memory_mib - _PROGRAMS_MIB) * _SHARE)
    file = Path(job.file)
    with engine(folder / "spill", memory_mib=rows_mib) as db, ThreadPoolExecutor(1) as beside:
        if not job.convert:
            return _look(db, job, given)
        checksum = beside.submit(sha256, file)
        with _relation(db, job, given, tell) as relation:
            written, relation = write(
                db, relation, folder, tell, values=job.values, memory_mib=job.memory_mib
            )
    tell("checksum", 0.0)
    original = Original(
        media_type=given.outer.value.media_type,
        ending=_ending(job.name, given.outer),
        bytes=file.stat().st_size,
        sha256=checksum.result(),
    )
    return Outcome((*given.findings, *relation.findings), written=written, original=original)


def _input(job: Job, folder: Path) -> Input:
    file = Path(job.file)
    outer = kind = format_of(file)
    findings = []
    ending = ending_of(job.name)
    if ending and ending not in outer.value.endings:
        told = finding(Trouble.OTHER_FORMAT, ending=f".{ending[:20]}", format=outer.value.label)
        findings.append(told)
    if outer is Format.ZIP:
        file, kind = archives.unpack(file, folder / "unpacked")
    elif outer in (Format.GEOPACKAGE, Format.GEOJSON):
        # GDAL goes by the ending.
        named = folder / f"input.{outer.value.endings[0]}"
        named.symlink_to(file.absolute())
        file = named
    return Input(file, kind, outer, tuple(findings))


@contextmanager
def _relation(
    db: duckdb.DuckDBPyConnection, job: Job, given: Input, tell: Tell
) -> Iterator[Relation]:
    folder = Path(job.folder)
    if given.kind is Format.CSV:
        yield delimited.read(db, given.file, text.look_at(given.file, job.options), folder)
    elif given.kind in _SHEETS:
        table, dialect, _, findings = sheets.read(given.file, given.kind, job.options, folder)
        relation = delimited.read(db, table, dialect, folder)
        yield replace(relation, findings=[*findings, *relation.findings])
    elif given.kind is Format.PARQUET and not _is_map(given.file):
        yield _parquet(given.file)
    else:
        # Loaded where it is needed: for GDAL's readers and all they bring, a table need not wait.
        from polderlab_catalog.ingest import spatial

        yield spatial.read(given.file, given.kind, job.options, folder, tell)


def _parquet(file: Path) -> Relation:
    try:
        metadata = pyarrow.parquet.read_metadata(file)
        _, findings = names_of(pyarrow.parquet.read_schema(file).names)
    except (pa.ArrowException, OSError):
        raise Rejected(Trouble.UNREADABLE, format="Parquet") from None
    per_row = sum(
        metadata.row_group(i).total_byte_size for i in range(metadata.num_row_groups)
    ) / max(1, metadata.num_rows)
    return Relation(f"SELECT * FROM read_parquet({literal(str(file))})", per_row, None, findings)


def _is_map(file: Path) -> bool:
    """Tell whether a Parquet file says that it is a map."""
    try:
        metadata = pyarrow.parquet.read_metadata(file).metadata or {}
    except (pa.ArrowException, OSError):
        raise Rejected(Trouble.UNREADABLE, format="Parquet") from None
    return b"geo" in metadata


def _look(db: duckdb.DuckDBPyConnection, job: Job, given: Input) -> Outcome:
    """Say how the file would be read, for somebody to confirm."""
    folder = Path(job.folder)
    findings: Sequence[Finding] = ()
    if given.kind is Format.CSV:
        dialect = text.look_at(given.file, job.options)
        choices: dict[str, Sequence[str]] = {
            "encoding": tuple(text.ENCODINGS),
            "delimiter": text.DELIMITERS,
            "decimal": (",", "."),
            "header": ("yes", "no"),
        }
        relation = delimited.read(db, given.file, dialect, folder)
        options, findings = dialect.options, relation.findings
        preview = [tuple(dialect.names), *dialect.rows]
    elif given.kind in _SHEETS:
        table, dialect, options, findings = sheets.read(given.file, given.kind, job.options, folder)
        choices = {"sheet": sheets.sheet_names(given.file, given.kind), "header": ("yes", "no")}
        relation = delimited.read(db, table, dialect, folder)
        findings = [*findings, *relation.findings]
        preview = [tuple(dialect.names), *dialect.rows]
    elif given.kind is Format.PARQUET:
        file = pyarrow.parquet.ParquetFile(given.file)
        options, choices = {}, {}
        preview = first_rows(next(file.iter_batches(batch_size=PREVIEW_ROWS), None))
    else:
        from polderlab_catalog.ingest import spatial

        preview, options, choices, findings = spatial.look_at(given.file, given.kind, job.options)
    reading = Reading(options, choices, _cut(preview))
    return Outcome((*given.findings, *findings), reading=reading)


def _cut(rows: Sequence[Sequence[str]]) -> list[list[str]]:
    return [
        [cell.replace("\0", "")[:_PREVIEW_CELL] for cell in row[:_PREVIEW_COLUMNS]]
        for row in rows[: PREVIEW_ROWS + 1]
    ]


def _ending(name: str, kind: Format) -> str:
    ending = ending_of(name)
    return ending if ending in kind.value.endings else kind.value.endings[0]
