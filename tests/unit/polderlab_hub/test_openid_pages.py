"""The state of a sign-in, as it comes back in an address."""

from __future__ import annotations

import logging

import pytest
from oauthenticator.oauth2 import _serialize_state

from polderlab_hub.openid_pages import _state_id


def test_a_state_names_its_sign_in() -> None:
    assert _state_id(_serialize_state({"state_id": "a1b2"})) == "a1b2"


@pytest.mark.parametrize(
    "state",
    [
        "",
        "x",
        "W10=",
        "e30=",
        "bnVsbA==",
        "é",
        "\ud800",
        "x\r\n[C 2026-11-22] forged line",
        _serialize_state({"state_id": ["a1b2"]}),
        _serialize_state(["state_id"]),
        _serialize_state("[" * 5000),
    ],
)
def test_what_is_no_state_names_none_and_reaches_no_log(
    state: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    assert _state_id(state) == ""
    assert caplog.text == ""
