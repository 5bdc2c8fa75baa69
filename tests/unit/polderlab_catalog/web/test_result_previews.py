"""What a page shows of files that anybody in a project may have made."""

from __future__ import annotations

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polderlab_catalog.web.result_previews import (
    CELLS,
    LINES,
    ROWS,
    Preview,
    can_show,
    picture_type,
    preview,
)
from polderlab_catalog.web.results import disposition

NAMES = [b"a.txt", b"a.csv", b"a.tsv", b"a.ipynb", b"a.json", b"a.PY"]


def texts(shown: Preview) -> list[str]:
    cells = [text for cell in shown.cells for text in (cell.source, cell.output)]
    return [shown.text, *shown.columns, *(value for row in shown.rows for value in row), *cells]


@given(st.sampled_from(NAMES), st.binary(max_size=2000), st.booleans())
def test_whatever_a_file_holds_nothing_breaks_and_no_sign_steers(
    name: bytes, content: bytes, whole: bool
) -> None:
    shown = preview(name, content, whole=whole)
    for text in texts(shown) if shown else []:
        assert not [
            each
            for each in text
            if each not in "\n\t" and unicodedata.category(each) in ("Cc", "Cf", "Cs")
        ]
        text.encode()


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["cells", "cell_type", "source", "outputs", "data", "text"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


@given(json_values)
def test_whatever_calls_itself_a_notebook_is_shown_or_not(value: object) -> None:
    for content in (value, {"cells": value}, {"cells": [value]}, {"cells": [{"source": value}]}):
        preview(b"n.ipynb", json.dumps(content).encode(), whole=True)


@pytest.mark.parametrize(
    "content",
    [b"[" * 100_000, b'{"cells": ' + b"1" * 50_000 + b"}", b'"' * 120_000, b"a;b\n" + b'"' * 99],
)
def test_files_made_to_break_a_reader_are_not_shown_or_shown_as_text(content: bytes) -> None:
    assert preview(b"n.ipynb", content, whole=True) is None
    shown = preview(b"t.csv", content, whole=True)
    assert shown is None or isinstance(shown, Preview)


def test_the_beginning_is_told_from_the_whole() -> None:
    lines = b"".join(b"line %d\n" % n for n in range(20))
    whole, part = preview(b"a.txt", lines, whole=True), preview(b"a.txt", lines[:-3], whole=False)
    assert whole is not None
    assert part is not None
    assert (whole.cut, part.cut) == (False, True)
    assert part.text.endswith("line 18"), "half a line is not shown"
    long = preview(b"a.txt", b"x\n" * (LINES + 5), whole=True)
    assert long is not None
    assert long.cut
    assert long.text.count("x") == LINES


@pytest.mark.parametrize("sign", [",", ";", "\t", "|"])
def test_a_table_is_parted_at_its_own_sign(sign: str) -> None:
    rows = [["plaats", "hoogte"], *([f"p{n}", str(n)] for n in range(ROWS + 10))]
    shown = preview(b"a.csv", "\r\n".join(sign.join(r) for r in rows).encode(), whole=True)
    assert shown is not None
    assert shown.columns == ("plaats", "hoogte")
    assert len(shown.rows) == ROWS
    assert shown.rows[1] == ("p1", "1")
    assert shown.cut


def test_rows_that_are_too_short_or_too_long_fit_their_heads() -> None:
    shown = preview(b"a.csv", b"a,b\n1\n1,2,3\n\n4,5\n", whole=True)
    assert shown is not None
    assert shown.rows == (("1", ""), ("1", "2"), ("4", "5"))
    assert shown.cut


def test_of_a_long_notebook_the_first_cells_are_shown() -> None:
    cells = [{"cell_type": "code", "source": f"{n}"} for n in range(CELLS + 1)]
    shown = preview(b"n.ipynb", json.dumps({"cells": cells}).encode(), whole=True)
    assert shown is not None
    assert len(shown.cells) == CELLS
    assert shown.cut
    assert preview(b"n.ipynb", json.dumps({"cells": cells}).encode(), whole=False) is None


@pytest.mark.parametrize("name", [b"a.html", b"a.svg", b"a.xml", b"a", b"a.pdf", b".txt.exe"])
def test_what_a_browser_could_run_is_never_shown(name: bytes) -> None:
    assert not can_show(name)
    assert preview(name, b"<p>text</p>", whole=True) is None
    assert can_show(b"a.txt")


@pytest.mark.parametrize(
    "head", [b"", b"<svg/>", b"<html>", b"BM", b"\x89PNG", b"RIFF0000WAVE", b"%PDF-1.7"]
)
def test_only_pictures_are_pictures(head: bytes) -> None:
    assert picture_type(head) is None
    assert picture_type(b"\x89PNG\r\n\x1a\n...") == "image/png"


@given(st.binary(min_size=1, max_size=255))
def test_a_name_breaks_no_header(name: bytes) -> None:
    header = disposition("attachment", name)
    assert header.isascii()
    assert header.isprintable()
    plain = header.partition('filename="')[2].partition('"')[0]
    assert plain
    assert not set(plain) & set('\\/:*?"<>|%;')
    assert header.count('"') == 2
    assert header.startswith("attachment; ")
