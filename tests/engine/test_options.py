"""What people ask for when they start a session, by every way in, and what they get."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from docker.models.containers import Container
from tests.support.lab import Lab, environment, eventually
from tests.support.web import xsrf

WHO = ("rivierstad-analyst", "river-access")

FORGED: dict[str, Any] = {
    "mounts": [{"Type": "bind", "Source": "/", "Target": "/host"}],
    "volumes": {"/": "/host"},
    "environment": {"LD_PRELOAD": "/tmp/evil.so", "POLDERLAB_PROJECT": "youth-health"},
    "env": {"POLDERLAB_TOKEN": "mine"},
    "network_mode": "host",
    "privileged": True,
    "cap_add": ["ALL"],
    "mem_limit": "64g",
    "cpu_limit": 64,
    "user": "root",
    "cmd": ["sleep", "infinity"],
    "project": "youth-health",
    "username": "kustregio-analyst",
    "profile": {"kubespawner_override": {"image": "x"}},
}


def essence(container: Container) -> dict[str, Any]:
    """Return what of a container an option could have changed."""
    host, config = container.attrs["HostConfig"], container.attrs["Config"]
    kept = {
        key: host[key]
        for key in (
            "Mounts",
            "Binds",
            "NetworkMode",
            "Privileged",
            "CapAdd",
            "CapDrop",
            "Memory",
            "MemorySwap",
            "CpuQuota",
            "PidsLimit",
            "SecurityOpt",
            "ReadonlyRootfs",
        )
    }
    told = environment(container)
    names = sorted(told)
    project = told["POLDERLAB_PROJECT"]
    return {
        **kept,
        "Image": config["Image"],
        "User": config["User"],
        "Cmd": config["Cmd"],
        "variables": names,
        "project": project,
    }


@pytest.fixture(scope="module")
def honest(lab: Lab) -> dict[str, Any]:
    """Return what somebody gets who asks for nothing in particular."""
    found = essence(lab.start(*WHO))
    lab.stop(*WHO)
    return found


@pytest.mark.parametrize(
    "options",
    [
        FORGED,
        {"image": ["python-geo"], "size": {"cpus": 64}},
        {"image": {"$ne": None}, "size": 10**9},
        {"image": None, "size": None},
        {"user_options": FORGED},
        {"user_options": {"image": 3}, "display_name": "<script>alert(1)</script>"},
        {"x" * 10_000: "y" * 100_000},
    ],
    ids=["everything", "nested", "operators", "nulls", "wrapped", "wrapped wrong", "large"],
)
def test_forged_options_change_nothing(
    lab: Lab, honest: dict[str, Any], options: dict[str, Any]
) -> None:
    assert lab.ask_to_start(*WHO, options).status_code in {201, 202}
    assert _started(lab) == honest


def test_a_forged_form_changes_nothing(lab: Lab, honest: dict[str, Any]) -> None:
    client = lab.person(WHO[0])
    form = {"_xsrf": xsrf(client, "/hub/"), "mounts": "/:/host", "cmd": "sleep", "user": "root"}
    files = {"image": ("evil.txt", b"FROM scratch")}
    path = f"/hub/spawn/{WHO[0]}/{WHO[1]}"
    sent = client.post(path, data=form, files=files, follow_redirects=False)
    assert sent.status_code == 302
    assert _started(lab) == honest


def test_a_forged_query_changes_nothing(lab: Lab, honest: dict[str, Any]) -> None:
    query = {"opt-mounts": "/:/host", "opt-cmd": "sleep", "opt-environment": "LD_PRELOAD=x"}
    lab.person(WHO[0]).get(f"/hub/spawn/{WHO[0]}/{WHO[1]}", params=query)
    assert _started(lab) == honest


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"size": "xl"}, "Project river-access has no size “xl”. Choose one of: small, medium."),
        ({"image": "debian"}, "Project river-access has no image “debian”."),
        ({"image": "polderlab/python-geo:latest"}, "Project river-access has no image"),
        ({"image": "../../x", "size": "small"}, "Project river-access has no image"),
    ],
)
def test_an_image_or_size_the_project_has_not_is_refused_in_a_sentence(
    lab: Lab, options: dict[str, str], sentence: str
) -> None:
    answer = lab.ask_to_start(*WHO, {**options, "language": "en"})
    assert answer.status_code == 403
    assert sentence in answer.json()["message"]
    assert lab.containers() == []


def test_a_size_the_project_has_is_given(lab: Lab, honest: dict[str, Any]) -> None:
    medium = essence(lab.start(*WHO, size="medium", image="python-geo"))
    lab.stop(*WHO)
    assert medium["Memory"] == 2 * honest["Memory"]
    assert medium["CpuQuota"] == 2 * honest["CpuQuota"]


@pytest.mark.parametrize("project", ["youth-health", "no-such-project"])
def test_a_project_one_is_no_member_of_is_refused_whether_it_exists_or_not(
    lab: Lab, project: str
) -> None:
    answer = lab.ask_to_start(WHO[0], project, {"language": "en"})
    assert answer.status_code == 403
    assert "not a member" in answer.json()["message"]
    assert lab.containers() == []


def test_another_persons_session_cannot_be_started_or_stopped(lab: Lab) -> None:
    other = ("kustregio-analyst", "youth-health")
    lab.start(*other)
    path = f"/users/{other[0]}/servers/{other[1]}"
    for method in ("POST", "DELETE"):
        assert lab.hub(WHO[0], method, path, json={}).status_code in {403, 404}
    assert lab.ready(*other)
    lab.stop(*other)


@pytest.mark.parametrize(
    "name", ["../kustregio-analyst/youth-health", "River-Access", "river access", "a", "..", "%00"]
)
def test_a_crafted_server_name_starts_nothing(lab: Lab, name: str) -> None:
    client = lab.person(WHO[0])
    path = f"/hub/api/users/{WHO[0]}/servers/{httpx.QueryParams({'n': name})['n']}"
    answer = client.post(path, json={}, headers={"X-XSRFToken": xsrf(client, "/hub/")})
    assert answer.status_code >= 400
    assert lab.containers() == []


def test_a_server_without_a_project_is_refused_in_a_sentence(lab: Lab) -> None:
    answer = lab.hub(WHO[0], "POST", f"/users/{WHO[0]}/server", json={"language": "en"})
    assert answer.status_code == 400
    assert answer.json()["message"].startswith("A session always belongs to a project.")


def test_of_fifty_starts_at_once_for_one_place_one_wins(lab: Lab) -> None:
    people = ("rivierstad-analyst", "rivierstad-lead")
    with lab.changed("allocation", f"project:{WHO[1]}", sessions=1):
        for username in people:
            lab.person(username)
        with ThreadPoolExecutor(50) as pool:
            asked = [pool.submit(lab.ask_to_start, people[n % 2], WHO[1]) for n in range(50)]
            statuses = [future.result().status_code for future in asked]
        assert any(status in {201, 202} for status in statuses)
        eventually(lambda: any(lab.ready(name, WHO[1]) for name in people), 60, "one is ready")
        assert sum(lab.ready(name, WHO[1]) for name in people) == 1
        assert len(lab.containers()) == 1
        for username in people:
            if lab.servers(username):
                lab.stop(username, WHO[1])


def test_of_fifty_plans_at_once_for_one_place_one_wins(lab: Lab) -> None:
    asked = [
        {"username": username, "project": WHO[1]}
        for username in ("rivierstad-analyst", "rivierstad-lead")
    ] * 25
    with lab.changed("allocation", f"project:{WHO[1]}", sessions=1):
        with ThreadPoolExecutor(50) as pool:
            answers = list(pool.map(lambda a: lab.internal("POST", "/sessions", json=a), asked))
        # A person's new start takes the place of that person's last, so plans may be several,
        # but all of them one person's, and all but one ended.
        planned = [answer.json() for answer in answers if answer.status_code == 201]
        sessions = [plan["session"] for plan in planned]
        ended = lab.internal("POST", "/reconciliations", json={"sessions": sessions}).json()
        for session in sessions:
            lab.internal("DELETE", f"/sessions/{session}")
    assert len({plan["username"] for plan in planned}) == 1
    assert len(set(sessions) - set(ended["to_stop"])) == 1
    codes = {answer.json()["code"] for answer in answers if answer.status_code != 201}
    assert codes <= {"no-room-in-project", "session-exists"}


def _started(lab: Lab) -> dict[str, Any]:
    eventually(lambda: lab.ready(*WHO), 90, "the session is ready")
    container = lab.container(*WHO)
    assert container is not None
    found = essence(container)
    lab.stop(*WHO)
    return found
