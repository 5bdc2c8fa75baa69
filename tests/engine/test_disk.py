"""Homes and project folders as analysts meet them: full, made larger, looked back at."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

import pytest
from tests.support.lab import Lab, eventually
from tests.support.probes import Prober

from polderlab_disk import btrfs
from polderlab_disk.names import Kind, Volume
from polderlab_disk.volumes import BtrfsVolumes
from polderlab_host import disk, loops

RIVER = ("rivierstad-analyst", "river-access")
LEAD = ("rivierstad-lead", "river-access")
YOUTH = ("kustregio-analyst", "youth-health")
HOME = Volume(Kind.HOME, "/".join(RIVER))
PROJECT = Volume(Kind.PROJECT, RIVER[1])
MIB = 1024**2
LIMIT = 128 * MIB
DAY = date(2026, 1, 2)

PROBES = '''
import fcntl, shutil, struct

def write(path, size):
    """Write so many MiB that cannot be packed: how it ended."""
    try:
        with open(path, "wb") as file:
            for _ in range(size):
                file.write(os.urandom(2**20))
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        return [errno.errorcode[error.errno], error.strerror]
    return "ok"

def attempt(call, *arguments):
    """"ok", or the name of the error."""
    try:
        call(*arguments)
    except OSError as error:
        return errno.errorcode[error.errno]
    return "ok"

def ask_kernel(folder, request, told=b""):
    """The answer to an ioctl, its number as it is: "ok", or the name of the error."""
    import ctypes
    libc = ctypes.CDLL(None, use_errno=True)
    handle = os.open(folder, os.O_RDONLY)
    buffer = ctypes.create_string_buffer(told, 4096)
    # As a long, so that what is above its lower half goes along.
    libc.syscall.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_ulong, ctypes.c_char_p]
    try:
        done = libc.syscall(16 if os.uname().machine == "x86_64" else 29, handle, request, buffer)
        return "ok" if done == 0 else errno.errorcode[ctypes.get_errno()]
    finally:
        os.close(handle)
'''


class Filler(Prober):
    """A notebook that fills folders."""

    def __init__(self, lab: Lab, person: tuple[str, str]) -> None:
        self._lab, self._person = lab, person
        self.again()

    def again(self) -> None:
        """Take a new kernel: the session was started anew."""
        super().__init__(self._lab.kernel(*self._person))
        self.kernel.out(PROBES)


@pytest.fixture(scope="module", autouse=True)
def _limited(lab: Lab) -> None:
    if not disk.read(lab.settings).limited:
        pytest.fail(f"homes have no limit here: {disk.read(lab.settings).why}")


@pytest.fixture(scope="module")
def volumes(lab: Lab) -> BtrfsVolumes:
    return BtrfsVolumes(lab.settings.volumes)


@pytest.fixture(scope="module")
def small(lab: Lab) -> Iterator[None]:
    """Give a home and a project's folder little room, as an allocation does."""
    with (
        small_home(lab, LIMIT),
        lab.changed("allocation", "project:river-access", project_bytes=LIMIT),
    ):
        yield


def small_home(lab: Lab, size: int) -> Any:
    return lab.changed("allocation", f"person:{RIVER[1]}/{RIVER[0]}", home_bytes=size)


@pytest.fixture(scope="module")
def river(lab: Lab, small: None) -> Filler:
    lab.start(*RIVER)
    return Filler(lab, RIVER)


@pytest.fixture(scope="module")
def youth(lab: Lab) -> Filler:
    lab.start(*YOUTH)
    return Filler(lab, YOUTH)


@contextmanager
def full(river: Filler, folder: str = "/home/analyst") -> Iterator[None]:
    """Fill the folder to the brim for a while."""
    assert river(f"write('{folder}/much', 400)") == ["EDQUOT", "Disk quota exceeded"]
    try:
        yield
    finally:
        river(f"attempt(os.unlink, '{folder}/much')")


def test_a_full_home_says_so_and_a_neighbour_does_not_notice(river: Filler, youth: Filler) -> None:
    with full(river):
        assert river("write('/home/analyst/more', 1)")[0] == "EDQUOT"
        assert youth("write('/home/analyst/some', 300)") == "ok"
        assert river("write('/home/analyst/project/some', 8)") == "ok"
        assert river("write('/tmp/some', 8)") == "ok"
    youth("attempt(os.unlink, '/home/analyst/some')")


def test_the_tools_say_what_the_kernel_says(river: Filler) -> None:
    with full(river):
        code, said = river("run('cp', '/home/analyst/much', '/home/analyst/copy')")
        assert code != 0
        assert "Disk quota exceeded" in said or "Schijfquotum overschreden" in said


