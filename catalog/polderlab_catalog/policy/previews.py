"""Which values of a dataset a page may show, and to whom.

Everyone in the lab sees what a dataset is: its columns, their types, how many values are missing.
Values themselves (the profile, sample rows, shapes on the map) are data. It is decided when a page
is shown, by the classification of that moment: how a version was published does not matter.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

from polderlab_catalog.domain.datasets import Classification, Dataset
from polderlab_catalog.domain.scopes import WHOLE, Scope

Box = tuple[float, float, float, float]
"""West, south, east, north, in degrees."""


def shown(dataset: Dataset, scopes: Iterable[Scope]) -> Scope | None:
    """Return the part of ``dataset`` whose values a page may show; None for none of it.

    ``scopes`` are the parts the viewer's projects may work with now. Public: everything, to
    everyone. Internal: what one of them may read, as long as that is not narrowed by row, for the
    profile counted every row. Confidential: nothing, to nobody: that is read in a session.
    """
    if dataset.remote or dataset.classification is Classification.CONFIDENTIAL:
        return None
    if dataset.classification is Classification.PUBLIC:
        return WHOLE
    whole_rows = [scope for scope in scopes if not scope.rows]
    return max(whole_rows, key=lambda each: (each.whole, len(each.columns)), default=None)


def counts_shown(dataset: Dataset, *, steward: bool) -> bool:
    """Tell whether a page may say how many rows fail a quality check.

    Who may declare checks can count with them; of confidential data only its stewards do.
    """
    return steward or dataset.classification is not Classification.CONFIDENTIAL


def extent_shown(dataset: Dataset, box: Box | None) -> Box | None:
    """Return as much as may be told of where the data lies.

    The edges of an exact box are places in the data, so of confidential data they are moved
    outwards to a tenth of a degree: some ten kilometres.
    """
    if box is None or dataset.classification is not Classification.CONFIDENTIAL:
        return box
    west, south, east, north = box
    return (
        math.floor(west * 10) / 10,
        math.floor(south * 10) / 10,
        math.ceil(east * 10) / 10,
        math.ceil(north * 10) / 10,
    )
