"""Who may follow a file on its way in, and who sees what is in it."""

from __future__ import annotations

from datetime import date

from polderlab_catalog.domain.actors import Actor
from polderlab_catalog.domain.datasets import Classification, Dataset
from polderlab_catalog.domain.ingests import Ingest, IngestState
from polderlab_catalog.domain.organisations import Organisation
from polderlab_catalog.policy.grants import is_steward
from polderlab_catalog.policy.publishing import may_publish


def may_follow(
    actor: Actor, ingest: Ingest, dataset: Dataset, owner: Organisation, today: date
) -> bool:
    """Tell whether ``actor`` may see and steer the ingest: whoever handed the file in, and
    whoever may publish the dataset."""
    return ingest.actor == actor.name or bool(may_publish(actor, dataset, owner, today))


def may_see_rows(
    actor: Actor, ingest: Ingest, dataset: Dataset, owner: Organisation, today: date
) -> bool:
    """Tell whether ``actor`` may see rows of the file: whoever handed it in, and stewards, and
    only while it waits for them.

    A lab administrator helps with anybody's file, without seeing what is in it.
    """
    if ingest.state is not IngestState.DETECTED:
        return False
    return ingest.actor == actor.name or bool(is_steward(actor, dataset, owner, today))


def keeps_values(dataset: Dataset) -> bool:
    """Tell whether a profile of ``dataset`` may hold values: never of confidential data."""
    return dataset.classification is not Classification.CONFIDENTIAL
