"""A dataset's columns as its page shows them."""

from __future__ import annotations

from datetime import UTC

import pytest

from polderlab_catalog.domain.datasets import Column, Distribution, Profile
from polderlab_catalog.domain.scopes import Scope
from polderlab_catalog.web.languages import Speech
from polderlab_catalog.web.profiles import columns


@pytest.mark.parametrize(
    ("bins", "said"), [((0,) * 16, False), ((), False), ((1, *[0] * 14, 3), True)]
)
def test_where_the_crowd_is_is_told_only_of_rows_that_were_counted(
    bins: tuple[int, ...], said: bool
) -> None:
    profile = Profile(98, 2, minimum="0.5", maximum="16.5", bins=bins)
    column = Column("depth", "double", profile=profile)
    file = Distribution("data.parquet", "", "", 1, "", rows=100, columns=(column,))
    (view,) = columns(file, Scope(), Speech("en", UTC))
    assert (view.least, view.most) == ("0.5", "16.5")
    assert ("75" in view.crowd, bool(view.bars)) == (said, said)
