"""The profile for sessions: the engine's own, but for btrfs."""

from __future__ import annotations

import random
from typing import Any

import pytest

from polderlab_disk import btrfs
from polderlab_host.confinement import without_btrfs

ENGINES = {
    "defaultAction": "SCMP_ACT_ERRNO",
    "architectures": ["SCMP_ARCH_X86_64"],
    "syscalls": [
        {"names": ["read", "ioctl", "write"], "action": "SCMP_ACT_ALLOW"},
        {
            "names": ["personality"],
            "action": "SCMP_ACT_ALLOW",
            "args": [{"index": 0, "value": 8, "op": "SCMP_CMP_EQ"}],
        },
        {"names": ["clone3"], "action": "SCMP_ACT_ERRNO", "errnoRet": 38},
    ],
}
TERMINAL, FLAGS = 0x5401, 0x8008_6601


def allowed(profile: dict[str, Any], request: int) -> bool:
    """Decide as the kernel does: any rule that fits allows."""
    rules = [rule for rule in profile["syscalls"] if "ioctl" in rule["names"]]
    for rule in rules:
        assert rule["action"] == "SCMP_ACT_ALLOW"
        for argument in rule.get("args") or []:
            assert (argument["index"], argument["op"]) == (1, "SCMP_CMP_MASKED_EQ")
            if request & argument["value"] == argument["valueTwo"]:
                return True
        if not rule.get("args"):
            return True
    return False


@pytest.fixture
def profile() -> dict[str, Any]:
    made = without_btrfs(ENGINES)
    assert made is not None
    return made


def test_nothing_may_be_asked_of_btrfs(profile: dict[str, Any]) -> None:
    for request in (
        btrfs.SUBVOLUME_CREATE,
        btrfs.SUBVOLUME_DESTROY,
        btrfs.SNAPSHOT_CREATE,
        btrfs.SUBVOLUME_FLAGS,
        0x5000_9401,  # the older snapshot
        0x5000_9418,  # the newer subvolume
    ):
        assert allowed(ENGINES, request)
        assert not allowed(profile, request)
        # The kernel looks at the lower half alone.
        assert not allowed(profile, request | 1 << 32)
        assert not allowed(profile, request | 0xFFFF_FFFF_0000_0000)


def test_everything_else_may(profile: dict[str, Any]) -> None:
    for request in (TERMINAL, FLAGS, 0, 0xFFFF_FFFF):
        assert allowed(profile, request)
    choose = random.Random(0)
    for _ in range(10_000):
        request = choose.getrandbits(64)
        assert allowed(profile, request) is (request >> 8 & 0xFF != 0x94)


def test_all_other_rules_stay_as_they_are(profile: dict[str, Any]) -> None:
    assert profile["defaultAction"] == "SCMP_ACT_ERRNO"
    assert profile["architectures"] == ENGINES["architectures"]
    assert profile["syscalls"][0] == {"names": ["read", "write"], "action": "SCMP_ACT_ALLOW"}
    assert profile["syscalls"][1:3] == ENGINES["syscalls"][1:]


@pytest.mark.parametrize(
    "syscalls",
    [
        [],
        [{"names": ["read"], "action": "SCMP_ACT_ALLOW"}],
        [{"names": ["ioctl"], "action": "SCMP_ACT_ERRNO"}],
        [{"names": ["ioctl"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 1}]}],
        [{"names": ["ioctl"], "action": "SCMP_ACT_ALLOW"}] * 2,
    ],
)
def test_a_profile_that_is_not_as_we_know_it_is_left_alone(syscalls: list[Any]) -> None:
    assert without_btrfs({**ENGINES, "syscalls": syscalls}) is None


@pytest.mark.parametrize("action", ["SCMP_ACT_ALLOW", "SCMP_ACT_LOG", "SCMP_ACT_TRACE", None])
def test_a_profile_that_allows_what_it_does_not_name_is_left_alone(action: str | None) -> None:
    assert without_btrfs({**ENGINES, "defaultAction": action}) is None
