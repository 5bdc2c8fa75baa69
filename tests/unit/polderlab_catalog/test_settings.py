"""Settings are validated once and hide their secrets."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from polderlab_catalog.settings import LabSettings


@pytest.fixture(autouse=True)
def _bare(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("STATE", "DATABASE", "DATA"):
        monkeypatch.delenv(f"POLDERLAB_{name}", raising=False)


def test_database_and_data_live_in_the_state_folder_unless_told_otherwise() -> None:
    settings = LabSettings(state=Path("/srv/lab"))
    assert settings.database_url == "sqlite:////srv/lab/lab/register.sqlite"
    assert settings.data_folder == Path("/srv/lab/data")


def test_the_environment_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POLDERLAB_PUBLIC_URL", "https://lab.example.org/")
    monkeypatch.setenv("POLDERLAB_TIMEZONE", "Europe/Brussels")
    settings = LabSettings()
    assert settings.portal_url == "https://lab.example.org/services/lab"
    assert settings.zone.key == "Europe/Brussels"


def test_secrets_do_not_show() -> None:
    settings = LabSettings(hub_token="geheim-1", cookie_secret="geheim-2")  # type: ignore[arg-type]
    assert "geheim" not in f"{settings!r} {settings}"


def test_settings_do_not_change() -> None:
    with pytest.raises(ValidationError):
        LabSettings().idle_seconds = 60  # type: ignore[misc]


@pytest.mark.parametrize(("name", "value"), [("timezone", "Mars/Base"), ("idle_seconds", 1)])
def test_what_cannot_be_is_refused(name: str, value: object) -> None:
    with pytest.raises((ValidationError, LookupError)):
        LabSettings.model_validate({name: value})
