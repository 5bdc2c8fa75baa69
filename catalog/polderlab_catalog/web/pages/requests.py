"""Access requests: asked for on the dataset's page, decided at the steward's desk."""

from __future__ import annotations

from polderlab_catalog.application.catalogue import DatasetCard
from polderlab_catalog.web.portal import Portal
from polderlab_catalog.web.visitors import Visitor


def requests_part(_portal: Portal, _visitor: Visitor, _card: DatasetCard) -> dict[str, object]:
    """Return what ``dataset_ask.html`` shows of my requests."""
    return {}
