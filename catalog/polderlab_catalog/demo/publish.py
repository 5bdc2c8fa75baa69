"""Publish the demo's datasets: read from their packages, written to the data folder."""

from __future__ import annotations

from polderlab_catalog.bootstrap import Lab
from polderlab_catalog.demo.convert import publishable
from polderlab_catalog.demo.datasets import DATASETS
from polderlab_catalog.demo.fetch import Progress, Sources
from polderlab_catalog.demo.read import READERS
from polderlab_catalog.domain.actors import Actor
from polderlab_catalog.domain.datasets import Classification


def publish(lab: Lab, actor: Actor, sources: Sources, progress: Progress) -> None:
    """Describe every dataset and publish its file; what is published already stays as it is."""
    for demo in DATASETS:
        name = demo.dataset.name
        frame = READERS[name](sources)
        progress(f"Publishing {name} ({len(frame):,} rows)")
        lab.administration.register_dataset(actor, demo.dataset)
        values = demo.dataset.classification is not Classification.CONFIDENTIAL
        file = publishable(name, frame, demo.columns, lab.settings.data_folder, values=values)
        lab.administration.publish_version(actor, name, (file,))
