"""The worker as the process it is: files become versions, and killing it loses nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pyarrow.parquet
import pytest
from tests.fakes.world import World
from tests.support import files
from tests.support.silent import silent_server

from polderlab_catalog.application.actors import Actor
from polderlab_catalog.bootstrap import Lab, build
from polderlab_catalog.domain.datasets import DistributionRole
from polderlab_catalog.domain.ingests import Ingest, IngestState
from polderlab_catalog.domain.quality import Check, CheckKind, OnFailure
from polderlab_catalog.ingest.process import run
from polderlab_catalog.settings import LabSettings
from polderlab_catalog.storage.register import SqlRegister
from polderlab_catalog.worker import ingesting
from polderlab_catalog.worker.tasks import TASKS, tidy

OPERATOR = Actor.operator("root")
CSV = b"hgt;naam\n1,5;Utrecht\n2,5;Ede\n"


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    made = build(LabSettings(state=tmp_path))  # type: ignore[call-arg]
    World(made.register)
    made.settings.uploads_folder.mkdir()
    yield made
    assert isinstance(made.register, SqlRegister)
    made.register.close()


@pytest.fixture
def start(lab: Lab) -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """Return what starts a worker; all of them are gone afterwards."""
    started: list[subprocess.Popen[bytes]] = []

    def begin(**more: str) -> subprocess.Popen[bytes]:
        environment = {"PATH": os.environ["PATH"], "POLDERLAB_STATE": str(lab.settings.state)}
        environment |= more
        worker = subprocess.Popen(
            [sys.executable, "-m", "polderlab_catalog.worker"], env=environment
        )
        started.append(worker)
        return worker

    yield begin
    for worker in started:
        worker.kill()
        worker.wait()


def hand_in(
    lab: Lab, content: bytes | Path, name: str = "data.csv", *, confirm: bool = False,
    dataset: str = "growth_study", **options: str,
) -> Ingest:  # fmt: skip
    path = uuid4().hex
    target = lab.settings.uploads_folder / path
    if isinstance(content, Path):
        target.hardlink_to(content)
    else:
        target.write_bytes(content)
    size = target.stat().st_size
    return lab.ingests.receive(
        OPERATOR, dataset, name, path, size, confirm=confirm, options=options
    )


def until(lab: Lab, ingest: Ingest, *states: IngestState, seconds: float = 60) -> Ingest:
    end = time.monotonic() + seconds
    while (now := lab.ingests.show(OPERATOR, ingest.id)).state not in states:
        assert time.monotonic() < end, now
        assert now.state.open, now
        time.sleep(0.05)
    return now


def left(lab: Lab) -> list[str]:
    """Return what lies in the uploads and data folders."""
    folders = (lab.settings.uploads_folder, lab.settings.data_folder)
    return sorted(
        str(path.relative_to(lab.settings.state))
        for folder in folders
        for path in folder.rglob("*")
        if path.is_file()
    )


def test_a_file_becomes_a_version_that_can_be_read(
    lab: Lab, start: Callable[[], subprocess.Popen[bytes]]
) -> None:
    worker = start()
    ingest = hand_in(lab, CSV, "Groei & lengte (2024).csv", dataset="soil_survey")
    done = until(lab, ingest, IngestState.DONE)
    with lab.register.read() as t:
        version = t.datasets.version("soil_survey", done.version)
    assert version is not None
    data, original = version.distributions
    assert (data.role, original.role) == (DistributionRole.DATA, DistributionRole.ORIGINAL)
    assert (original.name, original.media_type) == ("Groei_lengte_2024.csv", "text/csv")
    folder = lab.settings.data_folder
    assert (folder / original.path).read_bytes() == CSV
    assert pyarrow.parquet.read_table(folder / data.path)["hgt"].to_pylist() == [1.5, 2.5]
    assert data.columns[0].profile is not None
    assert data.columns[0].profile.maximum == "2.5"
    assert left(lab) == sorted([f"data/{data.path}", f"data/{original.path}"])
    worker.terminate()
    assert worker.wait(10) == 0


def test_somebody_confirms_before_anything_is_published(lab: Lab) -> None:
    ingest = hand_in(lab, CSV, confirm=True)
    assert ingesting.work(lab)
    asked = lab.ingests.show(OPERATOR, ingest.id)
    assert asked.state is IngestState.DETECTED
    assert (asked.options["decimal"], asked.options["delimiter"]) == (",", ";")
    assert asked.preview[:2] == (("hgt", "naam"), ("1,5", "Utrecht"))
    assert not ingesting.work(lab)
    lab.ingests.confirm(OPERATOR, ingest.id, {"decimal": ","})
    assert ingesting.work(lab)
    assert lab.ingests.show(OPERATOR, ingest.id).state is IngestState.DONE


def test_another_way_of_reading_is_shown_before_anything_is_published(lab: Lab) -> None:
    ingest = hand_in(lab, CSV, confirm=True)
    ingesting.work(lab)
    lab.ingests.look_again(OPERATOR, ingest.id, {"delimiter": "|", "header": "no"})
    ingesting.work(lab)
    asked = lab.ingests.show(OPERATOR, ingest.id)
    assert asked.preview[:2] == (("column_1",), ("hgt;naam",))
    lab.ingests.look_again(OPERATOR, ingest.id, {"delimiter": ",", "decimal": ","})
    ingesting.work(lab)
    asked = lab.ingests.show(OPERATOR, ingest.id)
    assert (asked.state, [f.code for f in asked.findings]) == (
        IngestState.DETECTED, ["bad-option"],
    )  # fmt: skip
    assert left(lab) == [f"uploads/{ingest.path}"], "a wrong choice does not cost the file"
    lab.ingests.look_again(OPERATOR, ingest.id, {"delimiter": ";"})
    ingesting.work(lab)
    asked = lab.ingests.show(OPERATOR, ingest.id)
    assert asked.preview[:2] == (("hgt", "naam"), ("1,5", "Utrecht"))


def test_confidential_values_are_not_in_the_profile(lab: Lab) -> None:
    ingest = hand_in(lab, CSV)
    ingesting.work(lab)
    done = lab.ingests.show(OPERATOR, ingest.id)
    with lab.register.read() as t:
        version = t.datasets.version("growth_study", done.version)
    assert version is not None
    profiles = [column.profile for column in version.distributions[0].columns]
    assert [(p.nulls, p.distinct, p.minimum, p.maximum, p.top) for p in profiles if p] == [
        (0, 2, None, None, ()),
        (0, 2, None, None, ()),
    ]


def test_a_bad_file_leaves_nothing_behind(lab: Lab) -> None:
    ingest = hand_in(lab, b"a;b\n1;2;3\n")
    ingesting.work(lab)
    failed = lab.ingests.show(OPERATOR, ingest.id)
    assert (failed.state, [f.code for f in failed.findings]) == (
        IngestState.FAILED, ["uneven-rows"],
    )  # fmt: skip
    assert left(lab) == []
    with lab.register.read() as t:
        assert len(t.datasets.versions("growth_study")) == 1


def test_a_failing_check_keeps_the_version_back_and_its_files_away(lab: Lab) -> None:
    with lab.register.write() as t:
        dataset = t.datasets.get("growth_study")
        assert dataset is not None
        check = Check(CheckKind.RANGE, ("hgt",), {"maximum": 2})
        t.datasets.put(replace(dataset, checks=(check,), on_failure=OnFailure.BLOCK))
    ingest = hand_in(lab, CSV)
    ingesting.work(lab)
    failed = lab.ingests.show(OPERATOR, ingest.id)
    assert (failed.state, [f.code for f in failed.findings]) == (
        IngestState.FAILED, ["check-failed"],
    )  # fmt: skip
    assert left(lab) == []
    fine = hand_in(lab, CSV.replace(b"2,5", b"1,9"))
    ingesting.work(lab)
    assert lab.ingests.show(OPERATOR, fine.id).state is IngestState.DONE


def test_the_same_file_again_makes_no_new_version_and_no_new_files(lab: Lab) -> None:
    hand_in(lab, CSV)
    ingesting.work(lab)
    before = left(lab)
    again = hand_in(lab, CSV)
    ingesting.work(lab)
    done = lab.ingests.show(OPERATOR, again.id)
    assert (done.version, [f.code for f in done.findings]) == (2, ["same-as-before"])
    assert left(lab) == before


@pytest.mark.parametrize("path", ["../lab/register.sqlite", "/etc/passwd", "link", "gone"])
def test_a_path_out_of_the_uploads_folder_is_not_read(lab: Lab, path: str) -> None:
    (lab.settings.uploads_folder / "link").symlink_to("/etc/passwd")
    ingest = lab.ingests.receive(OPERATOR, "growth_study", "x.csv", path, 1, confirm=False)
    ingesting.work(lab)
    failed = lab.ingests.show(OPERATOR, ingest.id)
    assert [f.code for f in failed.findings] == ["file-gone"]


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a file that takes long enough to do something else meanwhile."""
    return csv_of_millions(tmp_path_factory.mktemp("large") / "large.csv", 2)


