"""Announcements as JupyterLab's notifications: shown once, gone when read, over when withdrawn.

The script itself runs here under Node.js, with a JupyterLab that is only as real as it asks.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

STATIC = Path(__file__).parents[3] / "catalog" / "labextension" / "static"
PAGE = "http://lab.example/services/lab/"
SCRIPT = """
import { Announcements } from %(module)s;
import { textsFor } from %(texts)s;
const steps = %(steps)s;
const kept = new Map(%(kept)s), opened = [], said = [];
const storage = %(broken)s
  ? { getItem() { throw new Error('off'); }, setItem() { throw new Error('off'); } }
  : { getItem: key => kept.get(key) ?? null, setItem: (key, value) => kept.set(key, value) };

// As JupyterLab's: what is dismissed is told to whoever listens, and its id is its own.
const listeners = [];
let queue = [], made = 0;
const notification = {
  manager: { changed: { connect: listener => listeners.push(listener) } },
  info(message, options) {
    queue.unshift({ id: `n${(made += 1)}`, message, options });
    said.push(message);
    return queue[0].id;
  },
  dismiss(id) {
    const gone = queue.find(each => each.id === id);
    queue = queue.filter(each => each !== gone);
    listeners.forEach(each => each(null, { type: 'removed', notification: gone }));
  }
};
const open = page => opened.push(page);
let answer;
const api = { announcements: async () => { if (!answer) throw new Error(); return answer; } };
const start = () =>
  new Announcements({ api, texts: textsFor('nl'), notification, storage, open });
let told = start();
const shown = [];
for (const step of steps) {
  if (step.press !== undefined) {
    const [at, button] = step.press;
    queue[at].options.actions[button].callback();
    notification.dismiss(queue[at].id);
  } else if (step.reload) {
    queue = []; listeners.length = 0; told = start();
  } else {
    answer = step.answer;
    await told.refresh();
  }
  shown.push(queue.map(each => each.message));
}
const labels = queue.map(each => each.options.actions.map(action => action.label));
const close = queue.map(each => each.options.autoClose);
console.log(JSON.stringify({ shown, said, opened, labels, close, kept: [...kept] }));
"""


def run(*steps: dict[str, Any], kept: object = (), broken: bool = False) -> dict[str, Any]:
    """Take ``steps``: an ``answer`` of the lab, a ``press`` on a button, a ``reload``."""
    node = shutil.which("node")
    assert node, "Node.js is needed: it runs the panel's own script"
    script = SCRIPT % {
        "module": json.dumps((STATIC / "announcements.js").as_uri()),
        "texts": json.dumps((STATIC / "texts.js").as_uri()),
        "steps": json.dumps(steps),
        "kept": json.dumps(kept),
        "broken": json.dumps(broken),
    }
    done = subprocess.run(
        [node, "--input-type=module", "--eval", script],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def told(*announcements: tuple[str, str]) -> dict[str, Any]:
    listed = [{"id": id_, "text": text} for id_, text in announcements]
    return {"answer": {"announcements": listed, "page": PAGE}}


ONE, TWO = ("1", "Zaterdag dicht"), ("2", "Zondag open")


def test_each_is_shown_once_and_stays_until_it_is_read() -> None:
    found = run(told(ONE), told(ONE), told(TWO, ONE))
    assert found["shown"] == [[ONE[1]], [ONE[1]], [TWO[1], ONE[1]]]
    assert found["said"] == [ONE[1], TWO[1]]
    assert found["close"] == [False, False]
    assert found["labels"] == [["Gelezen"], ["Gelezen"]]


def test_what_was_read_stays_away_after_a_reload_and_the_rest_comes_back() -> None:
    found = run(told(TWO, ONE), {"press": [1, 0]}, told(TWO, ONE), {"reload": True}, told(TWO, ONE))
    assert found["shown"] == [[TWO[1], ONE[1]], [TWO[1]], [TWO[1]], [], [TWO[1]]]


def test_what_is_withdrawn_goes_and_comes_back_if_it_is_told_again() -> None:
    found = run(told(ONE), told(), told(ONE))
    assert found["shown"] == [[ONE[1]], [], [ONE[1]]]


def test_while_the_lab_does_not_answer_what_is_shown_stands() -> None:
    found = run(told(ONE), {"answer": None}, told(ONE))
    assert found["shown"] == [[ONE[1]]] * 3
    assert found["said"] == [ONE[1]]


def test_a_long_one_is_cut_at_a_word_and_leads_to_all_of_it() -> None:
    long = " ".join(["onderhoud"] * 40)
    found = run(told(("3", long)), {"press": [0, 0]}, {"reload": True}, told(("3", long)))
    (first,) = found["shown"][0]
    assert len(first) <= 140
    assert first == f"{long[: len(first) - 1]}…"
    assert first.endswith("onderhoud…")
    assert found["opened"] == [PAGE]
    assert found["shown"][-1] == [], "whoever went to read all of it has read it"


def test_a_page_that_is_no_web_address_is_not_opened() -> None:
    step = told(("3", "x " * 200))
    step["answer"]["page"] = "javascript:alert(1)"
    assert run(step)["labels"] == [["Gelezen"]]
    assert run(told(("3", "x " * 200)))["labels"] == [["Alles lezen", "Gelezen"]]


def test_a_browser_that_keeps_nothing_or_nonsense_still_shows_them() -> None:
    assert run(told(ONE), {"press": [0, 0]}, told(ONE), broken=True)["shown"][0] == [ONE[1]]
    for kept in ("{}", "nonsense", "[1, null]"):
        assert run(told(ONE), kept=[["polderlab:announcements-read", kept]])["shown"] == [[ONE[1]]]
