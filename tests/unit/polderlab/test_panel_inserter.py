"""What the panel puts into a notebook: code in the language of its kernel, or none at all.

The panel's own script runs here under Node.js, with a JupyterLab that is only as real as the
script asks; ``tests/browser/test_panel.py`` has the real one.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

INSERTER = Path(__file__).parents[3] / "catalog" / "labextension" / "static" / "inserter.js"
SCRIPT = """
import { Inserter } from %s;
let source = '';
const cell = {
  model: { type: 'code', sharedModel: { getSource: () => source, setSource: s => (source = s) } }
};
const kernel = { info: Promise.resolve({ language_info: { name: %s } }) };
const panel = {
  id: 'p', title: { label: 'a.ipynb' }, content: { activeCell: cell, mode: 'edit' },
  sessionContext: { ready: Promise.resolve(), session: { kernel } }
};
const app = { shell: { activateById: () => {} } };
const inserter = new Inserter(app, { currentWidget: panel }, { insertBelow: () => {} });
const told = await inserter.insert('soil_survey');
console.log(JSON.stringify({ ...told, source }));
"""


def insert(language: str) -> dict[str, object]:
    """Return what the panel says, and what is in the cell then, for a kernel of ``language``."""
    node = shutil.which("node")
    assert node, "Node.js is needed: it runs the panel's own script"
    script = SCRIPT % (json.dumps(INSERTER.as_uri()), json.dumps(language))
    done = subprocess.run(
        [node, "--input-type=module", "--eval", script],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    found: dict[str, object] = json.loads(done.stdout)
    return found


def test_a_python_notebook_gets_code_that_is_python() -> None:
    told = insert("Python")
    assert told["inserted"] is True
    compile(str(told["source"]), "cell", "exec")
    assert 'polderlab.catalogue()["soil_survey"].read()' in str(told["source"])


@pytest.mark.parametrize("language", ["R", "julia", "bash"])
def test_a_notebook_of_another_language_gets_no_python_that_would_fail(language: str) -> None:
    told = insert(language)
    assert told == {
        "notebook": "a.ipynb",
        "language": language,
        "inserted": False,
        "source": "",
    }
