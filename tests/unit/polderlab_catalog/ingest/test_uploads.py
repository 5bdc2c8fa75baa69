"""Files come in under names nobody chose, and the inbox gives plain files of its own only."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from polderlab_catalog.application.errors import NotFound, Refused, Unavailable
from polderlab_catalog.ingest.uploads import Received, Uploads
from polderlab_catalog.policy.decisions import Code


@pytest.fixture
def uploads(tmp_path: Path) -> Uploads:
    (tmp_path / "inbox" / "rivierstad").mkdir(parents=True)
    (tmp_path / "inbox" / "kustregio").mkdir()
    (tmp_path / "inbox" / "kustregio" / "theirs.csv").write_text("a\n1\n")
    return Uploads(tmp_path / "uploads", tmp_path / "inbox", largest=1000)


def kept(uploads: Uploads) -> list[str]:
    folder = uploads._folder
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def test_what_comes_in_is_kept_under_a_random_name(uploads: Uploads) -> None:
    with uploads.begin() as upload:
        upload.write(b"a;b\n")
        upload.write(b"1;2\n")
    received = upload.received
    assert (received.bytes, kept(uploads)) == (8, [received.path])
    path = uploads._folder / received.path
    assert path.read_bytes() == b"a;b\n1;2\n"
    assert path.stat().st_mode & 0o777 == 0o600
    uploads.discard(received)
    assert kept(uploads) == []


def test_a_file_that_grows_too_large_is_refused_and_leaves_nothing(uploads: Uploads) -> None:
    def receive() -> None:
        with uploads.begin() as upload:
            upload.write(b"x" * 1000)
            assert len(kept(uploads)) == 1
            upload.write(b"x")

    with pytest.raises(Refused) as refusal:
        receive()
    assert refusal.value.decision.code is Code.FILE_TOO_LARGE
    assert kept(uploads) == []


def test_a_folder_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "uploads").write_text("in the way")
    with pytest.raises(Unavailable), Uploads(tmp_path / "uploads", tmp_path, 10).begin():
        pass


def test_discarding_never_leaves_the_folder(uploads: Uploads, tmp_path: Path) -> None:
    uploads.discard(Received("../inbox/kustregio/theirs.csv", 4))
    assert (tmp_path / "inbox" / "kustregio" / "theirs.csv").exists()


def test_the_inbox_gives_the_files_of_its_organisation(uploads: Uploads, tmp_path: Path) -> None:
    (tmp_path / "inbox" / "rivierstad" / "wijken 2026.csv").write_text("a;b\n")
    assert [(each.name, each.bytes) for each in uploads.waiting("rivierstad")] == [
        ("wijken 2026.csv", 4)
    ]
    received = uploads.take("rivierstad", "wijken 2026.csv")
    assert (uploads._folder / received.path).read_text() == "a;b\n"
    with pytest.raises(NotFound):
        uploads.take("rivierstad", "theirs.csv")


@pytest.mark.parametrize(
    "name",
    ["../kustregio/theirs.csv", "link", "pipe", "folder", ".hidden", "", ".", "..", "a\0b", "x\n"],
)
def test_the_inbox_gives_no_links_folders_pipes_or_paths(
    uploads: Uploads, tmp_path: Path, name: str
) -> None:
    mine = tmp_path / "inbox" / "rivierstad"
    (mine / "link").symlink_to(tmp_path / "inbox" / "kustregio" / "theirs.csv")
    (mine / "folder").mkdir()
    (mine / ".hidden").write_text("a\n")
    os.mkfifo(mine / "pipe")
    assert uploads.waiting("rivierstad") == []
    with pytest.raises(NotFound):
        uploads.take("rivierstad", name)


@pytest.mark.parametrize("organisation", ["../inbox/kustregio", "", "linked", "nobody", "."])
def test_the_inbox_has_a_folder_per_organisation_and_no_other(
    uploads: Uploads, tmp_path: Path, organisation: str
) -> None:
    (tmp_path / "inbox" / "linked").symlink_to(tmp_path / "inbox" / "kustregio")
    with pytest.raises(NotFound):
        uploads.take(organisation, "theirs.csv")
    assert uploads.take("kustregio", "theirs.csv").bytes == 4
