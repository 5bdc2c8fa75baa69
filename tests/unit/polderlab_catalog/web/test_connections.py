"""The list of connections: each is counted once, and the one that is there can be cut."""

from __future__ import annotations

from typing import Any

from polderlab_catalog.web.connections import Connections

PEER = ("10.213.0.2", 40000)


class Transport:
    """A transport that notes that it was cut."""

    cut = False

    def get_extra_info(self, _name: str) -> None: ...

    def abort(self) -> None:
        self.cut = True


def test_one_that_comes_from_the_port_of_one_that_went_unnoticed_can_be_cut() -> None:
    connections, old, new = Connections(most=2), any_(), any_()
    assert connections.begin(PEER, old) == connections.begin(PEER, new) == PEER
    connections.end(PEER, old)
    assert connections.cut({"client": PEER})
    assert (old.cut, new.cut) == (False, True)
    connections.end(PEER, new)
    assert not connections.cut({"client": PEER})


def test_none_is_counted_that_is_gone() -> None:
    connections = Connections(most=2)
    for _ in range(5):
        old, new = any_(), any_()
        connections.begin(PEER, old)
        connections.begin(PEER, new)
        connections.end(PEER, old)
        connections.end(PEER, new)
        assert not new.cut
    held = [any_() for _ in range(3)]
    for port, each in enumerate(held):
        connections.begin((PEER[0], port), each)
    assert [each.cut for each in held] == [False, False, True]


def any_() -> Any:
    return Transport()
