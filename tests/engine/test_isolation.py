"""Two people's sessions, side by side on one machine, and what each can do to the other."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import closing
from urllib.parse import urlsplit

import pytest
from tests.support.kernel import KernelGoneError
from tests.support.lab import Lab, eventually
from tests.support.outside import outside
from tests.support.probes import Prober

from polderlab_host.firewall import nameservers

RIVER = ("rivierstad-analyst", "river-access")
YOUTH = ("kustregio-analyst", "youth-health")


@pytest.fixture(scope="module")
def river(lab: Lab) -> Prober:
    """Return a notebook of the municipality."""
    lab.start(*RIVER)
    return Prober(lab.kernel(*RIVER))


@pytest.fixture(scope="module")
def youth(lab: Lab) -> Prober:
    """Return a notebook of the health service."""
    lab.start(*YOUTH)
    return Prober(lab.kernel(*YOUTH))


@pytest.fixture
def listener() -> Iterator[int]:
    """Listen on every address of the host, as a careless service would; return the port."""
    with closing(socket.create_server(("0.0.0.0", 0), backlog=64)) as server:

        def accept() -> None:
            while True:
                try:
                    server.accept()[0].close()
                except OSError:
                    return

        threading.Thread(target=accept, daemon=True).start()
        yield server.getsockname()[1]


# Network -------------------------------------------------------------------------------------


def test_a_session_reaches_itself_hub_and_gateway(lab: Lab, river: Prober) -> None:
    gateway = str(lab.settings.gateway)
    assert river(f"reach({river.address!r}, 8888)") == "open"
    assert river(f"reach({gateway!r}, {lab.settings.hub_port})") == "open"
    assert river(f"reach({gateway!r}, {lab.settings.gateway_port})") == "open"


def test_two_sessions_cannot_reach_each_other(river: Prober, youth: Prober) -> None:
    for one, other in ((river, youth), (youth, river)):
        assert other(f"reach({other.address!r}, 8888)") == "open"  # it does listen
        assert one(f"reach({other.address!r}, 8888)") != "open"
        kernel_ports = other(
            "[int(line.split()[1].split(':')[1], 16) for line in"
            " list(open('/proc/net/tcp'))[1:] if line.split()[3] == '0A']"
        )
        assert len(kernel_ports) > 1
        assert "open" not in one(f"[reach({other.address!r}, p, 1) for p in {kernel_ports}]")


def test_a_session_has_no_ipv6(river: Prober) -> None:
    addresses = river(
        "open('/proc/net/if_inet6').read() if os.path.exists('/proc/net/if_inet6') else ''"
    )
    assert all(line.endswith(" lo") for line in addresses.splitlines())


def test_a_session_reaches_nothing_else_of_the_host(lab: Lab, river: Prober, listener: int) -> None:
    gateway = str(lab.settings.gateway)
    addresses = [gateway, str(next(lab.settings.open_subnet.hosts())), _own_address(), "172.17.0.1"]
    for address in (gateway, _own_address()):
        socket.create_connection((address, listener), 3).close()  # it listens there
    ports = {
        listener,
        22,
        2375,
        2376,
        urlsplit(lab.url).port,
        int(lab.settings.proxy_api.rsplit(":", 1)[1]),
        int(lab.settings.portal_bind.rsplit(":", 1)[1]),
    }
    for address in addresses:
        for port in sorted(ports):
            assert river(f"reach({address!r}, {port}, 1)") != "open", f"{address}:{port}"


def test_a_closed_session_has_no_way_out(river: Prober) -> None:
    for address in ("169.254.169.254", "1.1.1.1", "9.9.9.9", "10.0.0.1", "192.168.1.1"):
        assert river(f"reach({address!r}, 443, 1)") != "open"
        assert river(f"reach({address!r}, 80, 1)") != "open"


def test_a_closed_session_cannot_even_ask_for_a_name(river: Prober) -> None:
    servers = ["127.0.0.11", "8.8.8.8", *nameservers()]
    for server in servers:
        assert river(f"ask_name_server({server!r})", seconds=30) != "answer"


def test_a_project_with_internet_resolves_names_and_still_not_the_host(
    lab: Lab, listener: int
) -> None:
    lead = ("waterdienst-analyst", "water-atlas")
    with lab.changed("project", "water-atlas", internet=True):
        lab.start(*lead)
        with lab.kernel(*lead) as kernel:
            opened = Prober(kernel)
            gateway = str(lab.settings.gateway)
            assert opened(f"reach({gateway!r}, {lab.settings.gateway_port})") == "open"
            for server in nameservers():
                # Whether it knows the name is its business: it can be asked.
                assert opened(f"ask_name_server({server!r})") in {"answer", "no records"}
            for address in (gateway, _own_address(), "169.254.169.254", "172.17.0.1"):
                assert opened(f"reach({address!r}, {listener}, 1)") != "open"
                assert opened(f"reach({address!r}, 80, 1)") != "open"
        lab.stop(*lead)


def test_the_same_host_outside_is_reached_from_an_open_project_and_not_from_a_closed_one(
    lab: Lab, river: Prober
) -> None:
    lead = ("waterdienst-analyst", "water-atlas")
    with outside(lab.settings.instance) as (address, port):
        with lab.changed("project", "water-atlas", internet=True):
            lab.start(*lead)
            with lab.kernel(*lead) as kernel:
                assert Prober(kernel)(f"reach({address!r}, {port})") == "open"
            lab.stop(*lead)
        assert river(f"reach({address!r}, {port})") != "open"


# Container -----------------------------------------------------------------------------------


def test_a_session_has_no_privileges(river: Prober) -> None:
    status = river("status()")
    assert status["Uid"].split() == ["1000"] * 4
    assert status["Gid"].split() == ["1000"] * 4
    assert int(status["CapEff"], 16) == int(status["CapBnd"], 16) == 0
    assert status["NoNewPrivs"] == "1"
    assert status["Seccomp"] == "2"


@pytest.mark.parametrize(
    "command",
    [
        ("unshare", "--user", "--map-root-user", "true"),
        ("unshare", "--mount", "true"),
        ("mount", "-t", "tmpfs", "none", "/mnt"),
        ("su", "-c", "true"),
        ("chown", "0", "/home/analyst"),
    ],
)
def test_a_session_cannot_get_privileges(river: Prober, command: tuple[str, ...]) -> None:
    code, said = river(f"run(*{command!r})")
    assert code != 0
    assert "not found" not in said  # the probe itself is there
    assert river("run('true')")[0] == 0


def test_no_raw_sockets(river: Prober) -> None:
    error = river.kernel.run("socket.socket(socket.AF_INET, socket.SOCK_RAW, 1)").error
    assert error.startswith("PermissionError")


def test_the_engine_is_out_of_sight(river: Prober) -> None:
    assert river("os.path.exists('/var/run/docker.sock')") is False
    mounted = river("[line.split()[1] for line in open('/proc/mounts')]")
    assert not any("docker.sock" in point for point in mounted)


def test_only_its_own_folders_can_be_written(river: Prober) -> None:
    for folder, allowed in {
        "/home/analyst": True,
        "/home/analyst/project": True,
        "/tmp": True,
        "/srv/catalog": False,
        "/opt/lab": False,
        "/var/tmp": False,
        "/etc": False,
    }.items():
        result = river.kernel.run(
            f"open('{folder}/probe', 'w').close(); os.unlink('{folder}/probe')"
        )
        assert (not result.error) is allowed, f"{folder}: {result.error}"


def test_members_share_their_projects_folder_and_nobody_else_sees_it(
    lab: Lab, river: Prober, youth: Prober
) -> None:
    colleague = ("rivierstad-lead", "river-access")
    lab.start(*colleague)
    river.kernel.out("open('/home/analyst/project/shared.txt', 'w').write('from a colleague')")
    river.kernel.out("open('/home/analyst/private.txt', 'w').write('mine')")
    with lab.kernel(*colleague) as kernel:
        assert (
            kernel.out("print(open('/home/analyst/project/shared.txt').read())")
            == "from a colleague"
        )
        kernel.out("open('/home/analyst/project/shared.txt', 'a').write(', and back')")
        assert kernel.run("open('/home/analyst/private.txt')").error.startswith("FileNotFoundError")
    assert youth("os.path.exists('/home/analyst/project/shared.txt')") is False
    assert "and back" in river("open('/home/analyst/project/shared.txt').read()")
    lab.stop(*colleague)


# Greed ---------------------------------------------------------------------------------------


def test_a_fork_bomb_hits_the_limit_and_a_neighbour_does_not_notice(
    river: Prober, youth: Prober
) -> None:
    forked, error = river(
        "(lambda l: (exec('''\n"
        "try:\n"
        '    while len(l[0]) < 5000: l[0].append(subprocess.Popen(["/bin/sleep", "300"]))\n'
        "except OSError as e: l[1] = errno.errorcode[e.errno]\n"
        "for p in l[0]: p.kill()\n"
        "for p in l[0]: p.wait()\n"
        "''', globals(), {'l': l}), (len(l[0]), l[1]))[1])([[], None])",
        seconds=120,
    )
    assert error == "EAGAIN"
    assert 20 < forked < 512
    assert youth("run('true')")[0] == 0
    assert river("run('true')")[0] == 0


def test_a_memory_bomb_takes_only_its_own_kernel(lab: Lab, river: Prober, youth: Prober) -> None:
    youth.kernel.out("survivor = 'still here'")
    bomb = lab.kernel(*RIVER)
    with pytest.raises(KernelGoneError):
        bomb.run("hoard = []\nwhile True: hoard.append(b'x' * 2**26)", seconds=120)
    assert youth.kernel.out("print(survivor)") == "still here"
    assert lab.run(*RIVER, "print(1)") == "1"


def test_a_full_tmp_is_its_own_problem(river: Prober, youth: Prober) -> None:
    filled = river.kernel.run(
        "with open('/tmp/fill', 'wb') as f:\n    while True: f.write(b'x' * 2**20)", seconds=120
    )
    river.kernel.out("os.unlink('/tmp/fill')")
    assert "No space left" in filled.error
    assert not youth.kernel.run("open('/tmp/fill', 'wb').write(b'x' * 2**20)").error


def test_what_a_session_prints_does_not_fill_the_hosts_disk(lab: Lab, river: Prober) -> None:
    container = lab.container(*RIVER)
    assert container is not None
    log = container.attrs["HostConfig"]["LogConfig"]
    assert log == {"Type": "json-file", "Config": {"max-file": "2", "max-size": "5m"}}
    eventually(lambda: river("1") == 1, 10, "the session answers")


def _own_address() -> str:
    """Return the host's address on its own network."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("203.0.113.1", 9))  # sends nothing, only chooses the way
        return str(probe.getsockname()[0])
