"""What a steward publishes: datasets, their versions, their descriptions."""

from __future__ import annotations

from polderlab_catalog.application.catalogue import DatasetCard
from polderlab_catalog.web.portal import Portal
from polderlab_catalog.web.visitors import Visitor


def versions_part(portal: Portal, _visitor: Visitor, card: DatasetCard) -> dict[str, object]:
    """Return what ``dataset_versions.html`` shows."""
    return {"versions": portal.lab.catalogue.versions(card.dataset.name)}