def csv_of_millions(file: Path, millions: int) -> Path:
    head, rows = files.csv_of(100_000).split(b"\n", 1)
    with file.open("wb") as stream:
        stream.write(head + b"\n")
        for _ in range(millions * 10):
            stream.write(rows)
    return file


def reader_of(worker: subprocess.Popen[bytes]) -> int | None:
    """Return the process id of the worker's reading process."""
    children = Path(f"/proc/{worker.pid}/task/{worker.pid}/children").read_text().split()
    return int(children[0]) if children else None


def test_killing_the_worker_kills_its_reader_and_the_next_one_finishes(
    lab: Lab, start: Callable[[], subprocess.Popen[bytes]], large: Path
) -> None:
    ingest = hand_in(lab, large)
    worker = start()
    end = time.monotonic() + 30
    while (reader := reader_of(worker)) is None or not _converts(lab, ingest):
        assert time.monotonic() < end
        time.sleep(0.02)
    os.kill(worker.pid, signal.SIGKILL)
    worker.wait()
    _gone(reader)
    start()
    done = until(lab, ingest, IngestState.DONE, seconds=90)
    assert (done.attempts, done.version) == (2, 2)
    with lab.register.read() as t:
        version = t.datasets.version("growth_study")
        assert len(t.datasets.versions("growth_study")) == 2
    assert version is not None
    assert version.distributions[0].rows == 2_000_000
    assert len(left(lab)) == 2


