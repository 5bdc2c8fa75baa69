"""How long an analyst waits for a notebook: from pressing start to the first answered cell."""

from __future__ import annotations

import contextlib

import pytest
from docker.errors import ContainerError
from tests.support.lab import Lab
from tests.support.measure import compare, timed

WHO = ("rivierstad-analyst", "river-access")
ROUNDS = 7
PEER = "docker run IMAGE true"


@pytest.mark.timeout(900)
def test_from_start_to_a_ready_kernel_against_an_empty_container(lab: Lab) -> None:
    image = str(lab.start(*WHO).attrs["Image"])
    lab.stop(*WHO)

    def server() -> None:
        lab.start(*WHO)

    def kernel() -> None:
        with lab.kernel(*WHO) as one:
            assert one.out("print(6 * 7)") == "42"

    def empty() -> None:
        with contextlib.suppress(ContainerError), contextlib.closing(lab.docker) as client:
            client.containers.run(image, "true", entrypoint="", remove=True, network_mode="none")

    rounds = []
    for _ in range(ROUNDS):
        begun = timed(server)
        ready = begun + timed(kernel)
        lab.stop(*WHO)
        rounds.append(
            {PEER: timed(empty), "start → server ready": begun, "start → first cell": ready}
        )

    print("\nFrom pressing start")
    print(*compare(rounds, peer=PEER), sep="\n")
    assert len(rounds) == ROUNDS
