"""Quality checks over Parquet: each kind passes, fails and is counted; names are only names."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from polderlab_catalog.application.errors import Unavailable
from polderlab_catalog.domain.quality import Check, CheckKind
from polderlab_catalog.ingest.checking import FileChecker, check

K = CheckKind
TODAY = date(2026, 11, 22)
ODD = 'a" OR 1=1; DROP TABLE data; --'


@pytest.fixture
def file(tmp_path: Path) -> Path:
    frame = pd.DataFrame(
        {
            "id": [1, 2, 2, 3],
            "deel": [0.5, None, 7.0, -1.0],
            "soort": ["a", "b", "x", None],
            "dag": pd.to_datetime(["2026-11-01", "2026-11-20", None, None]),
            ODD: [1, 1, 1, None],
        }
    )
    frame.to_parquet(tmp_path / "t.parquet")
    return tmp_path / "t.parquet"


@pytest.mark.parametrize(
    ("declared", "failing"),
    [
        (Check(K.REQUIRED, ("id",)), 0),
        (Check(K.REQUIRED, ("id", "deel")), 1),
        (Check(K.RANGE, ("deel",), {"minimum": -1, "maximum": 7}), 0),
        (Check(K.RANGE, ("deel",), {"minimum": 0}), 1),
        (Check(K.RANGE, ("deel", "id"), {"maximum": 1}), 3),
        (Check(K.RANGE, ("dag",), {"minimum": "2026-11-10"}), 1),
        (Check(K.UNIQUE, ("id",)), 2),
        (Check(K.UNIQUE, ("id", "soort")), 0),
        (Check(K.ALLOWED, ("soort",), {"values": ("a", "b", "x")}), 0),
        (Check(K.ALLOWED, ("soort",), {"values": ("a", "b")}), 1),
        (Check(K.ALLOWED, ("id",), {"values": ("1", "2")}), 1),
        (Check(K.FRESHNESS, ("dag",), {"days": 2}), 0),
        (Check(K.FRESHNESS, ("dag",), {"days": 1}), 1),
        (Check(K.FRESHNESS, (), {"days": 30}), 0),
        (Check(K.FRESHNESS, (), {"days": 5}), 1),
        (Check(K.REQUIRED, (ODD,)), 1),
    ],
)  # fmt: skip
def test_a_check_counts_the_rows_that_fail(file: Path, declared: Check, failing: int) -> None:
    rows, (found,) = check(file, [declared], today=TODAY, published=date(2026, 11, 1))
    assert rows == 4
    assert (found.failing, found.passed, found.error) == (failing, failing == 0, "")


@pytest.mark.parametrize(
    "declared",
    [
        Check(K.REQUIRED, ("gone",)),
        Check(K.RANGE, ("soort",), {}),
        Check(K.RANGE, ("id",), {"minimum": "1); DROP TABLE data; --"}),
        Check(K.ALLOWED, ("soort",), {}),
        Check(K.FRESHNESS, ("dag",), {"days": "soon"}),
    ],
)
def test_a_check_that_cannot_be_run_fails_and_the_others_go_on(file: Path, declared: Check) -> None:
    good = Check(K.REQUIRED, ("id",))
    _, (bad, fine) = check(file, [declared, good], today=TODAY, published=TODAY)
    assert not bad.passed
    assert bad.error
    assert fine.passed


def test_a_file_that_is_gone_is_said_to_be_away(tmp_path: Path) -> None:
    with pytest.raises(Unavailable):
        FileChecker(tmp_path)("gone.parquet", [], today=TODAY, published=TODAY)
