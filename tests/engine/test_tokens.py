"""A session's keys: one for data, one for the hub. What they open, from where, and how long."""

from __future__ import annotations

import json
import time
from typing import Any

import httpx
import pytest
from tests.support.lab import Lab, environment, eventually
from tests.support.probes import Prober

RIVER = ("rivierstad-analyst", "river-access")
YOUTH = ("kustregio-analyst", "youth-health")
GROWTH = "datasets/growth_study/growth_study.parquet"

POLL = """
import threading
def poll(url, token):
    with open("/home/analyst/project/poll.jsonl", "w", buffering=1) as log:
        while True:
            asked = time.time()
            try:
                status = get(url, token)[0]
            except OSError:
                status = 0
            log.write(json.dumps([asked, status]) + "\\n")
            time.sleep(0.02)
threading.Thread(target=poll, args=(URL, os.environ["POLDERLAB_TOKEN"]), daemon=True).start()
"""


@pytest.fixture(scope="module")
def river(lab: Lab) -> Prober:
    """Return a notebook of the municipality."""
    lab.start(*RIVER)
    return Prober(lab.kernel(*RIVER))


@pytest.fixture(scope="module")
def youth(lab: Lab) -> Prober:
    """Return a notebook of the health service."""
    lab.start(*YOUTH)
    return Prober(lab.kernel(*YOUTH))


def gateway(lab: Lab, path: str) -> str:
    return f"http://{lab.settings.gateway_bind}/v1/{path}"


def token_of(prober: Prober, name: str = "POLDERLAB_TOKEN") -> str:
    return str(prober(f"os.environ[{name!r}]"))


def told(answer: Any) -> tuple[int, str]:
    """Return status and code of a problem."""
    status, body = answer
    return status, json.loads(body)["code"]


# The data key --------------------------------------------------------------------------------


def test_a_projects_key_does_not_open_another_projects_data(
    lab: Lab, river: Prober, youth: Prober
) -> None:
    url = gateway(lab, GROWTH)
    assert youth(f"get({url!r}, os.environ['POLDERLAB_TOKEN'])[0]") == 200
    status, code = told(river(f"get({url!r}, os.environ['POLDERLAB_TOKEN'])"))
    assert status == 403
    assert code in {"no-grant", "grant-revoked"}  # another test may have granted and revoked it


def test_a_key_used_in_another_container_is_refused(lab: Lab, river: Prober, youth: Prober) -> None:
    stolen = token_of(youth)
    for path in (GROWTH, "datasets"):
        url = gateway(lab, path)
        assert youth(f"get({url!r}, {stolen!r})[0]") == 200
        assert told(river(f"get({url!r}, {stolen!r})")) == (403, "wrong-address")


def test_a_key_used_on_the_host_is_refused(lab: Lab, youth: Prober) -> None:
    assert read_on_host(lab, token_of(youth)) == (403, "wrong-address")


def test_no_header_makes_a_key_come_from_its_own_container(
    lab: Lab, river: Prober, youth: Prober
) -> None:
    stolen, address = token_of(youth), youth.address
    for header in ("X-Forwarded-For", "X-Real-IP", "Forwarded"):
        value = f"for={address}" if header == "Forwarded" else address
        answer = httpx.get(
            gateway(lab, GROWTH),
            headers={"Authorization": f"Bearer {stolen}", header: value},
            trust_env=False,
        )
        assert answer.status_code == 403, header


@pytest.mark.parametrize("forged", ["", "x", "A" * 43, "Bearer", "../../etc/passwd", "' OR 1=1"])
def test_a_key_nobody_gave_out_is_refused(lab: Lab, river: Prober, forged: str) -> None:
    url = gateway(lab, "datasets/places/places.parquet")
    assert river(f"get({url!r}, {forged!r})[0]") == 401
    assert river(f"get({url!r}, os.environ['POLDERLAB_TOKEN'])[0]") == 200


def test_a_key_is_dead_within_a_second_of_stop(lab: Lab) -> None:
    who = ("waterdienst-analyst", "water-atlas")
    container = lab.start(*who)
    token = environment(container)["POLDERLAB_TOKEN"]
    prober = Prober(lab.kernel(*who))
    log = lab.settings.volumes / "projects" / who[1] / "poll.jsonl"
    url = gateway(lab, "datasets")
    prober.kernel.out(f"URL = {url!r}\n{POLL}")
    eventually(lambda: log.exists() and len(log.read_text().splitlines()) > 5, 10, "it reads")
    pressed = time.time()
    lab.stop(*who)
    reads = [json.loads(line) for line in log.read_text().splitlines() if line.endswith("]")]
    allowed = [asked for asked, status in reads if status == 200]
    assert allowed, "the positive control: it could read before"
    assert max(allowed) - pressed < 1
    # And for good: the key is of a session that has ended, wherever it is used from.
    assert read_on_host(lab, token) == (403, "session-closed")


