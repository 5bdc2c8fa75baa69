"""Ranges that are answered at once: the same answers as ever, and refused as soon as ever."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.fakes.world import FILE, distribution, token
from tests.service.conftest import Service
from tests.support.serving import served

from polderlab_catalog.application.errors import Refused
from polderlab_catalog.application.reading import Reading
from polderlab_catalog.domain.audit import AuditAction
from polderlab_catalog.domain.datasets import Version
from polderlab_catalog.domain.scopes import Scope
from polderlab_catalog.web import apps
from polderlab_catalog.web.files import CHUNK
from polderlab_catalog.web.gateway import transfers
from polderlab_catalog.web.gateway.at_once import AtOnce

HERE = "127.0.0.1"
CONTENT = bytes(range(256)) * 400
LONG_WAY = {"Content-Length": "0"}
"""With a body, be it an empty one, a request is nothing for the short way."""


@pytest.fixture
def session(service: Service) -> str:
    """Return the token of a session that may read two datasets."""
    for name in ("water_bodies", "growth_study"):
        service.put(f"{name}/1/{FILE}", CONTENT)
    grant(service)
    return token(service.world.run("rivierstad-analyst", "river-access"))


def grant(service: Service) -> None:
    until = date(2026, 12, 31)
    service.lab.grants.grant(service.world.operator, "growth_study", "river-access", until)


@pytest.fixture
def looked_up(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the list of what was looked up in the register: what came the long way."""
    seen: list[str] = []
    authorise = Reading.authorise

    def noted(self: Reading, *asked: Any) -> Any:
        seen.append(asked[2])
        return authorise(self, *asked)

    monkeypatch.setattr(Reading, "authorise", noted)
    return seen


ASKED: dict[str, tuple[str, str, dict[str, str]]] = {
    "a range": ("GET", f"growth_study/{FILE}", {"Range": "bytes=5-70"}),
    "an end": ("GET", f"growth_study/{FILE}", {"Range": "bytes=-9"}),
    "the whole": ("GET", f"growth_study/{FILE}", {}),
    "its size": ("HEAD", f"growth_study/{FILE}", {}),
    "the size of a range": ("HEAD", f"growth_study/{FILE}", {"Range": "bytes=5-70"}),
    "a version": ("GET", f"growth_study@1/{FILE}", {"Range": "bytes=5-70"}),
    "a range if it is the same": (
        "GET", f"growth_study/{FILE}", {"Range": "bytes=5-70", "If-Range": f'"{1:064x}"'},
    ),
    "a range if it is another": (
        "GET", f"growth_study/{FILE}", {"Range": "bytes=5-70", "If-Range": '"other"'},
    ),
    "an odd range": ("GET", f"growth_study/{FILE}", {"Range": "bytes=9-5"}),
}  # fmt: skip


@pytest.mark.parametrize("asked", ASKED)
async def test_an_answer_is_the_same_to_the_letter(
    service: Service, session: str, looked_up: list[str], asked: str
) -> None:
    method, path, headers = ASKED[asked]
    async with service.gateway(session) as client:
        await client.get(f"/datasets/{path}")
        long = await client.request(method, f"/datasets/{path}", headers=headers | LONG_WAY)
        before = len(looked_up)
        assert before > 0
        short = await client.request(method, f"/datasets/{path}", headers=headers)
    assert len(looked_up) == before, "it came the short way"
    assert short.is_success
    assert (short.status_code, short.content) == (long.status_code, long.content)
    assert short.headers.raw == long.headers.raw


