"""The gateway as it runs, alone and with nginx before it: what is sent, cut, counted, and never
sent."""

from __future__ import annotations

import json
import random
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from tests.fakes.world import FILE, World, distribution, token
from tests.support.gateway import HERE, GatewayProcess

from polderlab import wire
from polderlab_catalog.domain.audit import AuditAction
from polderlab_catalog.domain.datasets import Version
from polderlab_catalog.policy.decisions import Code
from polderlab_catalog.web.gateway.transfers import MOST_AT_ONCE

MEGABYTE = 1024**2
SMALL = random.Random(7).randbytes(3 * MEGABYTE)
LARGE = 200 * MEGABYTE
"""More than nginx sends by itself."""


def fill(world: World, data: Path) -> None:
    (data / "water_bodies" / "1").mkdir(parents=True)
    (data / "water_bodies" / "1" / FILE).write_bytes(SMALL)
    (data / "growth_study" / "1").mkdir(parents=True)
    with (data / "growth_study" / "1" / FILE).open("wb") as large:
        large.truncate(LARGE)
    (data / "soil_survey" / "1").mkdir(parents=True)
    (data.parent / "secret").write_bytes(b"not for anyone")
    (data / "soil_survey" / "1" / FILE).symlink_to(data.parent / "secret")
    grant(world, "growth_study")
    grant(world, "soil_survey")


def grant(world: World, dataset: str) -> None:
    until = world.clock().date() + timedelta(days=30)
    world.grants.grant(world.operator, dataset, "river-access", until)


