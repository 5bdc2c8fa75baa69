"""Hours that run out: told in time, stopped after a while, and lifted by whoever can give more."""

from __future__ import annotations

import re
import time

import httpx
from tests.support.lab import PORTAL, Lab, eventually
from tests.support.web import form_token, words

NAME, PROJECT, LEAD = "rivierstad-hours", "river-access", "rivierstad-lead"
SECONDS = 100
"""A session of one processor uses up the month in this time."""
WARNED = re.compile(r"(80|95) % of this month's hours are used")
ENDS_SOON = "Your session stops at"
WHY = "You have used all your hours of this month."


def told_until_it_ends(client: httpx.Client, seconds: float) -> set[str]:
    """Return what the page of their projects warned of until it tells when the session stops."""
    told: set[str] = set()
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        page = words(client.get(f"{PORTAL}/"))
        told |= set(WARNED.findall(page))
        if ENDS_SOON in page:
            assert WHY in page
            return told
        time.sleep(0.5)
    raise AssertionError(f"nobody was told that the session stops; only {told}")


def test_hours_that_run_out_are_told_and_end_in_a_stopped_container(lab: Lab) -> None:
    who = (NAME, PROJECT)
    level = f"person:{PROJECT}/{NAME}"
    with (
        lab.somebody(*who),
        lab.changed("allocation", level, cpu_hours=SECONDS / 3600),
    ):
        client = lab.person(NAME)
        lab.start(*who, size="small")
        with lab.kernel(*who) as kernel:
            kernel.out("import polderlab")
            assert WARNED.search(words(client.get(f"{PORTAL}/"))) is None, "it began too late"

            assert told_until_it_ends(client, SECONDS + 60) == {"80", "95"}
            said = kernel.out("print(polderlab.quota())")
            assert "This session stops at" in said
            assert WHY in said
            assert f"/projects/{PROJECT}/more" in said
        assert lab.container(*who) is not None, "there is a while to save one's work"

        eventually(lambda: lab.container(*who) is None, 180, "the container is stopped")
        page = words(client.get(f"{PORTAL}/"))
        assert WHY in page
        refused = lab.ask_to_start(*who)
        assert refused.status_code == 403
        sentence = refused.json()["message"]
        assert "You have used all your processor-hours of this month" in sentence
        assert "Ask the project's lead for more." in sentence
        assert lab.container(*who) is None

        more = f"{PORTAL}/projects/{PROJECT}/more"
        asked = {"resource": "cpu_hours", "amount": "1", "why": "One more run"}
        answer = client.post(more, data={"csrf": form_token(client, more), **asked})
        assert answer.status_code == 200
        assert lab.ask_to_start(*who).status_code == 403, "asking alone lifts nothing"

        lead = lab.person(LEAD)
        waiting = lead.get(f"{PORTAL}/extensions").text
        found = re.search(r"/extensions/([0-9a-f-]{36})/approval", waiting)
        assert found is not None
        approval = {"csrf": form_token(lead, f"{PORTAL}/extensions"), "until": ""}
        given = lead.post(f"{PORTAL}/extensions/{found[1]}/approval", data=approval)
        assert given.status_code == 200
        lab.start(*who, size="small")
        assert ENDS_SOON not in words(client.get(f"{PORTAL}/"))
        lab.stop(*who)
