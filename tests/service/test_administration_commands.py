"""Administration from the command line, on a real register on disk."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.fakes.world import World

from polderlab_catalog.bootstrap import build
from polderlab_catalog.cli import main
from polderlab_catalog.settings import LabSettings

LEAVER = ("offboard", "person", "rivierstad-analyst")


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    settings = LabSettings(state=tmp_path, database="")
    register = build(settings).register
    World(register).run("rivierstad-analyst", "river-access")
    register.close()  # type: ignore[attr-defined]
    env = tmp_path / "run" / "lab.env"
    env.parent.mkdir()
    env.write_text(
        f"POLDERLAB_STATE={tmp_path}\nPOLDERLAB_HUB_API=http://127.0.0.1:15439/hub/api\n"
    )
    env.chmod(0o600)
    monkeypatch.setenv("POLDERLAB_STATE", str(tmp_path))
    return tmp_path


def run(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *arguments: str
) -> tuple[int, str]:
    monkeypatch.setattr("sys.argv", ["polderlab", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    code = ended.value.code
    out = capsys.readouterr().out
    return (code, out) if isinstance(code, int) else (0 if code is None else 1, f"{out}{code}")


def test_offboarding_shows_first_and_does_when_confirmed(
    state: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    code, said = run(capsys, monkeypatch, *LEAVER)
    assert (code, "Nothing happened yet" in said) == (0, True)
    assert "rivierstad-analyst · river-access" in said
    assert "Nobody has left yet." in run(capsys, monkeypatch, "offboarding", "list")[1]
    code, said = run(capsys, monkeypatch, *LEAVER, "--reason", "x", "--confirm", "rivierstad")
    assert code == 1
    code, said = run(
        capsys, monkeypatch, *LEAVER, "--reason", "x", "--confirm", LEAVER[2], "--json"
    )
    record = json.loads(said)
    assert record["happened"]
    assert record["by"].startswith("operator:")
    shown = run(capsys, monkeypatch, "offboarding", "show", record["record"])[1]
    assert "folders are being packed" in shown
    sign = ("offboarding", "sign", record["record"], "--received-by", "me")
    assert "not all been packed" in run(capsys, monkeypatch, *sign)[1]
    said = run(capsys, monkeypatch, "offboarding", "call-off", record["record"])[1]
    assert "Called off. The folders come back" in said
    assert "rivierstad-analyst · river-access" in said
    assert "folders are being given back" in run(capsys, monkeypatch, "offboarding", "list")[1]


def test_people_are_told_and_sessions_stopped_with_a_reason(
    state: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "1 people" in run(capsys, monkeypatch, "session", "tell", "--en", "Save your work")[1]
    _, said = run(
        capsys,
        monkeypatch,
        "announcement",
        "make",
        "--until",
        "2027-06-05",
        "--en",
        "Hello",
        "--json",
    )
    made = json.loads(said)
    assert made["for"] == "everyone"
    assert "Hello" in run(capsys, monkeypatch, "announcement", "list")[1]
    assert "Withdrawn" in run(capsys, monkeypatch, "announcement", "withdraw", made["id"])[1]
    assert run(capsys, monkeypatch, "announcement", "make", "--until", "soon", "--en", "x")[0] == 1
    assert "Stopped 1" in run(capsys, monkeypatch, "session", "stop-all", "--reason", "Upkeep")[1]
    assert "No sessions run" in run(capsys, monkeypatch, "session", "list")[1]


def test_the_log_goes_along_as_csv_and_json_lines(
    state: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, lines = run(capsys, monkeypatch, "audit", "export", "--action", "session:planned")
    assert [json.loads(line)["action"] for line in lines.splitlines()] == ["session:planned"]
    _, sheet = run(capsys, monkeypatch, "audit", "export", "--format", "csv")
    assert sheet.startswith('"number","at","action"')
    assert "audit:exported" in sheet
    assert run(capsys, monkeypatch, "audit", "export", "--since", "soon")[0] == 1
    assert "The audit log is whole" in run(capsys, monkeypatch, "audit", "verify")[1]


def test_mail_that_is_off_says_how_to_set_it(
    state: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "No mail server is set." in run(capsys, monkeypatch, "mail", "list")[1]
    code, said = run(capsys, monkeypatch, "mail", "test", "rivierstad-lead")
    assert (code, "POLDERLAB_MAIL_HOST" in said) == (1, True)
