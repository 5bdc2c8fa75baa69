"""The two networks sessions live on: one closed, one with the internet behind it.

In both, containers cannot reach each other (`enable_icc=false`). What they may reach of the
host is up to :mod:`polderlab_host.firewall`.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path

import docker
from docker.errors import APIError, NotFound
from docker.types import IPAMConfig, IPAMPool

from polderlab_host.engine import LABEL
from polderlab_host.errors import HostError
from polderlab_host.settings import HostSettings

BRIDGE_FILTER = Path("/proc/sys/net/bridge/bridge-nf-call-iptables")


@dataclass(frozen=True)
class Network:
    """One of the two networks."""

    name: str
    bridge: str
    subnet: IPv4Network
    gateway: IPv4Address
    internal: bool


def plan(settings: HostSettings) -> tuple[Network, Network]:
    """Return the closed and the open network."""
    return (
        Network(
            settings.closed_network,
            settings.closed_bridge,
            settings.closed_subnet,
            settings.gateway,
            internal=True,
        ),
        Network(
            settings.open_network,
            settings.open_bridge,
            settings.open_subnet,
            next(settings.open_subnet.hosts()),
            internal=False,
        ),
    )


def ensure(engine: docker.DockerClient, settings: HostSettings) -> None:
    """Make the two networks where they are not there yet."""
    for network in plan(settings):
        if not _is_there(engine, network):
            _make(engine, network, settings.instance)
    if not BRIDGE_FILTER.exists() or BRIDGE_FILTER.read_text().strip() != "1":
        raise HostError(
            "This machine's kernel does not filter traffic between containers, so that sessions"
            " could reach each other.",
            "Load its module with `modprobe br_netfilter` and run `make up` again.",
        )


def _is_there(engine: docker.DockerClient, network: Network) -> bool:
    try:
        there = engine.networks.get(network.name)
    except NotFound:
        return False
    found = (there.attrs["IPAM"]["Config"] or [{}])[0].get("Subnet")
    if found == str(network.subnet):
        return True
    if there.attrs["Containers"]:
        raise HostError(
            f"Sessions run with the addresses {found}, but the settings say {network.subnet}.",
            "Run `make down`, which stops them, and then `make up`; or set POLDERLAB_SUBNET back.",
        )
    there.remove()
    return False


def _make(engine: docker.DockerClient, network: Network, instance: str) -> None:
    pool = IPAMPool(subnet=str(network.subnet), gateway=str(network.gateway))
    try:
        engine.networks.create(
            network.name,
            driver="bridge",
            internal=network.internal,
            ipam=IPAMConfig(pool_configs=[pool]),
            options={
                "com.docker.network.bridge.name": network.bridge,
                "com.docker.network.bridge.enable_icc": "false",
            },
            labels={LABEL: instance},
        )
    except APIError as error:
        raise HostError(
            f"The network {network.name} cannot be made: {error.explanation}.",
            "If its addresses are taken, choose others with POLDERLAB_SUBNET, for instance"
            " POLDERLAB_SUBNET=10.99.0.0/16.",
        ) from error


def remove(engine: docker.DockerClient, settings: HostSettings) -> None:
    """Remove both networks."""
    for name in (settings.closed_network, settings.open_network):
        try:
            engine.networks.get(name).remove()
        except NotFound:
            continue


def missing(engine: docker.DockerClient, settings: HostSettings) -> list[str]:
    """Return the names of the networks that should be there and are not."""
    there = {network.name for network in engine.networks.list()}
    return sorted({settings.closed_network, settings.open_network} - there)
