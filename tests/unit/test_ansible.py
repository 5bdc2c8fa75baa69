"""The Ansible role and the lab's settings, compared; and what the role writes, for real."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from polderlab_catalog.settings import LabSettings
from polderlab_host.settings import HostSettings
from polderlab_hub.settings import HubSettings

ANSIBLE = Path(__file__).resolve().parents[2] / "ansible"
ROLE = ANSIBLE / "roles" / "polderlab"
ANOTHER_LAB = "only a second lab on one machine needs another; in polderlab_settings"
SELDOM = "the default fits nearly always; in polderlab_settings"
WITHOUT_A_VARIABLE = {
    "state": "polderlab_state, which the unit and the paths of the role follow",
    "public_url": "follows from polderlab_server_name",
    "instance": ANOTHER_LAB,
    "public_bind": ANOTHER_LAB,
    "proxy_api": ANOTHER_LAB,
    "portal_bind": ANOTHER_LAB,
    "subnet": ANOTHER_LAB,
    "hub_port": ANOTHER_LAB,
    "gateway_port": ANOTHER_LAB,
    "database": "may hold a password, to be encrypted by whoever sets it; in polderlab_settings",
    "trusted_proxies": "nginx of the role is on the machine itself; in polderlab_settings",
    "nginx": "another nginx than that of the role; in polderlab_settings",
    "upload_gigabytes": SELDOM,
    "ingest_memory_mib": SELDOM,
    "source_hosts": SELDOM,
    "read_silence_seconds": SELDOM,
    "free_gigabytes": "asked of the machine before by polderlab_free_gigabytes",
}
"""Settings of the machine without a variable of their own, and why."""


def _read(path: str) -> Any:
    return yaml.safe_load((ROLE / path).read_text())


NAMED: list[str] = _read("vars/main.yml")["polderlab_named_settings"]
OPTIONS: dict[str, dict[str, Any]] = _read("meta/argument_specs.yml")["argument_specs"]["main"][
    "options"
]


def test_every_setting_has_a_variable_or_a_reason_why_not() -> None:
    assert sorted(NAMED) == NAMED
    assert set(NAMED) | set(WITHOUT_A_VARIABLE) == set(HostSettings.model_fields)
    assert set(NAMED) & set(WITHOUT_A_VARIABLE) == set()


def test_lab_and_hub_have_no_setting_that_is_not_derived_from_those() -> None:
    """``make up`` makes the environments of both; what it passes on bears the same name there."""
    derived = {
        "data", "prefix", "hub_api", "service_token", "hub_token", "cookie_secret", "source_key",
        "gateway_bind", "gateway_url", "gateway_socket", "disk_report", "mail_password",
        "hub_bind", "proxy_token", "lab_url", "lab_internal", "culler_token", "hub_database",
        "cookie_secret_file", "network_closed", "network_open", "folders", "limited", "seccomp",
        "catalog",
    }  # fmt: skip
    known = set(HostSettings.model_fields) | derived
    assert set(LabSettings.model_fields) | set(HubSettings.model_fields) <= known


def test_every_variable_is_described_and_has_a_default_unless_the_lab_has_it() -> None:
    named = {f"polderlab_{name}" for name in NAMED}
    assert named <= set(OPTIONS)
    defaults = _read("defaults/main.yml")
    required = {name for name, told in OPTIONS.items() if told.get("required")}
    assert set(defaults) == set(OPTIONS) - required - named
    assert all(
        told["default"] == defaults[name] for name, told in OPTIONS.items() if name in defaults
    )


@pytest.mark.parametrize("name", NAMED)
def test_a_variable_is_of_the_kind_of_its_setting(name: str) -> None:
    default = HostSettings.model_fields[name].get_default()
    kinds = {bool: "bool", int: "int"}
    # prices as text: a number loses digits on its way through YAML
    expected = kinds.get(
        type(default), "path" if OPTIONS[f"polderlab_{name}"]["type"] == "path" else "str"
    )
    assert OPTIONS[f"polderlab_{name}"]["type"] == expected


def test_a_password_is_never_shown() -> None:
    assert OPTIONS["polderlab_mail_password"]["no_log"] is True
    tasks = {task["name"]: task for task in _read("tasks/settings.yml")}
    assert tasks["Write the password of the mail server"]["no_log"] is True
    assert all(task["diff"] is False for task in tasks.values())


def play(tmp_path: Path, **variables: Any) -> subprocess.CompletedProcess[str]:
    """Run the role's own checks of settings and what writes them, on this machine."""
    state = tmp_path / "state"
    state.mkdir(exist_ok=True)
    given = {
        "polderlab_state": str(state),
        "polderlab_server_name": "lab.example.nl",
        "polderlab_repository": "x",
        "polderlab_version": "x",
        "polderlab_tls_certificate": "/x",
        "polderlab_tls_key": "/x",
        **variables,
    }
    role = {"name": "polderlab"}
    tasks = [
        {"ansible.builtin.import_role": role | {"tasks_from": "given.yml"}},
        {"ansible.builtin.import_role": role | {"tasks_from": "settings.yml"}},
    ]
    book = tmp_path / "book.yml"
    book.write_text(
        yaml.safe_dump(
            [{"hosts": "localhost", "gather_facts": False, "vars": given, "tasks": tasks}]
        )
    )
    return subprocess.run(
        [Path(sys.executable).with_name("ansible-playbook"), "-i", "localhost,", "-c", "local",
         "-e", f"ansible_python_interpreter={sys.executable}", "-vvv", "--diff", str(book)],
        cwd=ANSIBLE, env={**os.environ, "ANSIBLE_HOME": str(tmp_path), "LC_ALL": "C.UTF-8"},
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip


def test_what_is_given_is_what_the_lab_reads(tmp_path: Path) -> None:
    secret = "a-secret-of-the-tests-7261"
    (tmp_path / "providers.toml").write_text("[rivierstad]\n")
    (tmp_path / "lab-key.pem").write_text("a key\n")
    done = play(
        tmp_path,
        polderlab_mail_host="mail.example.nl",
        polderlab_mail_port=465,
        polderlab_mail_security="tls",
        polderlab_mail_password=secret,
        polderlab_price_cpu_hour="0.050",
        polderlab_keep_days=0,
        polderlab_local_accounts=False,
        polderlab_identity_providers=str(tmp_path / "providers.toml"),
        polderlab_identity_keys=[str(tmp_path / "lab-key.pem")],
        polderlab_settings={"POLDERLAB_UPLOAD_GIGABYTES": 5},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert secret not in done.stdout + done.stderr
    state = tmp_path / "state"
    lines = dict(
        line.split("=", 1) for line in (state / "settings.env").read_text().splitlines()[1:]
    )
    assert lines == {
        "POLDERLAB_STATE": str(state),
        "POLDERLAB_PUBLIC_URL": "https://lab.example.nl",
        "POLDERLAB_MAIL_HOST": "mail.example.nl",
        "POLDERLAB_MAIL_PORT": "465",
        "POLDERLAB_MAIL_SECURITY": "tls",
        "POLDERLAB_MAIL_PASSWORD_FILE": str(state / "mail-password"),
        "POLDERLAB_PRICE_CPU_HOUR": "0.050",
        "POLDERLAB_KEEP_DAYS": "0",
        "POLDERLAB_LOCAL_ACCOUNTS": "false",
        "POLDERLAB_UPLOAD_GIGABYTES": "5",
    }
    read = HostSettings(**{k.removeprefix("POLDERLAB_").lower(): v for k, v in lines.items()})  # type: ignore[arg-type]
    assert (read.local_accounts, read.keep_days, read.mail_port) == (False, 0, 465)
    written = {each.name: stat.S_IMODE(each.stat().st_mode) for each in state.iterdir()}
    names = ("settings.env", "mail-password", "identity-providers.toml", "lab-key.pem")
    assert written == dict.fromkeys(names, 0o600)
    assert (state / "mail-password").read_text() == f"{secret}\n"


@pytest.mark.parametrize(
    ("variables", "says"),
    [
        (
            {"polderlab_mail_host": "a", "polderlab_settings": {"POLDERLAB_MAIL_HOST": "b"}},
            "POLDERLAB_MAIL_HOST: given in polderlab_settings, and by a variable",
        ),
        (
            {
                "polderlab_mail_password": "x",
                "polderlab_settings": {"POLDERLAB_MAIL_PASSWORD_FILE": "/x"},
            },
            "POLDERLAB_MAIL_PASSWORD_FILE: given in polderlab_settings",
        ),
        ({"polderlab_mail_from": "two words"}, "POLDERLAB_MAIL_FROM cannot be used"),
        ({"polderlab_settings": {"POLDERLAB_STATE": "/x"}}, "POLDERLAB_STATE cannot be used"),
    ],
)
def test_what_cannot_be_written_is_said_before_anything_is(
    tmp_path: Path, variables: dict[str, Any], says: str
) -> None:
    done = play(tmp_path, **variables)
    assert done.returncode != 0
    assert says in " ".join(done.stdout.split())
    assert list((tmp_path / "state").iterdir()) == []
