"""The quality of a dataset: its checks and their history."""

from __future__ import annotations

from polderlab_catalog.application.catalogue import DatasetCard
from polderlab_catalog.web.portal import Portal
from polderlab_catalog.web.visitors import Visitor


def quality_part(_portal: Portal, _visitor: Visitor, _card: DatasetCard) -> dict[str, object]:
    """Return what ``dataset_quality.html`` shows."""
    return {}