@pytest.mark.parametrize(
    ("method", "path", "headers"),
    [
        ("GET", f"growth_study/{FILE}", {"Range": "bytes=999999-"}),
        ("GET", f"growth_study/{FILE}", {"Authorization": ""}),
        ("GET", f"growth_study/{FILE}", {"Authorization": "Basic abc"}),
        ("GET", f"growth_study/{FILE}", {"Authorization": "Bearer another"}),
        ("POST", f"growth_study/{FILE}", {}),
        ("GET", f"growth_study/{FILE}/", {}),
        ("GET", f"growth_study@01/{FILE}", {}),
        ("GET", f"growth_study@2/{FILE}", {}),
        ("GET", f"soil_survey/{FILE}", {}),
        ("GET", "growth_study/another.parquet", {}),
        ("GET", "growth_study/preview", {}),
        ("GET", f"..%2fgrowth_study/{FILE}", {}),
    ],
)
async def test_a_refusal_is_the_same_to_the_letter_and_logged_as_often(
    service: Service, session: str, method: str, path: str, headers: dict[str, str]
) -> None:
    def refusals() -> int:
        return len(service.lab.audit.show(action=AuditAction.DATASET_READ_REFUSED))

    async with service.gateway(session) as client:
        assert (await client.get(f"/datasets/growth_study/{FILE}")).is_success
        logged = [refusals()]
        long = await client.request(method, f"/datasets/{path}", headers=headers | LONG_WAY)
        logged.append(refusals())
        short = await client.request(method, f"/datasets/{path}", headers=headers)
        logged.append(refusals())
    assert short.status_code == long.status_code
    assert not short.is_success or path.endswith("preview")
    assert (short.headers.raw, short.content) == (long.headers.raw, long.content)
    assert logged[2] - logged[1] == logged[1] - logged[0]


async def test_a_key_that_moved_to_another_container_is_refused_though_all_is_known(
    service: Service, session: str
) -> None:
    async with service.gateway(session) as here, service.gateway(session, "10.213.0.9") as there:
        for _ in range(3):
            assert (await here.get(f"/datasets/growth_study/{FILE}")).is_success
            answer = await there.get(f"/datasets/growth_study/{FILE}")
            assert answer.json()["code"] == "wrong-address"


def narrow(service: Service) -> None:
    with service.lab.register.write() as t:
        (held,) = t.grants.find(dataset="growth_study", project="river-access")
        t.grants.put(replace(held, scope=Scope(columns=("hgt",))))


def lose_membership(service: Service) -> None:
    with service.lab.register.write() as t:
        t.projects.remove_membership("rivierstad-analyst", "river-access")


def close_account(service: Service) -> None:
    with service.lab.register.write() as t:
        person = t.people.get("rivierstad-analyst")
        assert person
        t.people.put(replace(person, active=False))


def close_session(service: Service) -> None:
    with service.lab.register.read() as t:
        (open_,) = t.sessions.open()
    service.lab.sessions.close(open_.id, "stop")


def suspend(service: Service) -> None:
    with service.lab.register.write() as t:
        home = t.organisations.get("rivierstad")
        assert home is not None
        t.organisations.put(replace(home, suspended=True))


ENDINGS: dict[str, Callable[[Service], object]] = {
    "the grant is revoked": lambda s: s.lab.grants.revoke(
        s.world.steward, "growth_study", "river-access"
    ),
    "the grant ends by itself": lambda s: s.world.clock.advance(days=60),
    "the project ends by itself": lambda s: s.world.clock.advance(days=500),
    "the session is closed": close_session,
    "the organisation is suspended": lambda s: s.lab.organisations.suspend(
        s.world.operator, "rivierstad"
    ),
    "the organisation is suspended and the session still runs": suspend,
    "the version is withdrawn": lambda s: s.lab.administration.withdraw_version(
        s.world.operator, "growth_study", 1
    ),
    "the membership ends": lose_membership,
    "the account is closed": close_account,
}


@pytest.mark.parametrize("ending", ENDINGS)
async def test_the_very_next_range_is_refused_when(
    service: Service, session: str, looked_up: list[str], ending: str
) -> None:
    async with service.gateway(session) as client:
        codes = [(await client.get(f"/datasets/growth_study/{FILE}")).status_code for _ in range(5)]
        assert len(looked_up) <= 2, "the others came the short way"
        ENDINGS[ending](service)
        codes += [
            (await client.get(f"/datasets/growth_study/{FILE}")).status_code for _ in range(2)
        ]
    assert codes[:5] == [200] * 5
    assert all(400 <= code < 500 for code in codes[5:]), codes


