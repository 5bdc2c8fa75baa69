"""Look at a delimited text file: encoding, delimiter, header, decimal sign."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from charset_normalizer import from_bytes

from polderlab_catalog.ingest.trouble import Rejected
from polderlab_catalog.policy.ingests import Trouble

HEAD = 1024 * 1024
_PROBES, _PROBE = 8, 128 * 1024
_ROWS = 1000
DELIMITERS = (";", ",", "\t", "|")
ENCODINGS = {
    "utf-8": "utf-8",
    "utf-16": "utf-16",
    "windows-1252": "cp1252",
    "iso-8859-15": "iso8859_15",
    "cp850": "cp850",
    "mac-roman": "mac_roman",
}
"""What people call an encoding, and Python's name for it."""
_COMMA = re.compile(r"-?\d+,\d+|-?\d{1,3}(?:\.\d{3})+,\d+")
_POINT = re.compile(r"-?\d+\.\d+|-?\d{1,3}(?:,\d{3})+\.\d+")
_THOUSANDS = {
    ",": re.compile(r"-?\d{1,3}(?:\.\d{3})+,\d+"),
    ".": re.compile(r"-?\d{1,3}(?:,\d{3})+\.\d+"),
}
_NUMBER = re.compile(r"[-+]?[\d.,]*\d[\d.,]*|\d{1,4}[-/]\d{1,2}[-/]\d{1,4}.*")
_LEADING_ZERO = re.compile(r"0\d+")


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a text file is to be read; ``rows`` are the first records, header left out."""

    encoding: str
    delimiter: str
    decimal: str
    thousands: str
    header: bool
    names: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    zeros: tuple[str, ...]
    bytes_per_row: float

    @property
    def options(self) -> dict[str, str]:
        """The dialect as options of an ingest."""
        return {
            "encoding": self.encoding,
            "delimiter": self.delimiter,
            "decimal": self.decimal,
            "thousands": self.thousands,
            "header": "yes" if self.header else "no",
        }


def look_at(file: Path, options: Mapping[str, str]) -> Dialect:
    """Return how ``file`` is read; what ``options`` say goes before what is found."""
    head, probes = _samples(file)
    encoding = options.get("encoding") or _encoding(head, probes)
    if encoding not in ENCODINGS:
        raise Rejected(Trouble.BAD_OPTION, option="encoding", value=encoding)
    text = _decode(head, encoding, whole=file.stat().st_size <= len(head))
    delimiter = options.get("delimiter") or _delimiter(text)
    if delimiter not in DELIMITERS:
        raise Rejected(Trouble.BAD_OPTION, option="delimiter", value=delimiter)
    records = _records(text, delimiter)
    if not records:
        raise Rejected(Trouble.EMPTY_FILE)
    header = options["header"] == "yes" if "header" in options else _has_header(records)
    rows = records[1:] if header else records
    more = [
        record
        for probe in probes
        for record in _records(_decode(_whole_lines(probe), encoding, whole=False), delimiter)
        if len(record) == len(records[0])
    ]
    fields = [field.strip() for row in (*rows, *more) for field in row]
    decimal = options.get("decimal") or _decimal(fields, delimiter)
    if decimal not in (",", ".") or decimal == delimiter:
        raise Rejected(Trouble.BAD_OPTION, option="decimal", value=decimal)
    thousands = options.get("thousands", _thousands(fields, decimal, delimiter))
    if thousands not in ("", ".", ",") or thousands == decimal:
        raise Rejected(Trouble.BAD_OPTION, option="thousands", value=thousands)
    names = records[0] if header else tuple(f"column_{i + 1}" for i in range(len(records[0])))
    return Dialect(
        encoding=encoding,
        delimiter=delimiter,
        decimal=decimal,
        thousands=thousands,
        header=header,
        names=names,
        rows=tuple(rows[:_ROWS]),
        zeros=_zeros(names, [*rows, *more]),
        bytes_per_row=max(1.0, len(text) / max(1, text.count("\n"))),
    )


def transcode(source: Path, target: Path, encoding: str) -> int:
    """Write ``source`` as UTF-8 to ``target``, streaming; return how many lines did not fit.

    Read as ``utf-8``, lines that are not are taken to be Windows-1252, as files pasted together
    from two sources are. Undefined bytes become the replacement character.
    """
    odd = 0
    with source.open("rb") as read, target.open("wb") as write:
        if encoding == "utf-8":
            for line in read:
                try:
                    line.decode("utf-8")
                    write.write(line)
                except UnicodeDecodeError:
                    odd += 1
                    write.write(line.decode("cp1252", errors="replace").encode())
            return odd
        decoder = codecs.getincrementaldecoder(ENCODINGS[encoding])(errors="replace")
        while piece := read.read(HEAD):
            write.write(decoder.decode(piece).encode())
        write.write(decoder.decode(b"", final=True).encode())
    return odd


def _samples(file: Path) -> tuple[bytes, list[bytes]]:
    size = file.stat().st_size
    with file.open("rb") as stream:
        head = stream.read(HEAD)
        probes = []
        if size > HEAD + _PROBES * _PROBE:
            for number in range(1, _PROBES + 1):
                stream.seek(HEAD + (size - HEAD - _PROBE) * number // _PROBES)
                probes.append(stream.read(_PROBE))
    return head, probes


def _whole_lines(sample: bytes) -> bytes:
    first, last = sample.find(b"\n"), sample.rfind(b"\n")
    return sample[first + 1 : last + 1]


def _encoding(head: bytes, probes: list[bytes]) -> str:
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    odd: list[bytes] = []
    even = False
    for sample in (head[: head.rfind(b"\n") + 1] or head, *map(_whole_lines, probes)):
        for line in sample.splitlines():
            try:
                line.decode("utf-8")
                even = even or not line.isascii()
            except UnicodeDecodeError:
                odd.append(line)
    # Some of each: UTF-8 with strange lines in it, which are dealt with one by one.
    if not odd or even:
        return "utf-8"
    likely = from_bytes(b"\n".join(odd[:500]), cp_isolation=["cp1252", "cp850", "mac_roman"]).best()
    named = {python: name for name, python in ENCODINGS.items()}
    return named.get(likely.encoding, "windows-1252") if likely else "windows-1252"


def _decode(sample: bytes, encoding: str, *, whole: bool) -> str:
    decoder = codecs.getincrementaldecoder(ENCODINGS[encoding])(errors="replace")
    text = decoder.decode(sample).removeprefix("\ufeff")
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text if whole or "\n" not in text else text[: text.rfind("\n") + 1]


def _records(text: str, delimiter: str) -> list[tuple[str, ...]]:
    reader = csv.reader(io.StringIO(text), delimiter=delimiter)
    records: list[tuple[str, ...]] = []
    try:
        for record in reader:
            if record:
                records.append(tuple(record))
            if len(records) > _ROWS:
                break
    except csv.Error:
        pass  # a field as long as the sample: what came before will do
    return records


def _delimiter(text: str) -> str:
    """Return the delimiter by which the records fall apart most evenly."""

    def score(delimiter: str) -> tuple[float, int]:
        records = _records(text, delimiter)
        fields, often = Counter(map(len, records)).most_common(1)[0] if records else (1, 0)
        if fields == 1:
            return 0.0, 0
        same_as_first = len(records[0]) == fields
        return often / len(records) * (1.0 if same_as_first else 0.5), fields

    best = max(DELIMITERS, key=score)
    return best if score(best)[1] else ","


def _has_header(records: list[tuple[str, ...]]) -> bool:
    first = [field.strip() for field in records[0]]
    named = [field for field in first if field]
    return bool(named) and not any(_NUMBER.fullmatch(field) for field in named)


def _decimal(fields: list[str], delimiter: str) -> str:
    if delimiter == ",":
        return "."
    commas = sum(bool(_COMMA.fullmatch(field)) for field in fields)
    return "," if commas > sum(bool(_POINT.fullmatch(field)) for field in fields) else "."


def _thousands(fields: list[str], decimal: str, delimiter: str) -> str:
    sign = "." if decimal == "," else ","
    if sign == delimiter:
        return ""
    return sign if any(_THOUSANDS[decimal].fullmatch(field) for field in fields) else ""


def _zeros(names: tuple[str, ...], rows: list[tuple[str, ...]]) -> tuple[str, ...]:
    """Return the columns with numbers such as 0344: codes, whose zero means something."""
    return tuple(
        name
        for index, name in enumerate(names)
        if any(len(row) > index and _LEADING_ZERO.fullmatch(row[index].strip()) for row in rows)
    )