def test_jupyterlab_can_be_used_in_a_full_home(lab: Lab, river: Filler) -> None:
    with full(river):
        assert lab.run(*RIVER, "print(1 + 1)") == "2"
        assert river.kernel.api("GET", "contents/").json()["type"] == "directory"
        new = {"type": "file", "format": "text", "content": "x" * MIB}
        with pytest.raises(AssertionError, match="Disk quota exceeded"):
            river.kernel.api("PUT", "contents/new.txt", json=new)
        # Throwing something away in the file browser is what people try first.
        river.kernel.api("DELETE", "contents/much")
    river.kernel.api("PUT", "contents/new.txt", json=new)


def test_a_session_starts_in_a_full_home(lab: Lab, river: Filler) -> None:
    river("write('/home/analyst/much', 400)")
    lab.stop(*RIVER)
    lab.start(*RIVER)
    assert lab.run(*RIVER, "import os; os.unlink('/home/analyst/much'); print('gone')") == "gone"
    river.again()


def test_many_small_files_can_be_thrown_away_when_nothing_more_fits(river: Filler) -> None:
    river.kernel.out(
        "os.makedirs('/home/analyst/many')\n"
        "made = 0\n"
        "try:\n"
        "    while True:\n"
        "        with open(f'/home/analyst/many/{made}', 'wb') as file:\n"
        "            file.write(b'x' * 5000)\n"
        "        made += 1\n"
        "        if made % 2000 == 0: os.sync()\n"
        "except OSError as error:\n"
        "    full = errno.errorcode[error.errno]",
        seconds=240,
    )
    assert river("full") == "EDQUOT"
    assert river("attempt(shutil.rmtree, '/home/analyst/many')", seconds=120) == "ok"
    river("os.sync()")
    assert river("write('/home/analyst/some', 8)") == "ok"
    river("os.unlink('/home/analyst/some')")


def test_a_full_project_folder_leaves_everybodys_home_alone(lab: Lab, river: Filler) -> None:
    lab.start(*LEAD)
    lead = Filler(lab, LEAD)
    with full(river, "/home/analyst/project"):
        assert lead("write('/home/analyst/project/more', 1)")[0] == "EDQUOT"
        assert lead("write('/home/analyst/some', 8)") == "ok"
        assert river("write('/home/analyst/some', 8)") == "ok"
        # What one member put there, another may throw away.
        assert lead("attempt(os.unlink, '/home/analyst/project/much')") == "ok"
        assert lead("write('/home/analyst/project/more', 8)") == "ok"
    lab.stop(*LEAD)


def test_more_room_comes_to_the_running_session(lab: Lab, river: Filler) -> None:
    with full(river):
        assert river("write('/home/analyst/more', 8)")[0] == "EDQUOT"
        with small_home(lab, 2 * LIMIT):
            what = "the new limit holds in the session"
            eventually(lambda: river("write('/home/analyst/more', 8)") == "ok", 60, what)
            river("os.unlink('/home/analyst/more')")


def test_nobody_gets_round_the_limit_with_a_subvolume(
    lab: Lab, river: Filler, volumes: BtrfsVolumes
) -> None:
    named = "struct.pack('=q4088s', 0, b'mine')"
    for high in (0, 1 << 32, 1 << 63):
        asked = high | btrfs.SUBVOLUME_CREATE
        assert river(f"ask_kernel('/home/analyst', {asked}, {named})") == "EPERM"
        assert river(f"ask_kernel('/home/analyst/project', {asked}, {named})") == "EPERM"
    for request in (
        btrfs.SNAPSHOT_CREATE,
        btrfs.SUBVOLUME_DESTROY,
        btrfs.SUBVOLUME_FLAGS,
        0x5000_9401,
        0x5000_9418,
        btrfs.QUOTA_CONTROL,
        btrfs.FILE_SYSTEM,
    ):
        assert river(f"ask_kernel('/home/analyst', {request})") == "EPERM"
    assert river("os.path.exists('/home/analyst/mine')") is False
    # The probe works: another question to the same folder is answered, and outside of the
    # session the same user gets what is refused here.
    get_flags = 0x8008_6601
    assert river(f"ask_kernel('/home/analyst', {get_flags})") == "ok"
    with volumes.ensure(HOME) as home:
        done = os.fork()
        if done == 0:
            os.setresuid(1000, 1000, 1000)
            try:
                btrfs.create(home, "theirs")
                os._exit(0)
            except OSError:
                os._exit(1)
        assert os.waitpid(done, 0)[1] == 0
        btrfs.destroy(home, "theirs")


