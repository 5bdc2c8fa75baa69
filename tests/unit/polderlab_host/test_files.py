"""Secrets in files: read only where nobody else can."""

from __future__ import annotations

from pathlib import Path

import pytest

from polderlab_host.errors import HostError
from polderlab_host.files import read_private


def test_a_secret_is_read_without_its_lines_end(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text("s3cret word\n")
    file.chmod(0o600)
    assert read_private(file) == "s3cret word"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644])
def test_a_secret_that_others_can_read_is_refused(tmp_path: Path, mode: int) -> None:
    file = tmp_path / "password"
    file.write_text("s3cret")
    file.chmod(mode)
    with pytest.raises(HostError, match="chmod 600") as error:
        read_private(file)
    assert "s3cret" not in str(error.value)


def test_a_secret_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(HostError, match="cannot be read"):
        read_private(tmp_path / "nowhere")
