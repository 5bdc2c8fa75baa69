"""A description is complete, short enough, and holds nothing that harms who reads it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from tests.fakes.world import DATASETS

from polderlab_catalog.domain.datasets import Classification
from polderlab_catalog.domain.texts import Text
from polderlab_catalog.policy.descriptions import mistakes

GOOD = DATASETS["growth_study"]


def test_a_good_description_has_no_mistakes() -> None:
    full = replace(
        GOOD,
        description=Text("Eerste alinea.\n\nTweede alinea.", ""),
        contact="data@kustregio.example",
        keywords=("jeugd", "gezondheid"),
        theme="HEAL",
        frequency="ANNUAL_2",
        period=(date(2026, 1, 1), date(2026, 1, 1)),
    )
    assert mistakes(full) == {}
    assert mistakes(replace(full, contact="https://kustregio.example/data", licence="")) == {}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "Growth"),
        ("title", Text()),
        ("title", Text(" ", "")),
        ("title", Text("x" * 201)),
        ("title", Text("two\nlines")),
        ("description", Text("", "\x1b[31m")),
        ("description", Text("", "x" * 4001)),
        ("steward", ""),
        ("licence", "javascript:alert(1)"),
        ("licence", "https://"),
        ("licence", "http://[broken"),
        ("licence", "data:text/html,x"),
        ("contact", "javascript:alert(1)//a@b.nl"),
        ("contact", "nobody"),
        ("contact", 'a"onmouseover=x@b.nl'),
        ("theme", "environment"),
        ("theme", "WATR"),
        ("frequency", "../ANNUAL"),
        ("frequency", "SOMETIMES"),
        ("language", "XXX"),
        ("keywords", ("x" * 61,)),
        ("keywords", ("",)),
        ("keywords", tuple(str(n) for n in range(31))),
        ("period", (date(2026, 2, 1), date(2026, 1, 1))),
        ("hvd_category", "c_ac64a52d"),
        ("hvd_category", "http://data.europa.eu/bna/c_00000000"),
        ("open_download", True),
    ],
)
def test_each_mistake_is_named_by_its_field(field: str, value: Any) -> None:
    assert list(mistakes(replace(GOOD, **{field: value}))) == [field]


def test_only_public_data_may_be_downloaded_by_everyone() -> None:
    public = replace(GOOD, classification=Classification.PUBLIC, open_download=True)
    assert mistakes(public) == {}
