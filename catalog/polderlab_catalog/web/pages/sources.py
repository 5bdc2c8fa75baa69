"""Live sources: data that is consulted where it is."""

from __future__ import annotations

from polderlab_catalog.application.catalogue import DatasetCard
from polderlab_catalog.web.portal import Portal
from polderlab_catalog.web.visitors import Visitor


def source_part(_portal: Portal, _visitor: Visitor, _card: DatasetCard) -> dict[str, object]:
    """Return what ``dataset_source.html`` shows."""
    return {}
