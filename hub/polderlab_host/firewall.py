"""What sessions may reach: the hub and the data gateway, and for open projects the internet.

Docker's own rules guard what is forwarded; these guard the host itself (INPUT) and the networks
around it (DOCKER-USER). Rules are put in place in one transaction, so there is no moment without.
"""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Address
from pathlib import Path

from polderlab_host.commands import run
from polderlab_host.settings import HostSettings

NOT_THE_INTERNET = (
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "198.18.0.0/15",
    "224.0.0.0/4",
    "240.0.0.0/4",
)
ANSWERS = "-m conntrack --ctstate ESTABLISHED,RELATED"
RESOLVER_FILES = (Path("/etc/resolv.conf"), Path("/run/systemd/resolve/resolv.conf"))


def chains(settings: HostSettings, nameservers: Sequence[str]) -> dict[str, list[str]]:
    """Return the lab's own chains with their rules."""
    closed, opened = settings.closed_bridge, settings.open_bridge
    ports = f"-p tcp -m multiport --dports {settings.hub_port},{settings.gateway_port}"
    names = [f"-d {server} -p {protocol} --dport 53" for server in nameservers
             for protocol in ("udp", "tcp")]  # fmt: skip
    return {
        f"{settings.instance}-input": [
            f"{ANSWERS} -j ACCEPT",
            f"-i {closed} -d {settings.gateway} {ports} -j ACCEPT",
            f"-i {opened} -d {settings.gateway} {ports} -j ACCEPT",
            *(f"-i {opened} {name} -j ACCEPT" for name in names),
            "-j REJECT",
        ],
        f"{settings.instance}-open": [
            f"{ANSWERS} -j RETURN",
            *(f"{name} -j RETURN" for name in names),
            *(f"-d {network} -j REJECT" for network in NOT_THE_INTERNET),
            "-j RETURN",
        ],
    }


def jumps(settings: HostSettings) -> list[tuple[str, str]]:
    """Return where the system's chains hand over to the lab's: chain and rule."""
    to_input = f"-j {settings.instance}-input"
    return [
        ("INPUT", f"-i {settings.closed_bridge} {to_input}"),
        ("INPUT", f"-i {settings.open_bridge} {to_input}"),
        # From other machines: these addresses are for sessions only.
        ("INPUT", f"-d {settings.subnet} ! -i lo {to_input}"),
        ("DOCKER-USER", f"-i {settings.open_bridge} -j {settings.instance}-open"),
    ]


def transaction(
    settings: HostSettings, nameservers: Sequence[str], present: Sequence[tuple[str, str]]
) -> str:
    """Return the input of ``iptables-restore --noflush`` that puts everything in place.

    ``present`` are the jumps that are there: they are moved to the front, where no rule of
    another firewall comes before them.
    """
    own = chains(settings, nameservers)
    lines = ["*filter", *(f":{chain} - [0:0]" for chain in own)]
    lines += [f"-A {chain} {rule}" for chain, rules in own.items() for rule in rules]
    lines += [f"-D {chain} {rule}" for chain, rule in present]
    lines += [f"-I {chain} 1 {rule}" for chain, rule in jumps(settings)]
    return "\n".join([*lines, "COMMIT", ""])


def present(settings: HostSettings) -> list[tuple[str, str]]:
    """Return every jump to the lab's chains that is there, those of earlier settings included."""
    own = tuple(f"-j {chain}" for chain in chains(settings, ()))
    found = []
    for chain in sorted({chain for chain, _ in jumps(settings)}):
        listed = run(["iptables", "-w", "-S", chain], check=False).stdout
        begin = f"-A {chain} "
        rules = [line.removeprefix(begin) for line in listed.splitlines() if line.startswith(begin)]
        found += [(chain, rule) for rule in rules if rule.endswith(own)]
    return found


def in_place(settings: HostSettings) -> bool:
    """Tell whether sessions are fenced in."""
    return all(
        run(["iptables", "-w", "-C", chain, *rule.split()], check=False).returncode == 0
        for chain, rule in jumps(settings)
    )


def apply(settings: HostSettings) -> None:
    """Put the rules in place, whatever was there before."""
    # Engines before 17.06 aside, DOCKER-USER is there once dockerd runs; not so without it.
    run(["iptables", "-w", "-N", "DOCKER-USER"], check=False)
    run(
        ["iptables-restore", "-w", "--noflush"],
        text=transaction(settings, nameservers(), present(settings)),
    )
    _apply_ipv6(settings)


def _apply_ipv6(settings: HostSettings) -> None:
    """Refuse IPv6 from the lab's bridges: sessions have none, a link-local address always is."""
    if not Path("/proc/net/if_inet6").exists():
        return
    for bridge in (settings.closed_bridge, settings.open_bridge):
        rule = ["INPUT", "-i", bridge, "-j", "DROP"]
        if run(["ip6tables", "-w", "-C", *rule], check=False).returncode != 0:
            run(["ip6tables", "-w", "-I", *rule])


def remove(settings: HostSettings) -> None:
    """Take every rule out again."""
    for chain, rule in present(settings):
        run(["iptables", "-w", "-D", chain, *rule.split()])
    for chain in chains(settings, ()):
        run(["iptables", "-w", "-F", chain], check=False)
        run(["iptables", "-w", "-X", chain], check=False)
    if Path("/proc/net/if_inet6").exists():
        for bridge in (settings.closed_bridge, settings.open_bridge):
            run(["ip6tables", "-w", "-D", "INPUT", "-i", bridge, "-j", "DROP"], check=False)


def nameservers(files: Sequence[Path] = RESOLVER_FILES) -> list[str]:
    """Return the IPv4 name servers of this host; open sessions resolve names through them."""
    found: dict[str, None] = {}
    for file in files:
        if not file.exists():
            continue
        for line in file.read_text().splitlines():
            words = line.split()
            if len(words) > 1 and words[0] == "nameserver" and _is_remote(words[1]):
                found[words[1]] = None
    return list(found)


def _is_remote(address: str) -> bool:
    try:
        return not IPv4Address(address).is_loopback
    except ValueError:
        return False
