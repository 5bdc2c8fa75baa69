"""A live source in a real lab: consulted from a notebook, its password nowhere near one."""

from __future__ import annotations

import io
import json
import os
import tarfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from docker.models.containers import Container
from tests.support import consulted
from tests.support.consulted import DATASET, PASSWORD
from tests.support.kernel import Kernel
from tests.support.lab import SOURCE_PORT, Lab, environment
from tests.support.postgresql import Cluster

ANALYST, PROJECT = "rivierstad-analyst", "river-access"
FOUND = """
import glob, os
hits = []
for folder in ("/home/analyst", "/tmp", "/etc", "/run"):
    for here, _, names in os.walk(folder):  # it follows no link: one may lead to all there is
        for path in (os.path.join(here, name) for name in names):
            try:
                if os.path.isfile(path) and WORD in open(path, "rb").read(10_000_000):
                    hits.append(path)
            except OSError:
                pass
for path in glob.glob("/proc/[0-9]*/environ") + glob.glob("/proc/[0-9]*/cmdline"):
    try:
        if WORD in open(path, "rb").read():
            hits.append(path)
    except OSError:
        pass
"""


@pytest.fixture(scope="module")
def database() -> Iterator[Cluster]:
    with consulted.database() as running:
        yield running


@pytest.fixture(scope="module")
def granted(lab: Lab, database: Cluster) -> None:
    """Describe, connect and grant, all of it from the command line."""
    consulted.connect(lab)
    until = (datetime.now(UTC) + timedelta(days=30)).date().isoformat()
    lab.polderlab("grant", DATASET, PROJECT, "--until", until)


@pytest.fixture(scope="module")
def container(lab: Lab, granted: None) -> Container:
    return lab.start(ANALYST, PROJECT, language="en")


@pytest.fixture(scope="module")
def kernel(lab: Lab, container: Container) -> Iterator[Kernel]:
    with lab.kernel(ANALYST, PROJECT) as running:
        running.out("import json, os, intake\ncat = intake.cat")
        yield running


def test_a_notebook_reads_the_database_as_it_is_now(kernel: Kernel, database: Cluster) -> None:
    read = (
        f"frame = cat['{DATASET}'].read()\nprint(type(frame).__name__, len(frame), frame.id.sum())"
    )
    assert kernel.out(read) == "DataFrame 5000 12502500"
    database.sql("INSERT INTO readings VALUES (5001, 'dike new', 0)")
    assert kernel.out(read) == "DataFrame 5001 12507501"
    few = f"print(list(cat['{DATASET}'].read(columns=['level', 'id'], limit=3).columns))"
    assert kernel.out(few) == "['level', 'id']"


def test_the_password_is_nowhere_in_the_session(
    lab: Lab, kernel: Kernel, container: Container
) -> None:
    kernel.out(f"cat['{DATASET}'].read()")
    told = kernel.out(
        f"reader = cat['{DATASET}']\n"
        "print(reader.metadata, reader.kwargs, repr(cat), cat._repr_html_(), reader.to_dict())"
    )
    container.reload()
    logs = container.logs().decode("utf-8", "replace")
    inspected = json.dumps(container.attrs)
    for place in (told, logs, inspected, str(environment(container))):
        assert PASSWORD not in place
        assert f":{SOURCE_PORT}" not in place  # nor is where it lies
    assert DATASET in told
    assert PROJECT in inspected

    assert search(kernel, PASSWORD) == []
    # What is there is found: in a file, and in what a process was started with.
    kernel.out("open('/home/analyst/.seen', 'w').write('seen-' + 'in-a-file')")
    assert search(kernel, "seen-in-a-file") == ["/home/analyst/.seen"]
    assert any(path.startswith("/proc/") for path in search(kernel, PROJECT))
    kernel.out("os.remove('/home/analyst/.seen')")
    assert PASSWORD.encode() not in _files(container, "/home/analyst")


def test_the_password_is_sealed_in_the_lab_itself(lab: Lab, kernel: Kernel) -> None:
    kernel.out(f"cat['{DATASET}'].read(limit=1)")
    found = [path for path in _kept(lab) if PASSWORD.encode() in path.read_bytes()]
    assert found == []
    assert any(DATASET.encode() in path.read_bytes() for path in _kept(lab))


def test_the_next_read_after_a_revocation_is_refused(
    lab: Lab, kernel: Kernel, database: Cluster
) -> None:
    kernel.out(f"reader = cat['{DATASET}']\nprint(len(reader.read(limit=10)))")
    lab.polderlab("revoke", DATASET, PROJECT)
    refused = kernel.run("reader.read()")
    assert refused.error.startswith("PermissionError: ")
    assert "revoked" in refused.error
    asked = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'polderlab'"
    assert database.value(asked) == 0
    # The read before it becomes a line when it has been silent: before or after this one.
    told = lab.polderlab("audit", "show", "--object", DATASET, "--limit", "3", "--json").stdout
    assert "dataset:read-refused" in [line["action"] for line in json.loads(told)]


def search(kernel: Kernel, word: str) -> list[str]:
    """Return where the session's own user finds ``word``, put together so as not to find itself."""
    halves = f"({word[:6]!r} + {word[6:]!r}).encode()"
    code = FOUND.replace("WORD", halves)
    found: list[str] = json.loads(kernel.out(f"{code}\nprint(json.dumps(hits))"))
    # Jupyter keeps what was typed.
    return [path for path in found if not path.endswith("history.sqlite")]


def _files(container: Container, folder: str) -> bytes:
    """Return the content of all files in ``folder`` of the container, as the engine sees them."""
    chunks, _ = container.get_archive(folder)
    content = io.BytesIO()
    with tarfile.open(fileobj=io.BytesIO(b"".join(chunks))) as archive:
        for member in archive:
            if member.isfile() and (file := archive.extractfile(member)):
                content.write(file.read())
    return content.getvalue()


def _kept(lab: Lab) -> list[Path]:
    """Return every file the lab itself keeps: register, logs, settings, secrets."""
    folders = [each for each in (lab.state / "lab", lab.state / "run") if each.is_dir()]
    return [
        Path(folder) / name
        for top in folders
        for folder, _, names in os.walk(top)
        for name in names
        if (Path(folder) / name).is_file()
    ]