def test_killing_the_reader_only_costs_time(
    lab: Lab, start: Callable[[], subprocess.Popen[bytes]], large: Path
) -> None:
    ingest = hand_in(lab, large)
    worker = start()
    end = time.monotonic() + 30
    while (reader := reader_of(worker)) is None or not _converts(lab, ingest):
        assert time.monotonic() < end
        time.sleep(0.02)
    os.kill(reader, signal.SIGKILL)
    done = until(lab, ingest, IngestState.DONE, seconds=90)
    assert (done.attempts, done.version) == (2, 2)


def test_taking_a_file_back_stops_the_reading(
    lab: Lab, start: Callable[[], subprocess.Popen[bytes]], large: Path
) -> None:
    ingest = hand_in(lab, large)
    worker = start()
    end = time.monotonic() + 30
    while (reader := reader_of(worker)) is None:
        assert time.monotonic() < end
        time.sleep(0.02)
    lab.ingests.cancel(OPERATOR, ingest.id)
    _gone(reader)
    while left(lab):
        assert time.monotonic() < end, left(lab)
        time.sleep(0.1)


def _converts(lab: Lab, ingest: Ingest) -> bool:
    """Tell whether the reader is writing."""
    folder = lab.settings.data_folder / ingesting.INCOMING / ingest.id
    return any(folder.glob("*data.parquet"))


