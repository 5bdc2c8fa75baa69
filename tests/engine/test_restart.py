"""What dies and comes back: hub, proxy, containers. Work goes on, places are given back."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from tests.support.lab import Lab, eventually

from polderlab_host import supervision

WHO = ("rivierstad-analyst", "river-access")
NAMES = "import intake\nprint(sorted(intake.open_catalog('/srv/catalog/catalog.yml')))"


@pytest.fixture(autouse=True)
def _hub_is_back(lab: Lab) -> Iterator[None]:
    yield
    lab.wait_for_hub()


def test_the_hub_is_killed_and_a_kernels_variable_survives(lab: Lab) -> None:
    container = lab.start(*WHO)
    with lab.kernel(*WHO) as kernel:
        kernel.out("precious = 42")
        lab.kill_hub()
        # Nobody waits for the hub: kernel and data are there all the while.
        assert kernel.out("print(precious)") == "42"
        assert "places" in kernel.out(NAMES)
        lab.wait_for_hub()
        assert kernel.out("print(precious)") == "42"
        assert lab.ready(*WHO)
        found = lab.container(*WHO)
        assert found is not None
        assert found.id == container.id
    lab.stop(*WHO)


def test_the_proxy_restarts_and_a_kernels_variable_survives(lab: Lab) -> None:
    lab.start(*WHO)
    with lab.kernel(*WHO) as kernel:
        kernel.out("precious = 42")
        supervision.restart(lab.settings, "proxy")
        path = f"/user/{WHO[0]}/{WHO[1]}/api/status"
        eventually(lambda: _routed(lab, path), 60, "the proxy knows the session again")
        assert kernel.out("print(precious)") == "42"
    lab.stop(*WHO)


def test_the_lab_service_restarts_and_reading_goes_on(lab: Lab) -> None:
    lab.start(*WHO)
    with lab.kernel(*WHO) as kernel:
        assert "places" in kernel.out(NAMES)
        supervision.restart(lab.settings, "lab")
        eventually(lambda: not kernel.run(NAMES).error, 30, "the catalogue can be read again")
    lab.stop(*WHO)


def test_a_container_that_was_removed_is_noticed_and_its_place_given_back(lab: Lab) -> None:
    with lab.changed("allocation", f"project:{WHO[1]}", sessions=1):
        lab.start(*WHO).remove(force=True)
        gone = time.monotonic()
        eventually(lambda: WHO[1] not in lab.servers(WHO[0]), 60, "the hub knows")
        eventually(lambda: _free(lab), 60, "the place is free")
        assert time.monotonic() - gone < 60
        eventually(lambda: lab.ready("rivierstad-lead", WHO[1]), 60, "the colleague's is ready")
        lab.stop("rivierstad-lead", WHO[1])


def test_a_server_that_ends_by_itself_gives_its_place_back(lab: Lab) -> None:
    lab.start(*WHO)
    kernel = lab.kernel(*WHO)
    # One's own processes may be killed; process 1, the engine's, may not.
    with contextlib.suppress(Exception):
        kernel.run("import os, signal; os.kill(os.getppid(), signal.SIGKILL)", seconds=5)
    eventually(lambda: lab.container(*WHO) is None, 60, "the container is removed")
    eventually(lambda: WHO[1] not in lab.servers(WHO[0]), 60, "the hub knows")
    lab.start(*WHO)
    lab.stop(*WHO)


@pytest.mark.parametrize("after", [0.0, 0.3, 1.0])
def test_a_session_can_be_stopped_while_it_starts(lab: Lab, after: float) -> None:
    with lab.changed("allocation", f"project:{WHO[1]}", sessions=1), ThreadPoolExecutor(1) as pool:
        asked = pool.submit(lab.ask_to_start, *WHO)
        eventually(lambda: WHO[1] in lab.servers(WHO[0]), 10, "it is on its way")
        time.sleep(after)
        lab.stop(*WHO)
        asked.result()
        eventually(lambda: not lab.containers(), 60, "nothing is left of it")
        lab.start("rivierstad-lead", WHO[1])
        lab.stop("rivierstad-lead", WHO[1])


@pytest.mark.parametrize("after", [0.05, 0.3, 0.8, 1.5])
def test_a_hub_killed_while_it_starts_a_session_leaves_nothing_behind(
    lab: Lab, after: float
) -> None:
    lab.person(WHO[0])

    def ask() -> None:
        with contextlib.suppress(httpx.HTTPError, AssertionError):
            lab.ask_to_start(*WHO)

    asking = threading.Thread(target=ask)
    asking.start()
    time.sleep(after)
    lab.kill_hub()
    asking.join()
    lab.wait_for_hub()
    # Hub, engine and register agree within a minute: it either runs, or it never was.
    eventually(lambda: _agree(lab), 60, "hub and engine agree")
    if not lab.ready(*WHO):
        lab.start(*WHO)
    assert lab.run(*WHO, NAMES)
    assert len(lab.containers()) == 1
    lab.stop(*WHO)


def _free(lab: Lab) -> bool:
    return lab.ask_to_start("rivierstad-lead", WHO[1]).status_code in {201, 202}


def _agree(lab: Lab) -> bool:
    server = lab.servers(WHO[0]).get(WHO[1])
    if server is None:
        return not lab.containers()
    return bool(server["ready"]) and len(lab.containers()) == 1


def _routed(lab: Lab, path: str) -> bool:
    with contextlib.suppress(httpx.HTTPError):
        return lab.person(WHO[0]).get(path, follow_redirects=False).status_code == 200
    return False
