"""What can be the matter with a file that is handed in, and the sentence for it."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from polderlab_catalog.domain.ingests import Finding, Severity
from polderlab_catalog.policy.decisions import N_

OPTIONS = ("delimiter", "encoding", "decimal", "thousands", "header", "sheet", "layer", "crs")
"""What somebody may say about how to read a file. ``header`` is ``yes`` or ``no``."""


class Trouble(StrEnum):
    """The stable machine word of a finding."""

    UNKNOWN_FORMAT = "unknown-format"
    WEB_PAGE = "web-page"
    EMPTY_FILE = "empty-file"
    NO_ROWS = "no-rows"
    DUPLICATE_COLUMNS = "duplicate-columns"
    TOO_MANY_COLUMNS = "too-many-columns"
    UNEVEN_ROWS = "uneven-rows"
    BAD_VALUE = "bad-value"
    UNREADABLE = "unreadable"
    BAD_OPTION = "bad-option"
    NO_CRS = "no-crs"
    UNKNOWN_CRS = "unknown-crs"
    BROKEN_GEOMETRY = "broken-geometry"
    NO_LAYER = "no-layer"
    ZIP_UNSAFE = "zip-unsafe"
    ZIP_TOO_LARGE = "zip-too-large"
    ZIP_NO_DATA = "zip-no-data"
    ENCRYPTED = "encrypted"
    TOO_MUCH_MEMORY = "too-much-memory"
    TOO_SLOW = "too-slow"
    DISK_FULL = "disk-full"
    FILE_GONE = "file-gone"
    GAVE_UP = "gave-up"
    CHECK_FAILED = "check-failed"
    # Warnings
    CHECK_MARKED = "check-marked"
    OTHER_FORMAT = "other-format"
    MIXED_ENCODINGS = "mixed-encodings"
    UNNAMED_COLUMNS = "unnamed-columns"
    REPAIRED_GEOMETRY = "repaired-geometry"
    GUESSED_CRS = "guessed-crs"
    LEADING_ZEROS = "leading-zeros"
    KEPT_AS_TEXT = "kept-as-text"
    MORE_LAYERS = "more-layers"
    TITLE_ROWS = "title-rows"
    SAME_AS_BEFORE = "same-as-before"


WARNINGS = frozenset(
    {
        Trouble.CHECK_MARKED,
        Trouble.OTHER_FORMAT,
        Trouble.MIXED_ENCODINGS,
        Trouble.UNNAMED_COLUMNS,
        Trouble.REPAIRED_GEOMETRY,
        Trouble.GUESSED_CRS,
        Trouble.LEADING_ZEROS,
        Trouble.KEPT_AS_TEXT,
        Trouble.MORE_LAYERS,
        Trouble.TITLE_ROWS,
        Trouble.SAME_AS_BEFORE,
    }
)

SENTENCES: Mapping[Trouble, str] = MappingProxyType(
    {
        Trouble.UNKNOWN_FORMAT: N_(
            "The lab cannot read this kind of file. Hand in CSV, Excel, Parquet, GeoPackage, "
            "GeoJSON, or a zip with a Shapefile or File Geodatabase."
        ),
        Trouble.WEB_PAGE: N_(
            "This is a web page or XML, not data. Often a download link gave an error page: open "
            "the file, and download the data again."
        ),
        Trouble.EMPTY_FILE: N_("The file is empty. Hand in the file with the data."),
        Trouble.NO_ROWS: N_("The file has columns but no rows. Hand in the file with the data."),
        Trouble.DUPLICATE_COLUMNS: N_(
            "These column names occur more than once: {columns}. Capitals make no difference. "
            "Give every column its own name."
        ),
        Trouble.TOO_MANY_COLUMNS: N_(
            "The file has {columns} columns, and the lab takes {limit} at most. Check the "
            "delimiter, or divide the table."
        ),
        Trouble.UNEVEN_ROWS: N_(
            "Line {line} has {found} fields instead of {expected}. Check the delimiter, and put "
            "text that holds one between quotes."
        ),
        Trouble.BAD_VALUE: N_(
            "Line {line}, column {column}: this value does not fit the rest of the column. Mend "
            "it, or check the decimal sign."
        ),
        Trouble.UNREADABLE: N_(
            "The file is damaged, or not what its name says: {format} was expected. Export it "
            "again from where it came from."
        ),
        Trouble.BAD_OPTION: N_(
            "The file cannot be read with “{option}” set to “{value}”. Choose another value."
        ),
        Trouble.NO_CRS: N_(
            "The file does not say in which coordinate system its map is. Fill it in (for Dutch "
            "data often EPSG:28992), or hand in a file that says it (.prj)."
        ),
        Trouble.UNKNOWN_CRS: N_(
            "There is no coordinate system “{crs}”. Give an EPSG code, such as EPSG:28992."
        ),
        Trouble.BROKEN_GEOMETRY: N_(
            "{count} shapes are broken and cannot be repaired. Repair them where they are made, "
            "and hand the file in again."
        ),
        Trouble.NO_LAYER: N_("The file has no “{name}”. It has: {choices}."),
        Trouble.ZIP_UNSAFE: N_(
            "The zip holds a file that would end up outside its folder, or a link: {name}. Make "
            "the zip again with only the data files."
        ),
        Trouble.ZIP_TOO_LARGE: N_(
            "Unpacked, the zip is larger than the lab takes in ({limit} GB, {files} files). "
            "Divide the data."
        ),
        Trouble.ZIP_NO_DATA: N_(
            "The zip holds no data the lab can read, or more than one table. Put one Shapefile, "
            "File Geodatabase or other data file in a zip."
        ),
        Trouble.ENCRYPTED: N_(
            "The file is locked with a password. Take the password off and hand it in again."
        ),
        Trouble.TOO_MUCH_MEMORY: N_(
            "Reading this file takes more memory than the lab gives ({limit} MB). Hand it in as "
            "CSV, Parquet or GeoPackage, or divide it."
        ),
        Trouble.TOO_SLOW: N_(
            "Reading this file takes longer than the lab allows ({hours} hours). Divide it."
        ),
        Trouble.DISK_FULL: N_(
            "The lab's disk is full. Nothing was published. Ask the lab administrator for room, "
            "and hand the file in again."
        ),
        Trouble.FILE_GONE: N_("The file is no longer there. Hand it in again."),
        Trouble.GAVE_UP: N_(
            "Reading this file broke off {attempts} times. Ask the lab administrator to look into "
            "it, or hand the data in in another format."
        ),
        Trouble.CHECK_FAILED: N_(
            "Check “{check}” on {columns} fails for {failing} rows, so this version is not "
            "published. Mend the data, or change the check."
        ),
        Trouble.CHECK_MARKED: N_(
            "Check “{check}” on {columns} fails for {failing} rows. The version is published, and "
            "marked."
        ),
        Trouble.OTHER_FORMAT: N_(
            "The name ends in “{ending}”, but the file is {format}. It is read as that."
        ),
        Trouble.MIXED_ENCODINGS: N_(
            "{count} lines are not in UTF-8, the rest is. They are read as Windows-1252: check "
            "letters with accents."
        ),
        Trouble.UNNAMED_COLUMNS: N_(
            "{count} columns have no name. They are now called: {columns}."
        ),
        Trouble.REPAIRED_GEOMETRY: N_(
            "{count} shapes were broken (crossing lines, for example) and have been repaired."
        ),
        Trouble.GUESSED_CRS: N_(
            "The file does not say in which coordinate system its map is. From the coordinates it "
            "looks like {crs}: check the map."
        ),
        Trouble.LEADING_ZEROS: N_(
            "Numbers in {columns} begin with a zero, so they are kept as text."
        ),
        Trouble.KEPT_AS_TEXT: N_(
            "Column {column} is kept as text: what is on line {line} is no number or date, unlike "
            "the rest."
        ),
        Trouble.MORE_LAYERS: N_(
            "The file holds more than one table. “{name}” is read; the others are: {choices}."
        ),
        Trouble.TITLE_ROWS: N_(
            "Rows above the names of the columns hold a title, and are left out: {count}."
        ),
        Trouble.SAME_AS_BEFORE: N_(
            "The data is the same as in version {version}, so no new version was made."
        ),
    }
)


def finding(trouble: Trouble, **details: str | int | float) -> Finding:
    """Return the finding; ``details`` fill the blanks of its sentence."""
    severity = Severity.WARNING if trouble in WARNINGS else Severity.ERROR
    return Finding(severity, trouble.value, SENTENCES[trouble], details)