def _gone(process: int, seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while Path(f"/proc/{process}").exists():
        assert time.monotonic() < end, "the reading process lives on"
        time.sleep(0.05)


def test_a_large_file_is_read_within_its_memory(
    lab: Lab, start: Callable[..., subprocess.Popen[bytes]], tmp_path: Path
) -> None:
    larger = csv_of_millions(tmp_path / "larger.csv", 5)
    assert larger.stat().st_size > 240 * 1024**2
    ingest = hand_in(lab, larger)
    worker = start(POLDERLAB_INGEST_MEMORY_MIB="384")
    most, end = 0, time.monotonic() + 120
    while lab.ingests.show(OPERATOR, ingest.id).state.open:
        assert time.monotonic() < end
        most = max(most, _most_memory(reader_of(worker)))
        time.sleep(0.02)
    assert lab.ingests.show(OPERATOR, ingest.id).state is IngestState.DONE
    assert 50 * 1024 < most < 384 * 1024, f"{most} kB"


def _most_memory(process: int | None) -> int:
    """Return the most memory (kB) the process had so far; 0 once it is gone.

    Of the process itself: what the system says of ended children holds what they had of their
    parent before they became another program.
    """
    try:
        status = Path(f"/proc/{process}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return next((int(line.split()[1]) for line in status.splitlines() if "VmHWM" in line), 0)


def test_a_full_disk_is_said_and_leaves_nothing(lab: Lab, large: Path, tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(small)]
    subprocess.run(mount, check=True)
    try:
        full = replace(lab, settings=LabSettings(state=lab.settings.state, data=small))  # type: ignore[call-arg]
        ingest = hand_in(full, large)
        ingesting.work(full)
        failed = full.ingests.show(OPERATOR, ingest.id)
        assert [f.code for f in failed.findings] == ["disk-full"]
        assert [path for path in small.rglob("*") if path.is_file()] == []
    finally:
        subprocess.run(["umount", str(small)], check=True)


def test_the_reader_knows_no_secret(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POLDERLAB_SOURCE_KEY", "a secret")
    seen: list[dict[str, str]] = []
    popen = subprocess.Popen

    def spy(*arguments: object, **named: object) -> object:
        seen.append(named["env"])  # type: ignore[arg-type]
        return popen(*arguments, **named)  # type: ignore[call-overload]

    monkeypatch.setattr("polderlab_catalog.ingest.process.subprocess.Popen", spy)
    hand_in(lab, CSV)
    ingesting.work(lab)
    assert [name for name in seen[0] if name.startswith("POLDERLAB")] == ["POLDERLAB_PARENT"]
    assert run.__module__ == "polderlab_catalog.ingest.process"


def test_what_nobody_needs_is_tidied_away(lab: Lab) -> None:
    waiting = hand_in(lab, CSV)
    uploads = lab.settings.uploads_folder
    for name in ("old", "new"):
        (uploads / name).write_text("x")
    old = time.time() - 7 * 3600
    for name in ("old", waiting.path):
        os.utime(uploads / name, (old, old))
    tidy(lab)
    assert sorted(path.name for path in uploads.iterdir()) == sorted(["new", waiting.path])


def test_a_catalogue_elsewhere_that_is_silent_holds_nothing_else_up(
    lab: Lab, start: Callable[..., subprocess.Popen[bytes]]
) -> None:
    ingest = hand_in(lab, CSV)
    ingesting.work(lab)
    check = Check(CheckKind.REQUIRED, ("hgt",))
    lab.publishing.describe(
        OPERATOR, "growth_study", lambda dataset: replace(dataset, checks=(check,))
    )
    assert lab.ingests.show(OPERATOR, ingest.id).state is IngestState.DONE
    assert lab.quality.history("growth_study") == []
    with silent_server() as port:
        lab.harvests.add(OPERATOR, f"http://127.0.0.1:{port}/c", "rivierstad")
        start(POLDERLAB_SOURCE_HOSTS=f"127.0.0.1:{port}")
        until(lab, hand_in(lab, CSV, dataset="soil_survey"), IngestState.DONE, seconds=15)
        end = time.monotonic() + 15
        while not lab.quality.history("growth_study"):
            assert time.monotonic() < end, "the checks wait for the catalogue"
            time.sleep(0.05)
        (harvest,) = lab.harvests.all()
        assert (harvest.last, harvest.error) == (None, ""), "the positive control: it still hangs"


def test_every_task_can_run(lab: Lab) -> None:
    assert {"quality", "tidy"} <= {task.name for task in TASKS}
    for task in TASKS:
        if task.name in {"quality", "tidy"}:
            task.run(lab)