async def test_a_grant_that_becomes_narrower_is_not_answered_from_the_whole_file(
    service: Service, session: str
) -> None:
    async with service.gateway(session) as client:
        for _ in range(3):
            assert (await client.get(f"/datasets/growth_study/{FILE}")).content == CONTENT
        narrow(service)
        answer = await client.get(f"/datasets/growth_study/{FILE}")
    assert answer.content != CONTENT


async def test_a_newer_version_is_read_at_once(service: Service, session: str) -> None:
    async with service.gateway(session) as client:
        for _ in range(3):
            assert (await client.get(f"/datasets/growth_study/{FILE}")).content == CONTENT
        service.put(f"growth_study/2/{FILE}", b"second")
        with service.lab.register.write() as t:
            files = (distribution("growth_study", 2),)
            t.datasets.put_version(Version("growth_study", 2, service.world.clock(), files))
        for _ in range(3):
            assert (await client.get(f"/datasets/growth_study/{FILE}")).content == b"second"


async def test_a_read_that_fell_silent_begins_anew_and_is_decided_on_as_it_is_counted(
    service: Service, session: str
) -> None:
    async with service.gateway(session) as client:
        for _ in range(3):
            await client.get(f"/datasets/growth_study/{FILE}")
    readable = service.lab.reading.at_once(session, "10.213.0.2", "growth_study", None, FILE)
    assert readable is not None
    assert service.lab.reads.more(readable, 1), "the probe works"
    # between deciding and counting
    close_session(service)
    assert service.lab.reads.seal() == 1
    assert service.lab.reads.more(readable, 1) is None
    with pytest.raises(Refused):
        service.lab.reads.begin(readable, 1)


