from __future__ import annotations

import ast
from pathlib import Path

import nbformat
import pytest

TUTORIALS = sorted((Path(__file__).parents[3] / "notebooks" / "tutorials").glob("*.ipynb"))


def code(path: Path) -> list[str]:
    return [cell.source for cell in nbformat.read(path, 4).cells if cell.cell_type == "code"]


def test_the_first_tutorial_is_there_in_both_languages() -> None:
    names = [path.name for path in TUTORIALS]
    assert names == ["01-eerste-stappen.ipynb", "01-first-steps.ipynb"]


@pytest.mark.parametrize("path", TUTORIALS, ids=lambda path: path.name)
def test_a_tutorial_is_a_valid_notebook_stored_without_output(path: Path) -> None:
    notebook = nbformat.read(path, 4)
    nbformat.validate(notebook)
    for cell in notebook.cells:
        assert not cell.get("outputs")
        assert cell.get("execution_count") is None


@pytest.mark.parametrize("path", TUTORIALS, ids=lambda path: path.name)
def test_a_tutorial_fetches_nothing_from_the_internet(path: Path) -> None:
    strings = [
        node.value
        for source in code(path)
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
    assert not [text for text in strings if "http://" in text or "https://" in text]


def test_both_languages_take_the_same_steps() -> None:
    """The code is the same but for what it says: strings, and how Dutch writes a number."""

    def steps(path: Path) -> list[list[str]]:
        return [[type(node).__name__ for node in ast.parse(source).body] for source in code(path)]

    assert steps(TUTORIALS[0]) == steps(TUTORIALS[1])
