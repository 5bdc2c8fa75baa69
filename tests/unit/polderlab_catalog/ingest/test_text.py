"""What is written as delimited text is read back, however it was written."""

from __future__ import annotations

import csv
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from polderlab_catalog.ingest.text import ENCODINGS, look_at

WORDS = st.sampled_from(["Súdwest", "café", "naam", "ééntje", "x y", "a; b", "p, q", 'zei "ja"'])
NUMBERS = st.floats(-1e6, 1e6).map(lambda number: round(number, 2))


@settings(max_examples=60, deadline=None)
@given(
    rows=st.lists(st.tuples(WORDS, NUMBERS, WORDS, NUMBERS), min_size=5, max_size=30),
    delimiter=st.sampled_from([";", "\t", "|"]),
    decimal=st.sampled_from([",", "."]),
    encoding=st.sampled_from(["utf-8", "windows-1252", "utf-16"]),
    header=st.booleans(),
)
def test_what_was_written_is_found(
    rows: list[tuple[str, float, str, float]],
    delimiter: str,
    decimal: str,
    encoding: str,
    header: bool,
) -> None:
    names = ["naam", "lengte", "plaats", "gewicht"]
    body = [
        [a, f"{x:.2f}".replace(".", decimal), b, f"{y:.2f}".replace(".", decimal)]
        for a, x, b, y in rows
    ]
    with TemporaryDirectory() as folder:
        file = Path(folder) / "t.csv"
        with file.open("w", encoding=ENCODINGS[encoding], newline="") as stream:
            csv.writer(stream, delimiter=delimiter).writerows([names] * header + body)
        found = look_at(file, {})
    assert (found.delimiter, found.decimal, found.header) == (delimiter, decimal, header)
    assert [list(row) for row in found.rows] == body
    if header:
        assert list(found.names) == names