async def test_a_long_answer_is_the_same_and_counted_to_the_byte(
    service: Service, session: str, looked_up: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    long = bytes(range(256)) * (3 * CHUNK // 256) + b"end"
    service.put(f"growth_study/1/{FILE}", long)
    address, asked = f"/datasets/growth_study/{FILE}", {"Range": f"bytes=7-{CHUNK + 9}"}
    async with service.gateway(session) as client:
        first = await client.get(address, headers=LONG_WAY)
        part = await client.get(address, headers=asked | LONG_WAY)
        before = len(looked_up)
        again = await client.get(address)
        part_again = await client.get(address, headers=asked)
        assert len(looked_up) == before, "these came the short way"
        monkeypatch.setattr(transfers, "MOST_AT_ONCE", 0)
        refused = await client.get(address)
    assert first.content == again.content == long
    assert part.content == part_again.content == long[7 : CHUNK + 10]
    assert first.headers.raw == again.headers.raw
    assert part.headers.raw == part_again.headers.raw
    assert refused.status_code == 429
    (read,) = service.lab.reads.under_way()
    assert (read.requests, read.bytes) == (4, 2 * (len(long) + CHUNK + 3))


async def test_a_long_answer_that_gets_no_place_is_not_counted(
    service: Service, session: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    service.put(f"growth_study/1/{FILE}", bytes(2 * CHUNK))
    monkeypatch.setattr(transfers, "MOST_AT_ONCE", 0)
    async with service.gateway(session) as client:
        refused = await client.get(f"/datasets/growth_study/{FILE}")
        assert (refused.status_code, refused.json()["code"]) == (429, "too-many-reads")
        assert service.lab.reads.under_way() == []
        monkeypatch.setattr(transfers, "MOST_AT_ONCE", 1)
        answer = await client.get(f"/datasets/growth_study/{FILE}")
    (read,) = service.lab.reads.under_way()
    assert (read.requests, read.bytes, read.id) == (1, 2 * CHUNK, answer.headers["x-audit-id"])


WRITER = """
import sqlite3, sys
register = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=30)
register.execute("PRAGMA synchronous = OFF")
for line in sys.stdin:
    register.execute("UPDATE versions SET withdrawn = ? WHERE dataset = 'growth_study'", line.strip())
    print("done", flush=True)
"""  # noqa: E501


@contextmanager
def another_process(register: Path) -> Iterator[Callable[[bool], None]]:
    """Yield what makes a process of its own withdraw the version, or bring it back."""
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, str(register)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as writer:  # fmt: skip
        assert writer.stdin
        assert writer.stdout
        into, out = writer.stdin, writer.stdout

        def withdraw(withdrawn: bool) -> None:
            into.write("1\n" if withdrawn else "0\n")
            into.flush()
            assert out.readline() == "done\n"

        yield withdraw
        into.close()


@pytest.mark.timeout(300)
def test_what_another_process_ended_is_never_decided_on_as_it_was_in_thousands_of_times(
    service: Service, tmp_path: Path
) -> None:
    grant(service)
    key = token(service.world.run("rivierstad-analyst", "river-access", HERE))
    wanted, ended = (key, HERE, "growth_study", 1, FILE), threading.Event()

    def look_up() -> None:
        """Keep the facts known, also while they change."""
        while not ended.is_set():
            try:
                service.lab.reading.authorise(*wanted)
            except Refused:
                ended.wait(0.02)

    others = [threading.Thread(target=look_up) for _ in range(2)]
    known = 0
    with another_process(tmp_path / "register.sqlite") as withdraw:
        for other in others:
            other.start()
        try:
            for _ in range(3000):
                assert service.lab.reading.authorise(*wanted)
                known += service.lab.reading.at_once(*wanted) is not None
                withdraw(True)
                assert service.lab.reading.at_once(*wanted) is None
                withdraw(False)
        finally:
            ended.set()
            for other in others:
                other.join()
    assert known > 1000, "the probe works"


@pytest.mark.timeout(300)
def test_what_another_process_ends_is_refused_on_the_very_next_range_while_others_read(
    service: Service, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    at_once: list[bool] = []
    short = AtOnce._answer
    monkeypatch.setattr(
        AtOnce, "_answer", lambda *asked: (at_once.append(bool(a := short(*asked))), a)[1]
    )
    times = 150
    service.put(f"growth_study/1/{FILE}", CONTENT)
    grant(service)
    key = token(service.world.run("rivierstad-analyst", "river-access", HERE))
    asked = {"Authorization": f"Bearer {key}", "Range": "bytes=100-199"}
    sent, ended, lock = 0, threading.Event(), threading.Lock()

    def get(client: httpx.Client) -> int:
        nonlocal sent
        answer = client.get(f"/v1/datasets/growth_study@1/{FILE}", headers=asked)
        if answer.status_code == 206:
            assert answer.content == CONTENT[100:200]
            with lock:
                sent += 1
        return answer.status_code

    def read_on(address: str, codes: set[int]) -> None:
        with httpx.Client(base_url=address, trust_env=False, timeout=60) as client:
            while not ended.is_set():
                codes.add(get(client))

    app = apps.gateway_app(service.lab)
    with (
        served(app) as address,
        another_process(tmp_path / "register.sqlite") as withdraw,
        httpx.Client(base_url=address, trust_env=False, timeout=60) as client,
    ):
        codes: list[set[int]] = [set(), set()]
        readers = [threading.Thread(target=read_on, args=(address, each)) for each in codes]
        for reader in readers:
            reader.start()
        try:
            for _ in range(times):
                assert [get(client), get(client)] == [206, 206], "the probe works"
                withdraw(True)
                assert get(client) == 403
                withdraw(False)
        finally:
            ended.set()
            for reader in readers:
                reader.join()
    assert codes == [{206, 403}] * 2
    assert at_once.count(True) > times, "most of the time the short way was gone"
    service.lab.reads.seal(everything=True)
    lines = service.lab.audit.show(action=AuditAction.DATASET_READ, limit=10_000)
    assert sum(int(each.event.details["requests"]) for each in lines) == sent
