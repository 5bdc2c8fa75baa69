"""The tutorials run as they are, in the session of somebody who just started one."""

from __future__ import annotations

import nbformat
import pytest
from tests.support.lab import Lab

from polderlab_host.settings import REPOSITORY

TUTORIALS = sorted((REPOSITORY / "notebooks/tutorials").glob("*.ipynb"))


@pytest.mark.parametrize("path", TUTORIALS, ids=lambda path: path.stem)
@pytest.mark.parametrize(
    ("username", "project"),
    [("rivierstad-analyst", "river-access"), ("kustregio-analyst", "youth-health")],
)
def test_a_tutorial_runs_from_top_to_bottom(
    lab: Lab, path: object, username: str, project: str
) -> None:
    if not lab.ready(username, project):
        lab.start(username, project)
    with lab.kernel(username, project) as kernel:
        # What the analyst finds at home, not what lies in the repository.
        found = kernel.api("GET", f"contents/tutorials/{path.name}").json()["content"]  # type: ignore[attr-defined]
        notebook = nbformat.from_dict(found)
        cells = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
        results = [kernel.run(source) for source in cells]

    errors = [result.error for result in results if result.error]
    printed = "".join(result.stdout for result in results)
    assert errors == []
    assert any(result.images for result in results), "there is no plot"
    refused = any(word in printed for word in ("Refused: ", "Geweigerd: "))
    assert refused == (project == "river-access"), printed
    assert ("growth_study, 10030" in printed) == (project == "youth-health"), printed


def test_the_tutorials_are_there() -> None:
    assert [path.name for path in TUTORIALS] == ["01-eerste-stappen.ipynb", "01-first-steps.ipynb"]
