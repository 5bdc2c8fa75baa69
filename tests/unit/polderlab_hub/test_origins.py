"""Nobody can say by a header of their own where they come from."""

from __future__ import annotations

import pytest

from polderlab_hub.origins import seen

PROXIES = {"10.213.0.1", "127.0.0.1", "192.0.2.1"}


@pytest.mark.parametrize(
    ("peer", "forwarded", "origin"),
    [
        ("10.213.0.1", "203.0.113.9", "203.0.113.9"),  # through the lab's own proxy
        ("10.213.0.1", "203.0.113.9, 192.0.2.1", "203.0.113.9"),  # and one in front of it
        ("10.213.0.1", "2001:db8::7", "2001:db8::7"),
        ("10.213.0.1", "", "10.213.0.1"),
        ("10.213.0.1", "192.0.2.1, 127.0.0.1", "192.0.2.1"),  # nobody but proxies
        # what a browser or a session wrote itself is not believed
        ("10.213.0.1", "198.51.100.1, 203.0.113.9", "203.0.113.9"),
        ("10.213.0.1", "198.51.100.1, 203.0.113.9, 192.0.2.1", "203.0.113.9"),
        ("10.213.4.5", "198.51.100.1", "10.213.4.5"),
        ("10.213.0.1", "127.0.0.1, 203.0.113.9", "203.0.113.9"),
        ("10.213.0.1", "203.0.113.9, \x1b[31mforged", "10.213.0.1"),
        ("10.213.0.1", "203.0.113.9,", "10.213.0.1"),
    ],
)
def test_only_known_proxies_are_believed_and_only_on_who_spoke_to_them(
    peer: str, forwarded: str, origin: str
) -> None:
    assert seen(peer, forwarded, PROXIES) == origin