def test_a_killed_containers_key_is_dead_once_it_is_noticed(lab: Lab) -> None:
    who = ("waterdienst-analyst", "water-atlas")
    container = lab.start(*who)
    token = environment(container)["POLDERLAB_TOKEN"]
    container.remove(force=True)
    eventually(
        lambda: read_on_host(lab, token) == (403, "session-closed"), 60, "the session is closed"
    )


# The hub key ---------------------------------------------------------------------------------


def test_a_servers_hub_key_opens_its_own_server_and_nothing_else(
    lab: Lab, river: Prober, youth: Prober
) -> None:
    api = f"http://{lab.settings.hub_bind}/hub/api"
    mine, other = RIVER[0], YOUTH[0]
    key = "os.environ['JUPYTERHUB_API_TOKEN']"
    whoami = river(f"get('{api}/user', {key})")
    assert whoami[0] == 200
    assert json.loads(whoami[1])["name"] == mine
    refusals = {
        "GET": [
            "/users",
            f"/users/{other}",
            f"/users/{other}/servers/{YOUTH[1]}",
            f"/users/{mine}/tokens",
            "/services",
            "/proxy",
            "/groups",
        ],
        "POST": [
            f"/users/{mine}/tokens",
            f"/users/{mine}/servers/water-atlas",
            f"/users/{other}/servers/another",
            f"/users/{other}/activity",
            "/users",
            "/users/mallory",
            "/shutdown",
        ],
        "DELETE": [
            f"/users/{mine}/servers/{RIVER[1]}",
            f"/users/{other}/servers/{YOUTH[1]}",
            f"/users/{other}",
        ],
    }
    for method, paths in refusals.items():
        for path in paths:
            status, _ = river(f"get('{api}{path}', {key}, {method!r}, b'{{}}')")
            assert status in {403, 404, 405}, f"{method} {path}: {status}"
    assert lab.ready(*YOUTH)
    assert lab.ready(*RIVER)


def test_a_hub_key_does_not_open_another_persons_server(
    lab: Lab, river: Prober, youth: Prober
) -> None:
    stolen = token_of(river, "JUPYTERHUB_API_TOKEN")
    for who, expected in ((RIVER, {200}), (YOUTH, {403})):
        answer = httpx.get(
            f"{lab.url}/user/{who[0]}/{who[1]}/api/status",
            headers={"Authorization": f"token {stolen}"},
            trust_env=False,
        )
        assert answer.status_code in expected, who


def test_people_cannot_make_hub_keys_for_themselves(lab: Lab) -> None:
    answer = lab.hub(RIVER[0], "POST", f"/users/{RIVER[0]}/tokens", json={})
    assert answer.status_code in {403, 404}
    assert lab.hub(RIVER[0], "GET", f"/users/{RIVER[0]}").status_code == 200


@pytest.mark.parametrize("end", ["stopped", "killed"])
def test_a_servers_hub_key_is_dead_when_the_server_is(lab: Lab, end: str) -> None:
    who = ("waterdienst-analyst", "water-atlas")
    container = lab.start(*who)
    key = environment(container)["JUPYTERHUB_API_TOKEN"]

    def whoami() -> int:
        return httpx.get(
            f"{lab.url}/hub/api/user", headers={"Authorization": f"token {key}"}, trust_env=False
        ).status_code

    assert whoami() == 200
    if end == "stopped":
        lab.stop(*who)
        assert whoami() == 403
    else:
        container.remove(force=True)
        eventually(lambda: whoami() == 403, 60, "the hub no longer knows the key")


def test_no_key_is_in_any_log(lab: Lab, river: Prober) -> None:
    keys = [token_of(river), token_of(river, "JUPYTERHUB_API_TOKEN")]
    secrets = lab.secrets
    keys += [secrets.hub_token, secrets.service_token, secrets.culler_token, secrets.proxy_token]
    keys += [account.password for account in lab.accounts.values()]
    logs = {path.name: path.read_text(errors="replace") for path in lab.settings.log.iterdir()}
    assert logs["hub.log"]
    assert logs["lab.log"]
    found = [name for name, text in logs.items() if any(key in text for key in keys)]
    assert found == []


def read_on_host(lab: Lab, token: str) -> tuple[int, str]:
    answer = httpx.get(
        gateway(lab, "datasets"), headers={"Authorization": f"Bearer {token}"}, trust_env=False
    )
    return answer.status_code, "" if answer.is_success else str(answer.json()["code"])
