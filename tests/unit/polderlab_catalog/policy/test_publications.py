"""Under which name and classification a result is published."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from tests.fakes.world import DATASETS, ORGANISATIONS, PROJECTS

from polderlab_catalog.domain.datasets import Classification, Dataset
from polderlab_catalog.policy.decisions import Code, Decision
from polderlab_catalog.policy.publications import (
    classification_of_new,
    may_publish_result,
    strictest,
)

ORDER = list(Classification)
PROJECT = PROJECTS["river-access"]
classifications = st.sampled_from(ORDER)
sources = st.lists(
    classifications.map(lambda each: replace(DATASETS["soil_survey"], classification=each)),
    max_size=4,
)


def decide(
    known: Dataset | None, wanted: Classification | None, of: list[Dataset], *, own: bool = True
) -> Decision:
    owner = ORGANISATIONS["rivierstad"]
    return may_publish_result(PROJECT, owner, "a_result", known, own=own, wanted=wanted, sources=of)


@given(wanted=st.none() | classifications, of=sources)
def test_what_is_new_is_never_looser_than_what_it_was_made_with(
    wanted: Classification | None, of: list[Dataset]
) -> None:
    if decide(None, wanted, of):
        made = classification_of_new(wanted, of)
        assert ORDER.index(made) >= ORDER.index(strictest(of))


@given(is_=classifications, wanted=st.none() | classifications, of=sources)
def test_what_exists_takes_in_nothing_stricter_than_itself(
    is_: Classification, wanted: Classification | None, of: list[Dataset]
) -> None:
    known = replace(DATASETS["soil_survey"], classification=is_)
    if decide(known, wanted, of):
        assert ORDER.index(is_) >= ORDER.index(strictest(of))
        assert wanted in (None, is_)


@given(wanted=st.none() | classifications, of=sources)
def test_the_names_of_others_look_alike_whatever_is_asked(
    wanted: Classification | None, of: list[Dataset]
) -> None:
    told = {decide(each, wanted, of, own=False).message for each in DATASETS.values()}
    assert told == {decide(DATASETS["growth_study"], None, [], own=False).message}
    assert decide(DATASETS["growth_study"], wanted, of, own=False).code is Code.NAME_NOT_YOURS


def test_left_out_it_is_internal_at_least() -> None:
    public = DATASETS["water_bodies"]
    assert classification_of_new(None, []) is Classification.INTERNAL
    assert classification_of_new(None, [public]) is Classification.INTERNAL
    assert classification_of_new(Classification.PUBLIC, [public]) is Classification.PUBLIC
    secret = DATASETS["growth_study"]
    assert classification_of_new(None, [public, secret]) is Classification.CONFIDENTIAL
