"""What commands print of texts that others wrote."""

from __future__ import annotations

import pytest

from polderlab_catalog.cli.output import show


def test_a_title_cannot_command_the_operators_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    """Descriptions come from other organisations, and from other catalogues altogether."""
    title = "Soil\x1b]0;owned\x07\x1b[2J\nsecond line"
    show([{"name": "soil", "title": title}], as_json=False, empty="")
    told = capsys.readouterr().out
    assert "\x1b" not in told
    assert "\x07" not in told
    assert len(told.splitlines()) == 2
    assert "Soil" in told
    show([{"name": "soil", "title": title}], as_json=True, empty="")
    assert "\x1b" not in capsys.readouterr().out
