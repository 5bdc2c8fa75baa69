"""What the hub tells of projects' folders, whatever their members put there; real folders."""

from __future__ import annotations

import os
import socket
from contextlib import suppress
from itertools import chain
from pathlib import Path
from urllib.parse import quote, unquote_to_bytes

import pytest

from polderlab_disk.names import StorageError
from polderlab_disk.volumes import PlainVolumes
from polderlab_hub import results
from polderlab_hub.results import Results

PROJECT = "river-access"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "projects" / PROJECT
    made.mkdir(parents=True)
    return made


@pytest.fixture
def shown(tmp_path: Path) -> Results:
    return Results(PlainVolumes(tmp_path))


def names(shown: Results, path: bytes = b"", page: int = 1) -> list[bytes]:
    return [unquote_to_bytes(each.name) for each in shown.look(PROJECT, path, page).items]


def content(shown: Results, path: bytes) -> bytes:
    file = shown.open(PROJECT, path)
    with os.fdopen(file.descriptor, "rb") as stream:
        return stream.read()


def absent(shown: Results, path: bytes) -> bool:
    """Tell whether there is nothing to read there; nothing may be left open either."""
    before = len(list(Path("/proc/self/fd").iterdir()))
    try:
        content(shown, path)
    except (FileNotFoundError, NotADirectoryError):
        assert len(list(Path("/proc/self/fd").iterdir())) == before
        return True
    return False


def test_folders_come_first_then_files_by_name(shown: Results, folder: Path) -> None:
    for name in ("b.txt", "A.txt", "c.txt"):
        (folder / name).write_text(name)
    (folder / "maps" / "2026").mkdir(parents=True)
    (folder / "maps" / "2026" / "dike.png").write_bytes(b"1234")
    assert names(shown) == [b"maps", b"A.txt", b"b.txt", b"c.txt"]
    (dike,) = shown.look(PROJECT, b"maps/2026", 1).items
    assert (dike.kind, dike.bytes) == ("file", 4)
    assert content(shown, b"maps/2026/dike.png") == b"1234"


def test_a_project_in_which_nobody_ever_worked_has_an_empty_folder(shown: Results) -> None:
    assert shown.look(PROJECT, b"", 1).items == []
    with pytest.raises(FileNotFoundError):
        shown.look(PROJECT, b"maps", 1)


@pytest.mark.parametrize("slug", ["..", "river/../..", "Homes", "", "a" * 41, "river-access/maps"])
def test_nothing_but_a_projects_folder_is_opened(shown: Results, folder: Path, slug: str) -> None:
    (folder / "here.txt").write_text("here")
    for ask in (lambda: shown.look(slug, b"", 1), lambda: shown.open(slug, b"here.txt")):
        with pytest.raises(StorageError):
            ask()
    assert names(shown) == [b"here.txt"]


@pytest.mark.parametrize(
    "path",
    [
        b"..",
        b"../kustregio/secret.txt",
        b"maps/../../youth-health/secret.txt",
        b"maps/..",
        b"./here.txt",
        b"/here.txt",
        b"here.txt/",
        b"maps//here.txt",
        b"here.txt\0",
        b"\0",
        b"x" * 256,
        b"/".join([b"a"] * 33),
        b"here.txt/more",
        b"maps",
    ],
)
def test_no_path_leaves_the_folder(shown: Results, folder: Path, path: bytes) -> None:
    other = folder.parent / "youth-health"
    other.mkdir()
    (other / "secret.txt").write_text("secret")
    (folder / "maps").mkdir()
    (folder / "here.txt").write_text("here")
    assert absent(shown, path)
    assert content(shown, b"here.txt") == b"here"


def test_no_link_is_followed_at_its_end_or_on_the_way(
    shown: Results, folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "key").write_text("secret")
    (folder / "file").symlink_to(tmp_path / "secrets" / "key")
    (folder / "folder").symlink_to(tmp_path / "secrets")
    (folder / "root").symlink_to("/")
    (folder / "loop").symlink_to("loop")
    (folder / "plain").mkdir()
    (folder / "plain" / "key").write_text("theirs to see")
    for path in (b"file", b"folder/key", b"root/etc/passwd", b"loop", b"loop/x"):
        assert absent(shown, path), path
    with pytest.raises(FileNotFoundError):
        shown.look(PROJECT, b"folder", 1)
    kinds = {each.name: each.kind for each in shown.look(PROJECT, b"", 1).items}
    assert kinds == dict.fromkeys(("file", "folder", "root", "loop"), "other") | {"plain": "folder"}
    assert content(shown, b"plain/key") == b"theirs to see"


