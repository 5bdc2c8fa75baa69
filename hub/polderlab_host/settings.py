"""What can be set about a lab on this host, and every name and path that follows from it.

Values come from the environment (``POLDERLAB_…``), then from ``settings.env`` in the state
folder, then from the defaults here. They are read once and never changed.
"""

from __future__ import annotations

import os
import sys
from decimal import Decimal
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

PROVIDERS = "identity-providers.toml"
"""The hub's file in the state folder that says who else may say who somebody is."""
REPOSITORY = Path(__file__).resolve().parents[2]


class HostSettings(BaseSettings):
    """A lab instance on this host. Two with different settings can run side by side."""

    model_config = SettingsConfigDict(env_prefix="POLDERLAB_", frozen=True, extra="ignore")

    instance: str = Field("polderlab", pattern=r"^[a-z][a-z0-9]{2,12}$")
    """Name of this lab: prefix of every container, network, chain, and name of its system user.

    Thirteen characters at most, because a network interface's name has fifteen.
    """
    state: Path = REPOSITORY / "var"
    """Folder of everything the lab keeps: register, data, homes, logs, secrets."""
    public_bind: str = "127.0.0.1:8000"
    """Address and port people's browsers come in at."""
    public_url: str = ""
    """Address people type, if it differs from ``http://<public_bind>`` (TLS in front, a name)."""
    proxy_api: str = "127.0.0.1:8001"
    """Where the proxy takes its routes from the hub."""
    portal_bind: str = "127.0.0.1:8010"
    """Where the lab service listens for the proxy and the hub."""
    subnet: IPv4Network = IPv4Network("10.213.0.0/16")
    """Addresses for sessions: its first /20 for closed projects, its second for open ones."""
    hub_port: int = Field(8081, ge=1024, le=65535)
    """Port of the hub's API on the closed network's gateway address."""
    gateway_port: int = Field(8020, ge=1024, le=65535)
    """Port of the data gateway on the closed network's gateway address."""
    database: str = ""
    """SQLAlchemy URL of the register; empty is SQLite in the state folder."""
    timezone: str = "Europe/Amsterdam"
    """Where a grant's last day ends."""
    agreement: str = ""
    """Plain-text file with the agreement that organisations accept; empty: the lab's own text."""
    idle_seconds: int = Field(3600, ge=60)
    """A session without activity for this long is stopped; a busy kernel counts as activity."""
    upload_gigabytes: int = Field(20, ge=1)
    """The largest file that can be handed in as a dataset."""
    ingest_memory_mib: int = Field(1024, ge=256)
    """Memory for reading one file that comes in."""
    public_catalogue: bool = False
    source_hosts: str = ""
    """Hosts of the own network (``host`` or ``host:port``) where live sources may be consulted,
    and folders with SQLite files; commas between."""
    local_accounts: bool = True
    """Whether people may sign in with a password of this lab."""
    administrators_need_second_factor: bool = False
    """Whether administrators have to sign in through a provider that says they showed two."""
    trusted_proxies: str = "127.0.0.1,::1"
    """Proxies in front of the lab whose word on where a request comes from counts; commas
    between."""
    read_silence_seconds: int = Field(60, ge=1)
    """A read that is silent this long becomes one line of the log."""
    hours_grace_minutes: int = Field(10, ge=0)
    """How long a session still runs once the hours of the month are used up."""
    price_cpu_hour: Decimal = Field(Decimal(0), ge=0)
    price_memory_gib_hour: Decimal = Field(Decimal(0), ge=0)
    price_disk_gib_day: Decimal = Field(Decimal(0), ge=0)
    price_gib_read: Decimal = Field(Decimal(0), ge=0)
    currency: str = Field("EUR", pattern="^[A-Z]{3}$")
    """What a unit of use costs, for the cost reports, and in which currency (ISO 4217)."""
    nginx: bool = False
    """Whether nginx stands before the data gateway and sends the files."""
    volumes_gigabytes: int = Field(0, ge=0)
    """What all homes and project folders may grow to, where they are in a file; 0: half of what
    is free when that is made."""
    home_gigabytes: int = Field(10, ge=1)
    """What a home may hold, where nothing else is allocated."""
    project_gigabytes: int = Field(50, ge=1)
    """What the folder of a project's members may hold, where nothing else is allocated."""
    snapshot_days: int = Field(7, ge=0)
    """How many days the daily snapshots of homes and project folders are kept."""
    confirm_days: int = Field(365, ge=1)
    """After this many days people are asked whether access, accounts and projects still stand."""
    confirm_within_days: int = Field(30, ge=1)
    """What is not confirmed this many days after the question ends."""
    keep_days: int = Field(90, ge=0)
    """Days that folders of who and what left are kept read-only, at least."""
    mail_host: str = ""
    """Mail server that takes notices; empty: no mail."""
    mail_port: int = Field(587, ge=1, le=65535)
    """Port of the mail server."""
    mail_security: Literal["starttls", "tls", "none"] = "starttls"
    """How the way to the mail server is protected."""
    mail_user: str = ""
    """Account at the mail server; empty: none is needed."""
    mail_password_file: Path | None = None
    """File with the password of that account, mode 0600."""
    mail_from: str = ""
    """Address that mail comes from."""
    mail_ca: Path | None = None
    """Certificates the mail server is checked against; the machine's own without."""
    free_gigabytes: int = Field(10, ge=1)
    """Free disk space asked for before anything is fetched or built."""

    @field_validator("mail_password_file", "mail_ca", mode="before")
    @classmethod
    def _empty_is_none(cls, value: object) -> object:
        return value or None

    @field_validator("subnet")
    @classmethod
    def _large_enough(cls, subnet: IPv4Network) -> IPv4Network:
        if subnet.prefixlen > 19:
            message = "must be a /19 or larger, for two networks of 4,094 addresses each"
            raise ValueError(message)
        return subnet

    @model_validator(mode="after")
    def _absolute(self) -> Self:
        # The unprivileged processes run in another folder: a relative path would mean another.
        # And the kernel tells what is mounted where by names that no link stands in.
        object.__setattr__(self, "state", self.state.expanduser().resolve())
        return self

    @property
    def url(self) -> str:
        """Address people go to, without a slash at the end."""
        return (self.public_url or f"http://{self.public_bind}").rstrip("/")

    @property
    def user(self) -> str:
        """System user the unprivileged processes run as."""
        return self.instance

    @property
    def closed_subnet(self) -> IPv4Network:
        """Network of sessions without internet access."""
        return next(self.subnet.subnets(new_prefix=20))

    @property
    def open_subnet(self) -> IPv4Network:
        """Network of sessions with internet access."""
        parts = self.subnet.subnets(new_prefix=20)
        next(parts)
        return next(parts)

    @property
    def gateway(self) -> IPv4Address:
        """The host as sessions of both networks see it."""
        return next(self.closed_subnet.hosts())

    @property
    def closed_network(self) -> str:
        """Docker network of sessions without internet access."""
        return f"{self.instance}-closed"

    @property
    def open_network(self) -> str:
        """Docker network of sessions with internet access."""
        return f"{self.instance}-open"

    @property
    def closed_bridge(self) -> str:
        """Network interface of the closed network."""
        return f"{self.instance}-c"

    @property
    def open_bridge(self) -> str:
        """Network interface of the open network."""
        return f"{self.instance}-o"

    @property
    def hub_bind(self) -> str:
        """Address and port of the hub's API."""
        return f"{self.gateway}:{self.hub_port}"

    @property
    def gateway_bind(self) -> str:
        """Address and port of the data gateway."""
        return f"{self.gateway}:{self.gateway_port}"

    @property
    def gateway_folder(self) -> Path:
        """Folder of the socket between nginx and the gateway; the lab user's alone."""
        return self.state / "lab" / "gateway"

    @property
    def gateway_socket(self) -> Path:
        """Socket on which the gateway listens when nginx stands before it."""
        return self.gateway_folder / "gateway.sock"

    @property
    def run(self) -> Path:
        """Sockets, process configuration and secrets; root's alone."""
        return self.state / "run"

    @property
    def volumes(self) -> Path:
        """Where the btrfs of homes and project folders is, or is mounted."""
        return self.state / "volumes"

    @property
    def volumes_file(self) -> Path:
        """The file with that btrfs in it, where there is no other."""
        return self.state / "volumes.btrfs"

    @property
    def disk_report(self) -> Path:
        """What homes and project folders hold, as the hub last saw it; the lab's user reads it."""
        return self.state / "disk" / "use.json"

    @property
    def seccomp(self) -> Path:
        """What sessions may ask of the kernel."""
        return self.run / "seccomp.json"

    @property
    def log(self) -> Path:
        """Logs of the processes."""
        return self.state / "log"

    @property
    def accounts(self) -> Path:
        """The demo's accounts with their passwords, mode 0600."""
        return self.state / "demo-accounts.json"


def load() -> HostSettings:
    """Read the settings, those in the state folder's ``settings.env`` included."""
    state = Path(os.environ.get("POLDERLAB_STATE") or REPOSITORY / "var")
    return HostSettings(_env_file=state / "settings.env")


def program(name: str) -> str:
    """Path of a program of the lab's own virtual environment."""
    return str(Path(sys.prefix) / "bin" / name)
