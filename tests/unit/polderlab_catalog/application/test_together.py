"""What is done at the hub once several use cases hold together."""

from __future__ import annotations

import pytest
from tests.fakes.hub import MemoryHub

from polderlab_catalog.application.errors import Refused, Unavailable
from polderlab_catalog.application.together import Later
from polderlab_catalog.policy.decisions import Code, refused


class Limping(MemoryHub):
    """A hub that does not stop the first of two."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error

    def stop(self, username: str, project: str) -> None:
        """Stop it, or not."""
        if username == "first":
            raise self.error
        super().stop(username, project)


@pytest.mark.parametrize(
    "error", [Unavailable("away"), Refused(refused(Code.HUB_REFUSED, message="no"))]
)
def test_one_server_that_does_not_stop_keeps_no_other_running(error: Exception) -> None:
    hub = Limping(error)
    later = Later(hub)
    later.stop("first", "atlas")
    later.stop("second", "atlas")
    assert hub.stopped == []
    later.now()
    assert hub.stopped == [("second", "atlas")]


def test_nothing_else_is_asked_of_the_hub() -> None:
    later = Later(MemoryHub())
    with pytest.raises(NotImplementedError):
        later.sign_out("somebody")
    with pytest.raises(NotImplementedError):
        later.start("somebody", "atlas")
