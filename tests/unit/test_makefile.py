"""`make test` leaves no folder of tests out."""

from __future__ import annotations

import re
import tomllib

from polderlab_host.settings import REPOSITORY


def test_all_tests_are_run_once_with_or_without_a_lab() -> None:
    makefile = (REPOSITORY / "Makefile").read_text()
    run = re.findall(r"^ON_(?:NO|THE)_LAB = (.*)", makefile, re.MULTILINE)
    assert len(run) == 2
    settings = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())
    known = settings["tool"]["pytest"]["ini_options"]["testpaths"]
    assert sorted(" ".join(run).split()) == sorted(known)
