"""Somebody leaves a real lab: at once nothing works any more; then their home goes step by step."""

from __future__ import annotations

import errno
import json
import subprocess
from pathlib import Path
from typing import Any

from tests.support.lab import PORTAL, Lab, eventually
from tests.support.leaver import NAME, PROJECT
from tests.support.web import words

WHO = (NAME, PROJECT)
PASSWORD = "only here to leave again"


def record_of(lab: Lab, record: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(
        lab.polderlab("offboarding", "show", record, "--json").stdout
    )
    return found


def homes(lab: Lab, name: str = NAME) -> list[Path]:
    """Return their homes, in whatever the lab keeps homes in; not the snapshots of them."""
    found = lab.state.glob(f"*/homes/{name}/*")
    return [path for path in found if path.is_dir()]


def archives(lab: Lab, record: str) -> list[Path]:
    return sorted((lab.state / "archives" / record).glob("*"))


def test_somebody_leaves_and_their_home_goes_though_the_hub_is_killed(lab: Lab) -> None:
    lab.as_service("tests.support.leaver", "make", NAME, PASSWORD)
    lab.admit(NAME, PASSWORD, PROJECT)
    lab.start(*WHO)
    lab.run(*WHO, "open('mine.txt', 'w').write('precious')")
    (home,) = homes(lab)
    assert (home / "mine.txt").read_text() == "precious"
    assert can_write(home) is True

    seen = words(lab.person("waterdienst-admin").get(f"{PORTAL}/administration/sessions"))
    assert "Lieve Leaver" in seen
    assert "not known" not in seen  # the hub tells when it last did something

    shown = json.loads(lab.polderlab("offboard", "person", NAME, "--json").stdout)
    assert shown["ended"]["sessions"] == [f"{NAME} · {PROJECT}"]
    assert lab.ready(*WHO)  # nothing happened yet

    done = lab.polderlab(
        "offboard", "person", NAME, "--reason", "Moves on", "--confirm", NAME, "--json"
    )
    record = json.loads(done.stdout)["record"]
    lab.forget(NAME)  # nobody can sign in with it any more
    lab.kill_hub()
    lab.wait_for_hub()
    eventually(lambda: lab.container(*WHO) is None, 90, "the container is gone")
    eventually(
        lambda: record_of(lab, record)["state"] == "waits for a signature", 150, "it is packed"
    )
    try_to_come_in = lab.internal(
        "POST", "/sign-ins", json={"username": NAME, "password": PASSWORD}
    )
    assert try_to_come_in.status_code in (401, 403)

    (folder,) = record_of(lab, record)["folders"]
    archive = lab.state / "archives" / folder["archive"]
    assert archive.stat().st_size == folder["bytes"]
    assert archive.stat().st_mode & 0o777 == 0o600
    told = subprocess.run(
        ["sha256sum", archive], capture_output=True, text=True, check=True, timeout=60
    )
    assert told.stdout.startswith(folder["sha256"])
    listed = subprocess.run(
        ["tar", "--zstd", "-tf", archive], capture_output=True, text=True, check=True, timeout=60
    )
    assert f"homes/{NAME}/{PROJECT}/mine.txt" in listed.stdout.splitlines()
    assert can_write(home) is False

    lab.as_service("tests.support.leaver", "overdue", record)
    lab.polderlab("offboarding", "sign", record, "--received-by", "Lieve Leaver")
    lab.kill_hub()
    lab.wait_for_hub()
    eventually(lambda: record_of(lab, record)["done"], 150, "everything is deleted")
    assert homes(lab) == []
    assert not archive.exists()
    log = json.loads(lab.polderlab("audit", "show", "--object", record, "--json").stdout)
    assert [line["action"] for line in log][:2] == ["offboarding:done", "offboarding:deleted"]
    lab.polderlab("audit", "verify")


def test_a_leaving_that_is_called_off_gives_the_home_back_though_the_hub_is_killed(
    lab: Lab,
) -> None:
    name = "rivierstad-stayer"
    who = (name, PROJECT)
    lab.as_service("tests.support.leaver", "make", name, PASSWORD)
    lab.admit(name, PASSWORD, PROJECT)
    lab.start(*who)
    lab.run(*who, "open('mine.txt', 'w').write('precious')")
    (home,) = homes(lab, name)
    done = lab.polderlab("offboard", "person", name, "--reason", "x", "--confirm", name, "--json")
    record = json.loads(done.stdout)["record"]
    lab.forget(name)
    eventually(
        lambda: record_of(lab, record)["state"] == "waits for a signature", 180, "it is packed"
    )
    assert len(archives(lab, record)) == 1
    assert can_write(home) is False
    refused = lab.polderlab("person", "reopen", name, check=False)
    assert refused.returncode != 0

    lab.polderlab("offboarding", "call-off", record)
    lab.kill_hub()
    lab.wait_for_hub()
    eventually(lambda: record_of(lab, record)["state"] == "called off", 150, "it is given back")
    assert archives(lab, record) == []
    assert can_write(home) is True

    lab.polderlab("person", "reopen", name)
    lab.polderlab("member", "add", PROJECT, name)
    lab.as_service("tests.support.leaver", "password", name, PASSWORD)
    lab.admit(name, PASSWORD, PROJECT)
    try:
        lab.start(*who)
        assert lab.run(*who, "print(open('mine.txt').read())").strip() == "precious"
        lab.run(*who, "open('more.txt', 'w').write('and on')")
        lab.stop(*who)
    finally:
        lab.forget(name)
    assert (home / "more.txt").read_text() == "and on"


def can_write(home: Path) -> bool:
    """Tell whether anybody can write there: a frozen subvolume stops root as well."""
    try:
        (home / "after.txt").touch()
    except OSError as error:
        if error.errno != errno.EROFS:
            raise
        return False
    (home / "after.txt").unlink()
    return True
