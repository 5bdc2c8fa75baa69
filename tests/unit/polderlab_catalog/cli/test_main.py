"""The command where only the analyst's client is installed."""

from __future__ import annotations

import sys

import pytest

from polderlab_catalog.cli import main


def test_without_the_service_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith("polderlab_catalog.cli.")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "typer", None)
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == (
        "polderlab: the lab service is not installed here (typer is missing). "
        "Install it with: pip install 'polderlab[service]'"
    )
