"""What runs, as whom, and told what."""

from __future__ import annotations

import configparser
from pathlib import Path

import pytest

from polderlab_host import environments, processes, supervision
from polderlab_host.secrets import Secrets, load_or_make
from polderlab_host.settings import HostSettings

SECRETS = Secrets()


@pytest.fixture
def settings(tmp_path: Path) -> HostSettings:
    return HostSettings(instance="lab", state=tmp_path)


def test_only_the_hub_runs_as_root(settings: HostSettings) -> None:
    users = {process.name: process.user for process in processes.plan(settings, SECRETS)}
    assert users == {"proxy": "lab", "lab": "lab", "worker": "lab", "hub": "root", "culler": "lab"}


def test_nginx_runs_where_it_is_asked_for_as_the_labs_own_user(tmp_path: Path) -> None:
    with_nginx = HostSettings(instance="lab", state=tmp_path, nginx=True)
    (process,) = [each for each in processes.plan(with_nginx, SECRETS) if each.name == "nginx"]
    assert process.user == "lab"
    moved = HostSettings(instance="lab", state=tmp_path, nginx=True, gateway_port=8021)
    (other,) = [each for each in processes.plan(moved, SECRETS) if each.name == "nginx"]
    assert other.environment != process.environment, "it is restarted with the new address"


def test_no_secret_is_on_a_command_line(settings: HostSettings) -> None:
    secrets = set(vars(SECRETS).values())
    for process in processes.plan(settings, SECRETS):
        assert not [word for word in process.command if any(s in word for s in secrets)]


def test_each_process_knows_the_secrets_it_needs_and_no_other(settings: HostSettings) -> None:
    def known(environment: dict[str, str]) -> set[str]:
        return {name for name, value in vars(SECRETS).items() if value in environment.values()}

    assert known(environments.proxy(SECRETS)) == {"proxy_token"}
    assert known(environments.worker(settings, SECRETS)) == {"source_key"}
    assert known(environments.culler(settings, SECRETS)) == {"culler_token"}
    assert known(environments.lab(settings, SECRETS)) == {
        "hub_token",
        "service_token",
        "cookie_secret",
        "source_key",
    }


def test_secrets_do_not_show_when_they_are_printed(settings: HostSettings) -> None:
    text = repr(SECRETS) + repr(processes.plan(settings, SECRETS))
    assert not [value for value in vars(SECRETS).values() if value in text]


def test_secrets_are_made_once_and_kept_from_others(tmp_path: Path) -> None:
    file = tmp_path / "secrets.json"
    assert load_or_make(file) == load_or_make(file)
    assert file.stat().st_mode & 0o777 == 0o600


def test_the_supervisor_reads_back_what_it_is_told(tmp_path: Path) -> None:
    settings = HostSettings(instance="lab", state=tmp_path, timezone="100%/of it")
    plan = processes.plan(settings, SECRETS)
    parsed = configparser.RawConfigParser()
    parsed.read_string(supervision.configuration(settings, plan))
    assert {f"program:{process.name}" for process in plan} <= set(parsed.sections())
    assert 'POLDERLAB_TIMEZONE="100%%/of it"' in parsed["program:lab"]["environment"]


def test_other_code_gives_another_stamp(tmp_path: Path) -> None:
    (tmp_path / "catalog").mkdir()
    module = tmp_path / "catalog" / "module.py"
    module.write_text("1")
    before = processes.code_stamp(["catalog"], tmp_path)
    assert processes.code_stamp(["catalog"], tmp_path) == before
    module.write_text("2")
    assert processes.code_stamp(["catalog"], tmp_path) != before


def test_a_process_id_that_became_somebody_elses_is_not_the_supervisor(
    settings: HostSettings,
) -> None:
    settings.run.mkdir()
    (settings.run / "supervisord.pid").write_text("1")
    assert supervision.pid_of(settings) is None
