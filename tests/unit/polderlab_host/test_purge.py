"""Purging takes all the lab made, and nothing that others put beside it."""

from __future__ import annotations

from pathlib import Path

from polderlab_host.purge import remove_state
from polderlab_host.settings import HostSettings


def test_what_says_who_is_there_and_who_left_goes_with_the_lab(tmp_path: Path) -> None:
    archive = tmp_path / "archives" / "record" / "0-person-homes-ravi.tar.zst"
    archive.parent.mkdir(parents=True)
    archive.write_bytes(b"x")
    (tmp_path / "not-ours").write_text("stays")
    (tmp_path / "lab.yml").write_text("people: [ravi]")  # as Ansible puts it there
    remove_state(HostSettings(state=tmp_path))
    assert [path.name for path in tmp_path.iterdir()] == ["not-ours"]
