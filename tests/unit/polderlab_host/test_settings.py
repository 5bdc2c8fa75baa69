"""Names and addresses that follow from the settings."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from polderlab_host.settings import HostSettings, load


def test_two_instances_share_no_name() -> None:
    one, other = HostSettings(instance="polderlab"), HostSettings(instance="pltest")
    for name in ("closed_network", "open_network", "closed_bridge", "open_bridge", "user"):
        assert getattr(one, name) != getattr(other, name)


def test_a_bridge_name_fits_in_the_fifteen_characters_linux_allows() -> None:
    longest = HostSettings(instance="a" * 13)
    assert len(longest.closed_bridge) == len(longest.open_bridge) == 15
    with pytest.raises(ValidationError):
        HostSettings(instance="a" * 14)


def test_hub_and_gateway_share_the_closed_networks_address() -> None:
    settings = HostSettings(subnet="10.99.0.0/16")
    assert str(settings.closed_subnet) == "10.99.0.0/20"
    assert str(settings.open_subnet) == "10.99.16.0/20"
    assert settings.hub_bind == "10.99.0.1:8081"
    assert settings.gateway_bind == "10.99.0.1:8020"


def test_a_subnet_too_small_for_two_networks_is_refused() -> None:
    with pytest.raises(ValidationError, match="/19 or larger"):
        HostSettings(subnet="10.99.0.0/20")


def test_a_relative_state_folder_means_the_same_for_every_process(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    assert HostSettings(state="lab").state == tmp_path / "lab"


def test_a_state_folder_behind_a_link_goes_by_the_name_the_kernel_tells(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "disk")
    assert HostSettings(state=tmp_path / "link" / "lab").state == tmp_path / "disk" / "lab"


def test_the_environment_beats_the_settings_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "settings.env").write_text("POLDERLAB_IDLE_SECONDS=120\nPOLDERLAB_HUB_PORT=9001\n")
    monkeypatch.setenv("POLDERLAB_STATE", str(tmp_path))
    monkeypatch.setenv("POLDERLAB_HUB_PORT", "9002")
    settings = load()
    assert (settings.idle_seconds, settings.hub_port) == (120, 9002)


def test_people_are_sent_to_the_public_url_where_one_is_set() -> None:
    assert HostSettings(public_bind="127.0.0.1:81").url == "http://127.0.0.1:81"
    assert HostSettings(public_url="https://lab.example/").url == "https://lab.example"
