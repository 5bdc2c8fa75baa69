"""The container a plan turns into."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from polderlab.wire import Limits, NetworkZone, SessionPlan
from polderlab_disk.names import StorageError
from polderlab_hub.session_plan import Place, container, container_name

PLACE = Place(
    instance="lab",
    folders=Path("/state"),
    catalog=Path("/state/catalog/catalog.yml"),
    networks={NetworkZone.CLOSED: "lab-closed", NetworkZone.OPEN: "lab-open"},
)
PLAN = SessionPlan(
    session="0b3c",
    username="rivierstad-analyst",
    project="river-access",
    image="sha256:abc",
    image_name="python-geo",
    size="small",
    limits=Limits(cpus=1.5, memory_bytes=2**31, pids=300, tmp_bytes=2**28, shm_bytes=2**26),
    network=NetworkZone.CLOSED,
    home="rivierstad-analyst/river-access",
    shared="river-access",
    environment={"POLDERLAB_TOKEN": "secret"},
)


def made(plan: SessionPlan = PLAN, **environment: str) -> tuple[dict[str, Any], dict[str, Any]]:
    spec = container(plan, PLACE, command=["jupyterhub-singleuser"], environment=environment)
    return spec.create, spec.host


def test_the_image_is_the_plans_by_content() -> None:
    create, _ = made()
    assert create["image"] == "sha256:abc"


def test_the_plans_limits_are_hard_and_there_is_no_swap() -> None:
    _, host = made()
    assert host["cpu_quota"] / host["cpu_period"] == 1.5
    assert host["mem_limit"] == host["memswap_limit"] == 2**31
    assert host["pids_limit"] == 300
    assert host["shm_size"] == 2**26
    assert f"size={2**28}" in host["tmpfs"]["/tmp"]


def test_a_session_has_no_privilege_to_lose() -> None:
    create, host = made()
    assert create["user"] == "1000:1000"
    assert host["cap_drop"] == ["ALL"]
    assert "cap_add" not in host
    assert host["security_opt"] == ["no-new-privileges:true"]
    assert host["privileged"] is False
    assert host["read_only"] is True
    assert host["ipc_mode"] == "private"


def seen(place: Place) -> dict[str, tuple[str, str, bool]]:
    host = container(PLAN, place, command=[], environment={}).host
    return {m["Target"]: (m["Source"], m["Type"], m["ReadOnly"]) for m in host["mounts"]}


PLAIN = {
    "/home/analyst": ("/state/homes/rivierstad-analyst/river-access", "bind", False),
    "/home/analyst/project": ("/state/projects/river-access", "bind", False),
    "/srv/catalog/catalog.yml": ("/state/catalog/catalog.yml", "bind", True),
}


def test_home_project_and_catalogue_are_all_that_is_mounted() -> None:
    assert seen(replace(PLACE, limited=False)) == PLAIN


def test_snapshots_are_there_to_be_read() -> None:
    kept = "/state/snapshots"
    assert seen(PLACE) == {
        **PLAIN,
        "/home/analyst/.snapshots/home": (
            f"{kept}/homes/rivierstad-analyst/river-access",
            "bind",
            True,
        ),
        "/home/analyst/.snapshots/project": (f"{kept}/projects/river-access", "bind", True),
    }


def test_what_may_be_asked_of_the_kernel_is_said_where_there_are_limits_to_get_round() -> None:
    place = replace(PLACE, seccomp='{"defaultAction": "SCMP_ACT_ERRNO"}')
    host = container(PLAN, place, command=[], environment={}).host
    assert host["security_opt"] == ["no-new-privileges:true", f"seccomp={place.seccomp}"]


def test_a_name_that_leads_elsewhere_is_never_mounted() -> None:
    for home in ("../other/river-access", "rivierstad-analyst/..", "/etc"):
        with pytest.raises(StorageError):
            container(replace(PLAN, home=home), PLACE, command=[], environment={})


def test_a_closed_session_resolves_no_names_from_outside() -> None:
    _, host = made()
    assert host["network_mode"] == "lab-closed"
    assert host["dns"] == ["198.51.100.53"]


def test_an_open_session_is_in_the_open_network() -> None:
    _, host = made(replace(PLAN, network=NetworkZone.OPEN))
    assert host["network_mode"] == "lab-open"
    assert "dns" not in host


def test_the_plans_variables_win_over_the_hubs() -> None:
    create, _ = made(POLDERLAB_TOKEN="forged", JUPYTERHUB_USER="rivierstad-analyst")
    assert create["environment"]["POLDERLAB_TOKEN"] == "secret"
    assert create["environment"]["JUPYTERHUB_USER"] == "rivierstad-analyst"


def test_a_session_is_told_its_limits() -> None:
    create, _ = made()
    assert create["environment"]["MEM_LIMIT"] == str(2**31)
    assert create["environment"]["OMP_NUM_THREADS"] == "2"


@pytest.mark.parametrize(("idle", "reports"), [(3600, 300), (60, 15), (8, 5)])
def test_a_session_reports_its_use_more_often_than_it_may_be_idle(idle: int, reports: int) -> None:
    create, _ = made(replace(PLAN, idle_seconds=idle))
    assert create["environment"]["JUPYTERHUB_ACTIVITY_INTERVAL"] == str(reports)


@pytest.mark.parametrize(
    ("one", "other"), [(("a-b", "c-d"), ("a", "b-c-d")), (("ab", "c"), ("a", "b-c"))]
)
def test_no_two_sessions_share_a_containers_name(
    one: tuple[str, str], other: tuple[str, str]
) -> None:
    assert container_name("lab", *one) != container_name("lab", *other)