def test_pipes_sockets_and_devices_are_named_and_never_opened(
    shown: Results, folder: Path, tmp_path: Path
) -> None:
    os.mkfifo(folder / "pipe")
    os.mknod(folder / "zero", 0o600 | 0o020000, os.makedev(1, 5))
    (tmp_path / "s").symlink_to(folder)  # a socket's address is short
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "s" / "ear"))
        for name in (b"pipe", b"zero", b"ear"):
            assert absent(shown, name), name
        assert {each.kind for each in shown.look(PROJECT, b"", 1).items} == {"other"}
    # Whoever waits at the pipe was not woken: nobody has opened its other end.
    with pytest.raises(OSError, match="No such device or address"):
        os.open(folder / "pipe", os.O_WRONLY | os.O_NONBLOCK)


def test_what_programs_keep_for_themselves_is_not_told(shown: Results, folder: Path) -> None:
    (folder / ".git").mkdir()
    (folder / ".git" / "config").write_text("token")
    (folder / ".env").write_text("password")
    (folder / "report.txt").write_text("report")
    assert names(shown) == [b"report.txt"]
    assert absent(shown, b".env")
    assert absent(shown, b".git/config")
    with pytest.raises(FileNotFoundError):
        shown.look(PROJECT, b".git", 1)


@pytest.mark.parametrize(
    "name",
    [
        b"line\nend\r\n",
        "‮gpj.exe".encode(),
        b"\xff\xfe not utf-8",
        b"\x1b[31mred",
        b"<img src=x onerror=alert(1)>",
        b"%2e%2e",
        b"a" * 255,
        b"&path=x#y?z",
        b"\\..\\windows",
    ],
)
def test_people_may_call_their_files_anything(shown: Results, folder: Path, name: bytes) -> None:
    (folder / os.fsdecode(name)).write_bytes(b"content")
    assert names(shown) == [name]
    assert content(shown, name) == b"content"
    assert shown.look(PROJECT, b"", 1).items[0].name == quote(name, safe="")


def test_a_large_folder_comes_in_pages_and_no_more_than_can_be_looked_at(
    shown: Results, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(250):
        (folder / f"{n:03}").touch()
    pages = [names(shown, page=n) for n in (1, 2, 3, 4)]
    assert [len(page) for page in pages] == [100, 100, 50, 0]
    assert list(chain(*pages)) == [b"%03d" % n for n in range(250)]
    found = shown.look(PROJECT, b"", 1)
    assert (found.total, found.cut) == (250, False)
    monkeypatch.setattr(results, "MOST_NAMES", 200)
    found = shown.look(PROJECT, b"", 1)
    assert (found.total, found.cut) == (200, True)


def test_a_file_may_claim_to_be_of_any_time(shown: Results, folder: Path) -> None:
    for name, moment in (("past", -(2**40)), ("future", 2**55)):
        (folder / name).touch()
        os.utime(folder / name, (0, moment))
    changed = {each.name: each.changed for each in shown.look(PROJECT, b"", 1).items}
    assert changed["past"] == 0
    assert 0 < changed["future"] <= results.LAST_MOMENT


def test_folders_in_folders_too_deep_are_not_gone_into(shown: Results, folder: Path) -> None:
    here = folder
    for _ in range(40):
        here = here / "d"
        here.mkdir()
    assert names(shown, b"/".join([b"d"] * 32)) == [b"d"]
    with pytest.raises(FileNotFoundError):
        shown.look(PROJECT, b"/".join([b"d"] * 33), 1)


def test_a_folder_that_is_swapped_for_a_link_meanwhile_is_not_followed(
    shown: Results, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "key").write_text("secret")
    (folder / "maps").mkdir()
    (folder / "maps" / "key").write_text("theirs to see")
    enter = results.enter

    def swapping(parent: int, name: str) -> int:
        opened = enter(parent, name)
        (folder / "maps").rename(folder / "aside")
        (folder / "maps").symlink_to(tmp_path / "secrets")
        return opened

    monkeypatch.setattr(results, "enter", swapping)
    assert content(shown, b"maps/key") == b"theirs to see"
    monkeypatch.undo()
    assert absent(shown, b"maps/key")


def test_a_file_that_is_swapped_after_it_was_looked_at_is_not_the_one_that_is_read(
    shown: Results, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "key").write_text("secret")
    (folder / "report").write_text("theirs to see")
    look = os.fstat

    def swapping(file: int) -> os.stat_result:
        found = look(file)
        if (folder / "report").is_file() and not (folder / "report").is_symlink():
            (folder / "report").unlink()
            (folder / "report").symlink_to(tmp_path / "key")
        return found

    monkeypatch.setattr(results.os, "fstat", swapping)
    with suppress(FileNotFoundError):  # gone is right as well; the secret is not
        assert content(shown, b"report") == b"theirs to see"
    monkeypatch.undo()
    assert absent(shown, b"report")
