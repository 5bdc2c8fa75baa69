"""Columns as they are stored, also by versions of the lab that knew less."""

from __future__ import annotations

from polderlab_catalog.domain.datasets import Profile
from polderlab_catalog.storage.distributions import columns_of


def test_profiles_of_before_there_were_bins_are_read() -> None:
    old = {"nulls": 1, "distinct": 2, "minimum": "3", "maximum": "4", "top": [["3", 5]]}
    bare, counted = columns_of([["a", "double", "", ""], ["b", "double", "", "", old]])
    assert bare.profile is None
    assert counted.profile == Profile(1, 2, "3", "4", (("3", 5),), ())
    (new,) = columns_of([["b", "double", "", "", {**old, "bins": [1, 0, 7]}]])
    assert new.profile == Profile(1, 2, "3", "4", (("3", 5),), (1, 0, 7))
