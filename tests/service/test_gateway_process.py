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
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from tests.fakes.world import FILE, World, distribution, token
from tests.support.gateway import HERE, GatewayProcess

from polderlab_catalog.domain.audit import AuditAction
from polderlab_catalog.domain.datasets import Version

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
    until = world.clock().date() + timedelta(days=30)
    for name in ("growth_study", "soil_survey"):
        world.grants.grant(world.operator, name, "river-access", until)


@pytest.fixture(params=["embedded", "nginx"])
def gateway(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[GatewayProcess]:
    with GatewayProcess(tmp_path, with_nginx=request.param == "nginx", fill=fill) as running:
        yield running


@pytest.fixture
def key(gateway: GatewayProcess) -> str:
    return token(gateway.world.run("rivierstad-analyst", "river-access"))


@pytest.fixture
def client(gateway: GatewayProcess, key: str) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Bearer {key}"}
    with httpx.Client(base_url=gateway.url, headers=headers, trust_env=False, timeout=30) as asking:
        yield asking


def logged(gateway: GatewayProcess) -> list[dict[str, int | str]]:
    lines = gateway.world.audit.show(action=AuditAction.DATASET_READ, limit=10_000)
    return [dict(line.event.details) for line in lines]


def test_what_is_read_is_what_is_there_and_one_line_says_so(
    gateway: GatewayProcess, client: httpx.Client, key: str
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
    gateway.stop()
    (line,) = logged(gateway)
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


@pytest.mark.parametrize(
    "odd",
    [
        "bytes=" + ",".join(["0-9"] * 3000),
        "bytes=0-99,50-149",
        "bytes=9-0",
        "bytes=-",
        "lines=1-2",
        "bytes=0-" + "9" * 300,
    ],
)
def test_odd_ranges_get_the_file_itself_and_count_as_that(
    gateway: GatewayProcess, client: httpx.Client, odd: str
) -> None:
    answer = client.get(f"/datasets/water_bodies/{FILE}", headers={"Range": odd})
    assert answer.status_code in (200, 400, 431)
    if answer.status_code == 200:
        assert answer.content == SMALL
        gateway.stop()
        assert logged(gateway)[0]["bytes"] == len(SMALL)


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
    "the grant is revoked": lambda w, _: w.grants.revoke(w.steward, "growth_study", "river-access"),
    "the session is closed": lambda w, s: w.sessions.close(s, "stop"),
    "the organisation is suspended": lambda w, _: w.administration.suspend_organisation(
        w.operator, "rivierstad"
    ),
    "the version is withdrawn": lambda w, _: w.administration.withdraw_version(
        w.operator, "growth_study", 1
    ),
}


@pytest.mark.parametrize("ending", ENDINGS)
def test_an_open_transfer_is_cut_within_five_seconds_when(
    gateway: GatewayProcess, client: httpx.Client, ending: str
) -> None:
    with gateway.world.register.read() as t:
        (mine,) = t.sessions.open(username="rivierstad-analyst")
    received, ended = 0, 0.0

    def read(answer: httpx.Response) -> None:
        nonlocal received, ended
        began = time.monotonic()
        for piece in answer.iter_raw(65536):
            received += len(piece)
            if not ended and time.monotonic() - began > 1:
                ENDINGS[ending](gateway.world, mine.id)
                ended = time.monotonic()
            assert not ended or time.monotonic() - ended < 5, "it goes on"
            time.sleep(0.005)

    with client.stream("GET", f"/datasets/growth_study/{FILE}") as answer:
        assert answer.headers["content-length"] == str(LARGE)
        with pytest.raises(httpx.TransportError):
            read(answer)
    assert received < LARGE
    gateway.stop()
    (line,) = logged(gateway)
    assert received <= int(line["bytes"]) < LARGE


def test_what_was_let_go_is_in_the_log_though_the_service_is_killed(
    gateway: GatewayProcess, client: httpx.Client, key: str
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
        time.sleep(2)
        gateway.kill()
        killed.set()
        interrupted = sum(reader.result() for reader in readers)
    gateway.start()
    gateway.stop()
    lines = logged(gateway)
    requests = sum(int(line["requests"]) for line in lines)
    assert totals["requests"] > 50, "the probe works"
    assert totals["requests"] <= requests <= totals["requests"] + interrupted
    assert sum(int(line["bytes"]) for line in lines) == requests * 65_536
    assert len(lines) == 1
    assert gateway.world.audit.verify().ok


def test_a_reader_who_goes_away_is_not_counted_for_what_never_left(
    gateway: GatewayProcess, client: httpx.Client
) -> None:
    with client.stream("GET", f"/datasets/growth_study/{FILE}") as answer, suppress(StopIteration):
        next(answer.iter_raw(65536))
    client.close()
    time.sleep(0.5)
    gateway.stop()
    (line,) = logged(gateway)
    assert int(line["bytes"]) < LARGE // 2


def test_a_version_can_be_named_and_an_older_one_is_still_there(
    gateway: GatewayProcess, client: httpx.Client
) -> None:
    newer = gateway.data / "water_bodies" / "2" / FILE
    newer.parent.mkdir()
    newer.write_bytes(b"second")
    with gateway.world.register.write() as t:
        files = (distribution("water_bodies", 2),)
        t.datasets.put_version(Version("water_bodies", 2, gateway.world.clock(), files))
    assert client.get(f"/datasets/water_bodies/{FILE}").content == b"second"
    assert client.get(f"/datasets/water_bodies@1/{FILE}").content == SMALL
