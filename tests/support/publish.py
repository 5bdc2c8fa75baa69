"""Publishes a public dataset of random numbers, large enough to time its reading.

``python -m tests.support.publish NAME ROWS`` runs as the lab's own user. Random numbers do not
compress, so twenty columns of a million rows make a file of 160 MB.
"""

from __future__ import annotations

import sys
from collections import defaultdict

import numpy as np
import pandas as pd

from polderlab_catalog.bootstrap import build
from polderlab_catalog.demo.convert import publishable
from polderlab_catalog.domain.actors import Actor
from polderlab_catalog.domain.datasets import Classification, Dataset
from polderlab_catalog.domain.texts import Text
from polderlab_catalog.settings import LabSettings

COLUMNS = 20


def main(name: str, rows: int) -> None:
    """Publish ``rows`` rows of twenty columns as dataset ``name``."""
    lab = build(LabSettings())
    numbers = np.random.default_rng(1).random((rows, COLUMNS))
    frame = pd.DataFrame(numbers, columns=[f"c{number:02}" for number in range(COLUMNS)])
    file = publishable(name, frame, defaultdict(Text), lab.settings.data_folder)
    lab.administration.register_dataset(
        Actor.lab(),
        Dataset(
            name=name,
            title=Text(nl="Willekeurige getallen", en="Random numbers"),
            description=Text(nl="Om lezen te meten.", en="To time reading."),
            organisation="waterdienst",
            steward="waterdienst-steward",
            classification=Classification.PUBLIC,
            licence="https://creativecommons.org/publicdomain/zero/1.0/",
            source="numpy.random",
        ),
    )
    lab.administration.publish_version(Actor.lab(), name, (file,))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