def test_what_the_engine_forbids_stays_forbidden(river: Filler) -> None:
    """The profile is the engine's own but for btrfs."""
    assert river("status()['Seccomp']") == "2"
    assert river("run('unshare', '--user', 'true')")[0] != 0
    assert river("run('mount', '-t', 'tmpfs', 'none', '/tmp')")[0] != 0
    assert river("run('cp', '--reflink=auto', '/etc/passwd', '/home/analyst/copied')")[0] == 0
    assert river("run('python3', '-c', 'import pty; pty.spawn([\"true\"])')")[0] == 0


def test_a_snapshot_is_there_to_be_read_and_nothing_else(
    lab: Lab, river: Filler, volumes: BtrfsVolumes
) -> None:
    river.kernel.out("open('/home/analyst/work.txt', 'w').write('of yesterday')")
    river.kernel.out("open('/home/analyst/project/ours.txt', 'w').write('ours')")
    volumes.snapshot(HOME, DAY)
    volumes.snapshot(PROJECT, DAY)
    river.kernel.out("os.unlink('/home/analyst/work.txt')")
    kept = f"/home/analyst/.snapshots/home/{DAY}"
    assert river(f"open('{kept}/work.txt').read()") == "of yesterday"
    assert river(f"open('/home/analyst/.snapshots/project/{DAY}/ours.txt').read()") == "ours"
    for attempt in (
        f"attempt(os.unlink, '{kept}/work.txt')",
        f"attempt(os.rmdir, '{kept}')",
        f"attempt(os.rename, '{kept}', '/home/analyst/.snapshots/home/other')",
        f"attempt(open, '{kept}/work.txt', 'w')",
        f"attempt(os.chmod, '{kept}', 0o777)",
        "attempt(os.mkdir, '/home/analyst/.snapshots/home/2026-01-03')",
        f"attempt(os.link, '{kept}/work.txt', '/home/analyst/linked')",
    ):
        assert river(attempt) in {"EROFS", "EXDEV"}, attempt
    assert river("attempt(os.rmdir, '/home/analyst/.snapshots/home')") == "EBUSY"
    # Getting it back is copying it.
    assert river(f"shutil.copy('{kept}/work.txt', '/home/analyst/work.txt')")
    volumes.forget(HOME, DAY)
    volumes.forget(PROJECT, DAY)


def test_a_colleague_does_not_see_my_snapshots(
    lab: Lab, river: Filler, volumes: BtrfsVolumes
) -> None:
    river.kernel.out("open('/home/analyst/work.txt', 'w').write('mine')")
    volumes.snapshot(HOME, DAY)
    lab.start(*LEAD)
    lead = Filler(lab, LEAD)
    seen = "[name for _, _, names in os.walk('/home/analyst/.snapshots/home') for name in names]"
    assert "work.txt" in river(seen)
    assert "work.txt" not in lead(seen)
    lab.stop(*LEAD)
    volumes.forget(HOME, DAY)


def test_today_is_kept_without_anybody_asking(lab: Lab, river: Filler) -> None:
    seen = "os.listdir('/home/analyst/.snapshots/home')"
    eventually(lambda: river(seen), 90, "there is a snapshot of today")
    (today,) = river(seen)
    assert date.fromisoformat(today)


def test_the_lab_service_knows_what_is_held(lab: Lab, river: Filler) -> None:
    river("write('/home/analyst/some', 64)")

    def held() -> bool:
        use = json.loads(lab.as_service("tests.support.held", "home", HOME.name))
        return use is not None and 64 * MIB < use["used"] < use["limit"] == LIMIT

    eventually(held, 90, "the report tells of what was written")
    river("os.unlink('/home/analyst/some')")
    found = lab.settings.disk_report.stat()
    assert found.st_mode & 0o777 == 0o640
    assert found.st_uid == 0


def test_going_down_takes_the_mount_along_and_coming_up_brings_it_back(
    lab: Lab, river: Filler
) -> None:
    river.kernel.out("open('/home/analyst/work.txt', 'w').write('still here')")
    lab.host("down")
    assert not any(str(lab.state) in line for _, line in loops.mounts())
    assert list(lab.settings.volumes.iterdir()) == []
    lab.up()
    lab.start(*RIVER)
    assert lab.run(*RIVER, "print(open('/home/analyst/work.txt').read())") == "still here"


def test_status_has_no_warning_where_limits_hold(lab: Lab) -> None:
    assert json.loads(lab.host("status", "--json"))["warnings"] == []