@pytest.fixture(scope="module", params=["embedded", "nginx"])
def gateway(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[GatewayProcess]:
    folder = tmp_path_factory.mktemp(request.param)
    with_nginx = request.param == "nginx"
    # Starting takes seconds: the tests share it, each with a session of its own.
    with GatewayProcess(folder, with_nginx=with_nginx, silence=3, fill=fill) as running:
        yield running


@pytest.fixture
def session(gateway: GatewayProcess) -> Iterator[wire.SessionPlan]:
    plan = gateway.world.run("rivierstad-analyst", "river-access")
    yield plan
    gateway.world.sessions.close(plan.session, "stop")


@pytest.fixture
def key(session: wire.SessionPlan) -> str:
    return token(session)


@pytest.fixture
def client(gateway: GatewayProcess, key: str) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Bearer {key}"}
    with httpx.Client(base_url=gateway.url, headers=headers, trust_env=False, timeout=30) as asking:
        yield asking


def logged(gateway: GatewayProcess, session: wire.SessionPlan) -> list[dict[str, int | str]]:
    """End the session, wait until its reads are lines of the log, and return those."""
    gateway.world.sessions.close(session.session, "stop")
    until = time.monotonic() + 20
    while any(read.session == session.session for read in gateway.world.reads.under_way()):
        assert time.monotonic() < until, "its reads are not logged"
        time.sleep(0.1)
    lines = gateway.world.audit.show(action=AuditAction.DATASET_READ, limit=10_000)
    return [dict(each.event.details) for each in lines if each.event.session == session.session]


def test_what_is_read_is_what_is_there_and_one_line_says_so(
    gateway: GatewayProcess, client: httpx.Client, session: wire.SessionPlan, key: str
) -> None:
    address = f"/datasets/water_bodies/{FILE}"
    whole = client.get(address)
    assert (whole.status_code, whole.content) == (200, SMALL)
    assert whole.headers["content-type"] == "application/vnd.apache.parquet"
    assert whole.headers["etag"] == f'"{1:064x}"'
    assert "last-modified" not in whole.headers
    pieces = []
    for start in range(0, len(SMALL), 700_000):
        asked = {"Range": f"bytes={start}-{start + 699_999}"}
        answer = client.get(address, headers=asked)
        assert answer.status_code == 206
        assert answer.headers["content-range"].endswith(f"/{len(SMALL)}")
        pieces.append(answer.content)
    assert b"".join(pieces) == SMALL
    assert client.get(address, headers={"Range": "bytes=-10"}).content == SMALL[-10:]
    assert client.get(address, headers={"Range": "bytes=99999999-"}).status_code == 416
    assert client.head(address).headers["content-length"] == str(len(SMALL))
    (line,) = logged(gateway, session)
    assert (line["requests"], line["bytes"]) == (len(pieces) + 2, 2 * len(SMALL) + 10)
    assert whole.headers["x-audit-id"] == line["read"]
    assert gateway.world.audit.verify().ok
    assert key not in gateway.said()
    if gateway.with_nginx:
        told = gateway.access_log.read_text()
        assert key not in told
        joined = [json.loads(each) for each in told.splitlines()]
        sent = sum(one["bytes"] for one in joined if one["read"] == line["read"])
        assert sent == line["bytes"]


ODD = (
    "bytes=" + ",".join(["0-9"] * 3000),
    "bytes=0-99,50-149",
    "bytes=9-0",
    "bytes=-",
    "lines=1-2",
    "bytes=0-9999999999999999999",
    "bytes=0-" + "9" * 300,
)


def test_odd_ranges_get_the_file_itself_and_count_as_that(
    gateway: GatewayProcess, client: httpx.Client, session: wire.SessionPlan
) -> None:
    whole = 0
    for odd in ODD:
        answer = client.get(f"/datasets/water_bodies/{FILE}", headers={"Range": odd})
        if len(odd) > 8000:  # no server takes headers without end
            assert answer.status_code in (200, 400, 431)
        else:
            assert answer.status_code in (200, 206), odd
        if answer.is_success:
            assert answer.content == SMALL, odd
            whole += 1
    (line,) = logged(gateway, session)
    assert (line["requests"], line["bytes"]) == (whole, whole * len(SMALL))


@pytest.mark.parametrize(
    "path",
    [
        "/_data/water_bodies/1/data.parquet",
        "/_variants/x.parquet",
        "/v1/../_data/water_bodies/1/data.parquet",
        "/v1/datasets/water_bodies/..%2f..%2f..%2fsecret",
        "/v1/datasets/water_bodies/%2e%2e/%2e%2e/secret",
        "/v1/datasets/water_bodies/..%252f..%252fsecret",
        "/v1/datasets/water_bodies/..%5c..%5csecret",
        "/v1/datasets/water_bodies/data.parquet%00.txt",
        "/v1/datasets//etc/passwd",
        "/v1/datasets/%2fetc%2fpasswd/data.parquet",
        f"/v1/datasets/soil_survey/{FILE}",
    ],
)
def test_no_way_of_writing_an_address_and_no_link_leads_outside(
    gateway: GatewayProcess, key: str, path: str
) -> None:
    def ask(written: str) -> bytes:
        head = f"GET {written} HTTP/1.1\r\nHost: lab\r\nAuthorization: Bearer {key}\r\n"
        with socket.create_connection((HERE, gateway.port), 20) as raw:
            raw.sendall(f"{head}Connection: close\r\n\r\n".encode())
            return b"".join(iter(lambda: raw.recv(65536), b""))

    assert ask(f"/v1/datasets/water_bodies/{FILE}").startswith(b"HTTP/1.1 200"), "the probe works"
    answer = ask(path)
    assert int(answer.split()[1]) >= 400
    assert b"not for anyone" not in answer
    assert str(gateway.folder).encode() not in answer


def test_a_link_swapped_in_meanwhile_is_not_followed(
    gateway: GatewayProcess, client: httpx.Client
) -> None:
    path = gateway.data / "water_bodies" / "1" / FILE
    aside = path.with_name("aside")
    ended, seen = threading.Event(), []

    def swap() -> None:
        while not ended.is_set():
            path.rename(aside)
            path.symlink_to(gateway.folder / "secret")
            path.unlink()
            aside.rename(path)
            time.sleep(0.003)  # now and then it is itself, so that the probe can work

    swapping = threading.Thread(target=swap)
    swapping.start()
    try:
        for _ in range(150):
            headers = {"Range": "bytes=0-13"}
            seen.append(client.get(f"/datasets/water_bodies/{FILE}", headers=headers))
    finally:
        ended.set()
        swapping.join()
    assert path.read_bytes() == SMALL, "it is as it was"
    assert b"not for anyone" not in {answer.content for answer in seen}
    assert SMALL[:14] in {answer.content for answer in seen}, "the probe works"


def test_a_header_does_not_move_a_container(gateway: GatewayProcess) -> None:
    elsewhere = token(gateway.world.run("kustregio-analyst", "youth-health", "10.213.0.9"))
    claims = {
        "Authorization": f"Bearer {elsewhere}",
        "X-PolderLab-Caller": "10.213.0.9",
        "X-Forwarded-For": "10.213.0.9",
    }
    answer = httpx.get(
        f"{gateway.url}/datasets/water_bodies/{FILE}", headers=claims, trust_env=False
    )
    assert answer.json()["code"] == "wrong-address"


ENDINGS = {
    "the grant is revoked": (
        lambda w, _: w.grants.revoke(w.steward, "growth_study", "river-access"),
        lambda w: grant(w, "growth_study"),
    ),
    "the session is closed": (lambda w, s: w.sessions.close(s, "stop"), lambda _: None),
    "the organisation is suspended": (
        lambda w, _: w.organisations.suspend(w.operator, "rivierstad"),
        lambda w: w.organisations.suspend(w.operator, "rivierstad", False),
    ),
    "the version is withdrawn": (
        lambda w, _: w.administration.withdraw_version(w.operator, "growth_study", 2),
        lambda _: None,
    ),
}
"""What ends access, and what gives it back for the next test."""


@pytest.mark.parametrize("ending", ENDINGS)
def test_an_open_transfer_is_cut_within_five_seconds_when(
    gateway: GatewayProcess, client: httpx.Client, session: wire.SessionPlan, ending: str
) -> None:
    number = put_version(gateway, "growth_study") if "version" in ending else 1
    received, ended = 0, 0.0
    end, give_back = ENDINGS[ending]

    def read(answer: httpx.Response) -> None:
        nonlocal received, ended
        for piece in answer.iter_raw(65536):
            received += len(piece)
            if not ended and received > 4 * MEGABYTE:
                end(gateway.world, session.session)
                ended = time.monotonic()
            assert not ended or time.monotonic() - ended < 5, "it goes on"
            time.sleep(0.005)

    try:
        with client.stream("GET", f"/datasets/growth_study@{number}/{FILE}") as answer:
            assert answer.headers["content-length"] == str(LARGE)
            with pytest.raises(httpx.TransportError):
                read(answer)
    finally:
        give_back(gateway.world)
    assert received < LARGE
    (line,) = logged(gateway, session)
    assert received <= int(line["bytes"]) < LARGE


def put_version(gateway: GatewayProcess, dataset: str) -> int:
    """Publish version 2, with the file of version 1."""
    first, second = (gateway.data / dataset / number for number in ("1", "2"))
    second.mkdir(exist_ok=True)
    (second / FILE).unlink(missing_ok=True)
    (second / FILE).hardlink_to(first / FILE)
    with gateway.world.register.write() as t:
        files = (distribution(dataset, 2),)
        t.datasets.put_version(Version(dataset, 2, gateway.world.clock(), files))
    return 2


def test_what_was_let_go_is_in_the_log_though_the_service_is_killed(
    gateway: GatewayProcess, session: wire.SessionPlan, key: str
) -> None:
    totals = {"requests": 0, "bytes": 0}
    lock, killed = threading.Lock(), threading.Event()

    def read(seed: int) -> int:
        chosen, cut = random.Random(seed), 0
        headers = {"Authorization": f"Bearer {key}"}
        with httpx.Client(headers=headers, trust_env=False, timeout=10) as mine:
            while not killed.is_set():
                start = chosen.randrange(len(SMALL) - 70_000)
                asked = {"Range": f"bytes={start}-{start + 65_535}"}
                try:
                    answer = mine.get(f"{gateway.url}/datasets/water_bodies/{FILE}", headers=asked)
                except httpx.TransportError:
                    return cut + 1
                if answer.status_code != 206:
                    return cut + 1
                with lock:
                    totals["requests"] += 1
                    totals["bytes"] += len(answer.content)
        return cut

    with ThreadPoolExecutor(8) as pool:
        readers = [pool.submit(read, seed) for seed in range(8)]
        until = time.monotonic() + 60
        while totals["requests"] <= 200 and time.monotonic() < until:
            time.sleep(0.01)
        gateway.kill()
        killed.set()
        interrupted = sum(reader.result() for reader in readers)
    gateway.start()
    lines = logged(gateway, session)
    requests = sum(int(line["requests"]) for line in lines)
    assert totals["requests"] > 200, "the probe works"
    assert totals["requests"] <= requests <= totals["requests"] + interrupted
    assert sum(int(line["bytes"]) for line in lines) == requests * 65_536
    assert len(lines) == 1
    assert gateway.world.audit.verify().ok


def test_a_reader_who_goes_away_is_not_counted_for_what_never_left(
    gateway: GatewayProcess, client: httpx.Client, session: wire.SessionPlan
) -> None:
    with client.stream("GET", f"/datasets/growth_study/{FILE}") as answer, suppress(StopIteration):
        next(answer.iter_raw(65536))
    client.close()
    time.sleep(0.5)
    (line,) = logged(gateway, session)
    assert int(line["bytes"]) < LARGE // 2


def test_a_version_can_be_named_and_an_older_one_is_still_there(
    gateway: GatewayProcess, client: httpx.Client
) -> None:
    put_version(gateway, "water_bodies")
    (gateway.data / "water_bodies" / "2" / FILE).unlink()
    (gateway.data / "water_bodies" / "2" / FILE).write_bytes(b"second")
    try:
        assert client.get(f"/datasets/water_bodies/{FILE}").content == b"second"
        assert client.get(f"/datasets/water_bodies@1/{FILE}").content == SMALL
    finally:
        gateway.world.administration.withdraw_version(gateway.world.operator, "water_bodies", 2)
    assert client.get(f"/datasets/water_bodies/{FILE}").content == SMALL


def test_a_session_has_so_many_long_reads_at_once_and_no_more(
    gateway: GatewayProcess, client: httpx.Client
) -> None:
    address = f"/datasets/growth_study/{FILE}"
    with ExitStack() as reading:
        limits = httpx.Limits(max_connections=None)
        headers = dict(client.headers)
        many = reading.enter_context(
            httpx.Client(
                base_url=gateway.url, headers=headers, limits=limits, trust_env=False, timeout=30
            )
        )
        for _ in range(MOST_AT_ONCE):
            answer = reading.enter_context(many.stream("GET", address))
            assert answer.status_code == 200
        refused = many.get(address)
        assert refused.json()["code"] == Code.TOO_MANY_READS
        small = many.get(f"/datasets/water_bodies/{FILE}", headers={"Range": "bytes=0-13"})
        assert small.content == SMALL[:14], "short reads go on"
    until = time.monotonic() + 10
    while True:  # who went away is noticed soon, and their places are free
        with client.stream("GET", address) as answer:
            if answer.status_code == 200:
                break
        assert time.monotonic() < until, "the places are not given back"
        time.sleep(0.2)


def test_nothing_runs_on_when_a_test_fails(tmp_path: Path) -> None:
    running = GatewayProcess(tmp_path, with_nginx=True)
    started: list[int] = []

    def fail() -> None:
        with running:
            started.extend(running.processes())
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert len(started) >= 3, "the service, nginx, its workers"
    assert [pid for pid in started if Path(f"/proc/{pid}").exists()] == []


def test_nothing_runs_on_when_the_service_does_not_start(tmp_path: Path) -> None:
    running = GatewayProcess(tmp_path, with_nginx=True)
    with socket.create_server((HERE, running.portal_port)), pytest.raises(AssertionError):
        running.__enter__()
    assert running.processes() == []
