"""The rules around sessions, as text; tests/engine tries them on real containers."""

from __future__ import annotations

from pathlib import Path

from polderlab_host import firewall
from polderlab_host.settings import HostSettings

SETTINGS = HostSettings(instance="lab", subnet="10.99.0.0/16")


def test_of_the_host_only_hub_and_gateway_can_be_reached() -> None:
    rules = firewall.chains(SETTINGS, [])["lab-input"]
    accepted = [rule for rule in rules if rule.endswith("-j ACCEPT")]
    assert accepted[0].startswith("-m conntrack --ctstate ESTABLISHED")
    assert all("-d 10.99.0.1 -p tcp -m multiport --dports 8081,8020" in r for r in accepted[1:])
    assert rules[-1] == "-j REJECT"


def test_the_internet_is_not_the_networks_around_the_host() -> None:
    rules = firewall.chains(SETTINGS, [])["lab-open"]
    for network in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16"):
        assert f"-d {network} -j REJECT" in rules


def test_open_sessions_resolve_names_where_the_host_does_and_closed_ones_nowhere() -> None:
    chains = firewall.chains(SETTINGS, ["10.0.0.2"])
    assert "-d 10.0.0.2 -p udp --dport 53 -j RETURN" in chains["lab-open"]
    names = [rule for rule in chains["lab-input"] if "--dport 53" in rule]
    assert names
    assert all("-i lab-o" in rule for rule in names)


def test_name_servers_of_the_host_itself_are_left_out(tmp_path: Path) -> None:
    file = tmp_path / "resolv.conf"
    file.write_text("# comment\nnameserver 127.0.0.53\nnameserver 10.0.0.2\nnameserver fe80::1\n")
    assert firewall.nameservers([file, tmp_path / "absent"]) == ["10.0.0.2"]


def test_rules_that_are_there_are_moved_to_the_front_in_one_transaction() -> None:
    there = firewall.jumps(SETTINGS)[:1]
    text = firewall.transaction(SETTINGS, [], there)
    lines = text.splitlines()
    assert lines[0] == "*filter"
    assert lines[-1] == "COMMIT"
    assert f"-D INPUT {there[0][1]}" in lines
    for chain, rule in firewall.jumps(SETTINGS):
        assert f"-I {chain} 1 {rule}" in lines


def test_every_rule_of_two_labs_names_its_own_lab() -> None:
    text = firewall.transaction(SETTINGS, [], [])
    assert all("lab" in line for line in text.splitlines()[1:-1])
