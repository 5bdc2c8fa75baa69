"""What a session may publish: under which name, and how classified at least."""

from __future__ import annotations

from collections.abc import Iterable

from polderlab_catalog.domain.datasets import Classification, Dataset
from polderlab_catalog.domain.organisations import Organisation
from polderlab_catalog.domain.projects import Project
from polderlab_catalog.policy.decisions import ALLOWED, Code, Decision, refused

_STRICTNESS = (Classification.PUBLIC, Classification.INTERNAL, Classification.CONFIDENTIAL)


def strictest(datasets: Iterable[Dataset]) -> Classification:
    """Return the strictest classification among ``datasets``: public where there are none."""
    found = [dataset.classification for dataset in datasets]
    return max(found, key=_STRICTNESS.index, default=Classification.PUBLIC)


def may_publish_result(
    project: Project,
    owner: Organisation,
    name: str,
    known: Dataset | None,
    *,
    own: bool,
    wanted: Classification | None,
    sources: Iterable[Dataset],
) -> Decision:
    """Decide on publishing a result of ``project`` as ``name``.

    ``known`` is the dataset of that name, ``own`` whether this project published it before; all
    others look alike, whoever they are of. ``sources`` are what the result was made with, and
    what the project could have kept from before, except what a steward has judged for this very
    dataset already. ``wanted`` None leaves the classification to the lab.
    """
    if known is not None and not own:
        return refused(Code.NAME_NOT_YOURS, project=project.slug, dataset=name)
    sources = list(sources)
    least = strictest(sources)
    told = {
        "organisation": owner.name.in_("nl"),
        "kind": least.value,
        "sources": ", ".join(sorted(s.name for s in sources if s.classification is least)) or "–",
    }
    if known is None:
        if wanted is not None and _looser(wanted, least):
            return refused(Code.RESULT_CLASSIFIED_LOWER, **told, project=project.slug)
        return ALLOWED
    if wanted not in (None, known.classification):
        return refused(
            Code.CLASSIFICATION_BY_STEWARD, organisation=told["organisation"], dataset=name
        )
    if _looser(known.classification, least):
        return refused(Code.RESULT_TOO_CONFIDENTIAL, **told, dataset=name)
    return ALLOWED


def classification_of_new(
    wanted: Classification | None, sources: Iterable[Dataset]
) -> Classification:
    """Return how a new result is classified: as asked, else internal or what its sources are."""
    least = strictest(sources)
    return wanted or max(least, Classification.INTERNAL, key=_STRICTNESS.index)


def _looser(one: Classification, other: Classification) -> bool:
    return _STRICTNESS.index(one) < _STRICTNESS.index(other)
