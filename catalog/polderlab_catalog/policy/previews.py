"""Which values of a dataset a page may show, and to whom.

Everyone in the lab sees what a dataset is: its columns, their types, how many values are missing.
Values themselves (the profile, sample rows, shapes on the map) are data.
"""

from __future__ import annotations

from collections.abc import Iterable

from polderlab_catalog.domain.datasets import Classification, Dataset
from polderlab_catalog.domain.scopes import WHOLE, Scope


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
