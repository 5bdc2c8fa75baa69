"""Where the lab may go when a steward types an address: public places, and those allowed.

Names are looked up once, here, and the connection is made to the very address that was judged:
a name that means something else a second later (DNS rebinding) leads nowhere.
"""

from __future__ import annotations

import socket
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from pathlib import Path, PurePosixPath

from polderlab_catalog.application.errors import Refused
from polderlab_catalog.domain.names import printable
from polderlab_catalog.policy.decisions import Code, refused
from polderlab_catalog.sources.failures import Down

_NEVER = frozenset(map(ip_address, ("100.100.100.200", "fd00:ec2::254", "168.63.129.16")))
"""Where clouds hand out credentials; link-local addresses, the usual place, are judged apart."""
_NAT64 = IPv6Network("64:ff9b::/96")


class Guard:
    """Judges hosts; ``allowed`` is the setting ``POLDERLAB_SOURCE_HOSTS``."""

    def __init__(self, allowed: str = "") -> None:
        entries = [entry.strip() for entry in allowed.split(",") if entry.strip()]
        self._hosts = frozenset(entry.lower() for entry in entries if not entry.startswith("/"))
        self._folders = tuple(entry for entry in entries if entry.startswith("/"))

    def resolve(self, host: str, port: int) -> str:
        """Return the address to connect to; raise :class:`Refused`, or :class:`Down`."""
        name = host.lower().rstrip(".")
        listed = not self._hosts.isdisjoint({name, _with_port(name, port)})
        try:
            found = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            raise Down from None
        addresses = [ip_address(str(info[4][0]).partition("%")[0]) for info in found]
        if not addresses:
            raise Down
        for address in addresses:
            if not _may_go(address, listed=listed):
                raise Refused(refused(Code.SOURCE_NOT_ALLOWED, host=printable(host, 100)))
        return str(addresses[0])

    def file(self, path: str) -> Path:
        """Return the file itself when it lies in an allowed folder; raise :class:`Refused`."""
        real = Path(path).resolve()
        if not any(real.is_relative_to(Path(folder).resolve()) for folder in self._folders):
            shown = printable(PurePosixPath(path).name, 100)
            raise Refused(refused(Code.SOURCE_NOT_ALLOWED, host=shown))
        return real


def _with_port(name: str, port: int) -> str:
    return f"[{name}]:{port}" if ":" in name else f"{name}:{port}"


def _may_go(address: IPv4Address | IPv6Address, *, listed: bool) -> bool:
    address = _plain(address)
    if address in _NEVER or address.is_link_local or address.is_multicast or address.is_unspecified:
        return False
    return listed or address.is_global


def _plain(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """Return the IPv4 address that an IPv6 one stands for, if it does."""
    if isinstance(address, IPv4Address):
        return address
    if address.ipv4_mapped or address.sixtofour:
        return address.ipv4_mapped or address.sixtofour or address
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address
