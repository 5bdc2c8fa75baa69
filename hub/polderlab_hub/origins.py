"""Where a request really comes from.

Tornado believes ``X-Real-Ip`` and ``X-Forwarded-For`` of anybody, and those a browser can send
itself. Here only a proxy that is known is believed, and only about who spoke to it.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import cache
from ipaddress import ip_address

from tornado.httputil import HTTPServerRequest

from polderlab_hub.settings import hub_settings


def origin_of(request: HTTPServerRequest) -> str:
    """Return the address ``request`` comes from, as far as this lab's proxies can tell."""
    context = getattr(request.connection, "context", None)
    address = getattr(context, "address", None)
    # Over a Unix socket there is no address; only this machine's own processes can do that.
    peer = str(address[0]) if isinstance(address, tuple) else "127.0.0.1"
    return seen(peer, request.headers.get("X-Forwarded-For", ""), known_proxies())


def seen(peer: str, forwarded: str, proxies: Collection[str]) -> str:
    """Return the last address in the chain that is not one of ``proxies``.

    Each proxy adds at the end who spoke to it, so what stands before a stranger's address is
    the stranger's own word.
    """
    chain = [peer, *(entry.strip() for entry in reversed(forwarded.split(",")))]
    origin = peer
    for entry in chain:
        if not _is_address(entry):
            break
        origin = entry
        if entry not in proxies:
            break
    return origin


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


@cache
def known_proxies() -> frozenset[str]:
    """Return the addresses of the proxies that are believed."""
    settings = hub_settings()
    # The lab's own proxy reaches the hub at the hub's own address, so it comes from there too.
    own = settings.hub_bind.rpartition(":")[0]
    return frozenset({own, "127.0.0.1", "::1", *settings.proxies})
