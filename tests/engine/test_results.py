"""The results page over a real hub: what a session puts into its project's folder, and what a
viewer, a stranger and a session with its own keys can make of it."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator

import httpx
import pytest
from tests.support.lab import PORTAL, Lab, eventually
from tests.support.probes import Prober

from polderlab_disk.names import Kind, Volume

LEAD, ANALYST, VIEWER = "rivierstad-lead", "rivierstad-analyst", "rivierstad-steward"
STRANGER, ADMINISTRATOR = "kustregio-analyst", "waterdienst-admin"
PROJECT = "river-access"
RESULTS = f"{PORTAL}/projects/{PROJECT}/results"
PROJECT_FOLDER, HOME = Volume(Kind.PROJECT, PROJECT), Volume(Kind.HOME, f"{ANALYST}/{PROJECT}")
PUT = """
import os, pathlib
folder = pathlib.Path("/home/analyst/project/results-test")
folder.mkdir(exist_ok=True)
(folder / "report.txt").write_text("The dike holds. <script>")
(folder / "large.bin").write_bytes(bytes(range(256)) * 4096 * 24)
(folder / ".env").write_text("password")
os.makedirs("/home/analyst/private", exist_ok=True)
pathlib.Path("/home/analyst/private/diary.txt").write_text("mine alone")
for name, target in {
    "shadow": "/etc/shadow", "root": "/", "up": "../..", "home": "/home/analyst/private",
    "other": "../../youth-health",
}.items():
    if not (folder / name).is_symlink():
        (folder / name).symlink_to(target)
if not (folder / "pipe").exists():
    os.mkfifo(folder / "pipe")
with open(os.fsencode(str(folder)) + b"/\\xff\\n.txt", "wb") as file:
    file.write(b"strange")
os.chmod(folder / "report.txt", 0o600)
print("done")
"""


@pytest.fixture(scope="module")
def analyst(lab: Lab) -> Iterator[Prober]:
    """Return a notebook of the project's analyst, who has put something into the folder."""
    lab.polderlab("member", "add", PROJECT, VIEWER, "--role", "viewer")
    lab.start(ANALYST, PROJECT)
    prober = Prober(lab.kernel(ANALYST, PROJECT))
    assert prober.kernel.out(PUT) == "done"
    yield prober
    volumes = lab.settings.volumes
    # Whoever reads all there is after us would wait at the pipe for ever.
    shutil.rmtree(volumes.joinpath(*PROJECT_FOLDER.parts) / "results-test")
    shutil.rmtree(volumes.joinpath(*HOME.parts) / "private")
    lab.polderlab("member", "remove", PROJECT, VIEWER)


def get(lab: Lab, username: str, path: str) -> httpx.Response:
    return lab.person(username).get(f"{RESULTS}{path}")


def test_a_viewer_sees_and_takes_what_a_session_saved(lab: Lab, analyst: Prober) -> None:
    page = get(lab, VIEWER, "?path=results-test")
    assert page.status_code == 200
    assert "report.txt" in page.text
    assert ".env" not in page.text
    shown = get(lab, VIEWER, "/show?path=results-test/report.txt")
    assert "The dike holds. &lt;script&gt;" in shown.text
    large = get(lab, VIEWER, "/file?path=results-test/large.bin")
    assert large.headers["content-disposition"].startswith("attachment")
    assert large.headers["content-security-policy"].endswith("sandbox")
    expected = bytes(range(256)) * 4096 * 24
    assert hashlib.sha256(large.content).digest() == hashlib.sha256(expected).digest()
    assert get(lab, VIEWER, "/file?path=results-test/%FF%0A.txt").content == b"strange"
    log = lab.polderlab(
        "audit", "show", "--action", "result:read", "--project", PROJECT, "--json"
    ).stdout
    assert f"person:{VIEWER}" in log
    assert "results-test/large.bin" in log
    # and starts no session all the same
    assert lab.ask_to_start(VIEWER, PROJECT).status_code in {400, 403}


@pytest.mark.parametrize(
    "path",
    [
        "shadow",
        "root/etc/passwd",
        "up/youth-health",
        "home/diary.txt",
        "other",
        "pipe",
        ".env",
        "../../youth-health",
        "..",
        "%2e%2e/%2e%2e/%2e%2e/etc/passwd",
    ],
)
def test_nothing_outside_the_folder_can_be_reached(lab: Lab, analyst: Prober, path: str) -> None:
    for door in ("?path=", "/show?path=", "/file?path=", "/picture?path="):
        answer = get(lab, VIEWER, f"{door}results-test/{path}")
        assert answer.status_code == 404, door
    assert get(lab, VIEWER, "/file?path=results-test/report.txt").status_code == 200


def test_whoever_is_no_member_sees_nothing(lab: Lab, analyst: Prober) -> None:
    for username in (STRANGER, ADMINISTRATOR):
        for door in ("", "/file?path=results-test/report.txt"):
            answer = get(lab, username, door)
            assert answer.status_code in {403, 404}
            assert "dike" not in answer.text
    assert get(lab, LEAD, "/file?path=results-test/report.txt").status_code == 200


def test_the_hubs_doors_open_for_the_lab_service_alone(lab: Lab, analyst: Prober) -> None:
    secrets = lab.secrets
    for what in ("folder?path=results-test", "file?path=results-test/report.txt"):
        path = f"/projects/{PROJECT}/{what}"
        for username in (LEAD, ANALYST, ADMINISTRATOR):
            assert lab.hub(username, "GET", path).status_code == 403, username
        for token in ("", "x", secrets.culler_token, secrets.hub_token):
            headers = {"Authorization": f"token {token}"} if token else {}
            answer = httpx.get(f"{lab.url}/hub/api{path}", headers=headers, trust_env=False)
            assert answer.status_code == 403
            assert "dike" not in answer.text
        api = f"http://{lab.settings.hub_bind}/hub/api"
        key = "os.environ['JUPYTERHUB_API_TOKEN']"
        assert analyst(f"get('{api}{path}', {key})")[0] == 403
        own = {"Authorization": f"token {secrets.service_token}"}
        assert httpx.get(f"{api}{path}", headers=own, trust_env=False).status_code == 200
    for slug in ("%2e%2e", "homes%2f..%2friver-access", "river-access%2f..", "river--access"):
        answer = httpx.get(f"{api}/projects/{slug}/folder?path=", headers=own, trust_env=False)
        assert answer.status_code in {404, 503}, slug
    answer = httpx.get(f"{api}/projects/homes/folder?path=", headers=own, trust_env=False)
    assert answer.json()["items"] == [], "a project of that name, not the folder beside them"


def test_a_member_who_is_removed_sees_no_more(lab: Lab, analyst: Prober) -> None:
    door = "/file?path=results-test/report.txt"
    assert get(lab, VIEWER, door).status_code == 200
    lab.polderlab("member", "remove", PROJECT, VIEWER)
    assert get(lab, VIEWER, door).status_code == 404
    lab.polderlab("member", "add", PROJECT, VIEWER, "--role", "viewer")
    assert get(lab, VIEWER, door).status_code == 200


def test_results_can_be_read_without_a_session_and_wait_for_a_hub_that_restarts(
    lab: Lab, analyst: Prober
) -> None:
    lab.stop(ANALYST, PROJECT)
    door = "/file?path=results-test/report.txt"
    assert get(lab, VIEWER, door).status_code == 200
    lab.kill_hub()
    away = get(lab, VIEWER, door)
    assert away.status_code in {200, 503}  # it may be back already
    lab.wait_for_hub()
    eventually(lambda: get(lab, VIEWER, door).status_code == 200, 30, "results are there again")
