"""What may be told, and given, to people who are not signed in."""

from __future__ import annotations

from datetime import date

from polderlab_catalog.domain.datasets import Classification, Dataset
from polderlab_catalog.domain.organisations import Organisation
from polderlab_catalog.policy.standing import takes_part


def may_be_listed(dataset: Dataset, *, anyone: bool) -> bool:
    """Tell whether a description may leave the lab: our own only, and to ``anyone`` only the
    public ones."""
    return not dataset.remote and (not anyone or dataset.classification is Classification.PUBLIC)


def may_be_downloaded(dataset: Dataset, owner: Organisation, today: date) -> bool:
    """Tell whether anyone may download the files: public data whose steward opened it."""
    opened = may_be_listed(dataset, anyone=True) and dataset.open_download
    return opened and bool(takes_part(owner, today))
