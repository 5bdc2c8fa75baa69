"""What is not documented does not exist: code and reference pages, compared."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.main import get_command

from polderlab_catalog.cli.app import app as lab_commands
from polderlab_catalog.domain.audit import AuditAction
from polderlab_catalog.domain.people import LabRole
from polderlab_catalog.domain.projects import MemberRole
from polderlab_catalog.policy.decisions import MESSAGES, Code
from polderlab_catalog.policy.ingests import Trouble
from polderlab_catalog.settings import LabSettings
from polderlab_host.cli import app as host_commands
from polderlab_host.settings import HostSettings
from polderlab_hub.settings import HubSettings

REPOSITORY = Path(__file__).resolve().parents[2]
DOCS = REPOSITORY / "docs"


def section(page: str, heading: str) -> str:
    parts = re.split(r"^## ", (DOCS / page).read_text(), flags=re.MULTILINE)
    return next(part for part in parts if part.startswith(f"{heading}\n"))


def first_column(text: str) -> set[str]:
    rows = [line for line in text.splitlines() if line.startswith("| `")]
    return {name for row in rows for name in re.findall(r"`([^`]+)`", row.split("|")[1])}


def variables(settings: type) -> set[str]:
    fields = settings.model_fields  # type: ignore[attr-defined]
    return {
        str(field.validation_alias or f"POLDERLAB_{name.upper()}") for name, field in fields.items()
    }


@pytest.mark.parametrize(
    ("heading", "settings"),
    [
        ("Yours to set", HostSettings),
        ("Of the lab service", LabSettings),
        ("Of the hub", HubSettings),
    ],
)
def test_every_setting_is_documented_and_no_other(heading: str, settings: type) -> None:
    assert first_column(section("reference/settings.md", heading)) == variables(settings)


def test_every_setting_of_an_image_build_is_documented() -> None:
    source = (REPOSITORY / "images/polderlab_images/settings.py").read_text()
    documented = first_column(section("reference/settings.md", "Of image builds"))
    assert documented == set(re.findall(r'"(POLDERLAB_\w+)"', source))


def test_every_audit_action_is_documented_and_no_other() -> None:
    documented = first_column((DOCS / "reference/audit.md").read_text())
    assert documented == {action.value for action in AuditAction}


def test_every_refusal_is_documented_with_the_sentence_people_get() -> None:
    text = (DOCS / "reference/refusals.md").read_text()
    told = {code for code in Code if code not in {Code.ALLOWED, Code.HUB_REFUSED}}
    assert first_column(text) == {code.value for code in told}
    missing = [code.value for code in told if f"| `{code.value}` | {MESSAGES[code]} |" not in text]
    assert missing == []


def test_every_finding_about_a_file_is_documented_and_no_other() -> None:
    documented = first_column(section("how-to/register-a-dataset.md", "What a report means"))
    assert documented == set(Trouble)


def test_every_role_is_documented() -> None:
    text = (DOCS / "reference/roles.md").read_text()
    assert [role for role in (*LabRole, *MemberRole) if f"`{role.value}`" not in text] == []


@pytest.mark.parametrize(
    ("program", "app"), [("polderlab", lab_commands), ("polderlab-host", host_commands)]
)
def test_every_command_is_documented_and_no_other(program: str, app: object) -> None:
    documented = {
        " ".join(word for word in entry.split() if word.islower() and not word.startswith("--"))
        for entry in first_column(section("reference/commands.md", program))
    }
    assert documented == {" ".join(path) for path in commands(program, get_command(app))}  # type: ignore[arg-type]


def commands(name: str, command: object) -> list[list[str]]:
    nested = getattr(command, "commands", {})
    if not nested:
        return [[name]]
    return [[name, *path] for each, sub in nested.items() for path in commands(each, sub)]


def test_every_make_target_is_documented_and_no_other() -> None:
    targets = re.findall(r"^([a-z]+):.*## ", (REPOSITORY / "Makefile").read_text(), re.MULTILINE)
    documented = first_column(section("reference/commands.md", "make"))
    assert documented == {f"make {target}" for target in targets}


def test_every_decision_record_and_page_is_in_the_menu() -> None:
    menu = (REPOSITORY / "mkdocs.yml").read_text()
    pages = [str(page.relative_to(DOCS)) for page in DOCS.rglob("*.md")]
    assert [page for page in pages if page not in menu] == []
