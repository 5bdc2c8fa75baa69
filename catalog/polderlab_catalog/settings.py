"""The lab service's settings: read once, validated, then only looked at."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class LabSettings(BaseSettings):
    """Environment variables ``POLDERLAB_…``, each a field in capitals."""

    model_config = SettingsConfigDict(
        env_prefix="POLDERLAB_", frozen=True, extra="ignore", validate_default=True
    )

    instance: str = Field("polderlab", description="Name of this lab on its machine.")
    state: Path = Field(Path("var"), description="Folder that holds everything the lab keeps.")
    database: str = Field(
        "", description="SQLAlchemy URL of the register; empty: SQLite in the state folder."
    )
    data: Path | None = Field(
        None, description="Folder with the datasets' files; empty: `data` in the state folder."
    )
    public_url: str = Field("http://127.0.0.1:8000", description="Where people's browsers go.")
    prefix: str = Field("/services/lab", description="Path of the portal below the public URL.")
    hub_api: str = Field(
        "http://10.213.0.1:8081/hub/api", description="JupyterHub's REST API, as the lab sees it."
    )
    service_token: SecretStr = Field(
        SecretStr(""), description="The lab's token at JupyterHub's REST API."
    )
    hub_token: SecretStr = Field(
        SecretStr(""), description="JupyterHub's token at the lab's internal API."
    )
    cookie_secret: SecretStr = Field(
        SecretStr(""), description="Key that signs the portal's cookies."
    )
    source_key: SecretStr = Field(
        SecretStr(""), description="Key that seals the credentials of live sources."
    )
    source_hosts: str = Field(
        "",
        description="Hosts (host or host:port) of the own network that live sources may be "
        "consulted at, and folders with SQLite files; commas between.",
    )
    portal_bind: str = Field(
        "127.0.0.1:8010", description="Address of portal, REST API and internal API."
    )
    gateway_bind: str = Field("10.213.0.1:8020", description="Address of the data gateway.")
    gateway_url: str = Field(
        "http://10.213.0.1:8020/v1", description="The data gateway, as sessions see it."
    )
    timezone: str = Field(
        "Europe/Amsterdam", description="The time zone in which days begin and end (IANA name)."
    )
    idle_seconds: int = Field(
        3600, ge=60, description="A session without activity this long is stopped."
    )

    agreement: Path | None = Field(
        None,
        description="File with the agreement that organisations accept when they come in, as "
        "plain text; empty: the text that comes with the lab.",
    )
    local_accounts: bool = Field(
        True, description="Whether people may sign in with a password of this lab."
    )
    administrators_need_second_factor: bool = Field(
        False,
        description="Whether administrators have to sign in through a provider that says they "
        "showed a second factor.",
    )

    upload_gigabytes: int = Field(
        20, ge=1, description="The largest file taken in, in units of 1024³ bytes."
    )

    ingest_memory_mib: int = Field(
        1024, ge=256, description="Memory for reading one file that comes in, in MiB."
    )
    public_catalogue: bool = Field(
        False,
        description="Whether anyone may read the descriptions of public datasets, and download "
        "those that are open, without signing in.",
    )

    read_silence_seconds: int = Field(
        60, ge=1, description="A read that is silent this long becomes one line of the log."
    )
    hours_grace_minutes: int = Field(
        10,
        ge=0,
        description="How long a session still runs once the hours of the month are used up.",
    )
    home_gigabytes: int = Field(
        10, ge=1, description="What a home may hold where no allocation says so, in GiB."
    )
    project_gigabytes: int = Field(
        50, ge=1, description="What a project folder may hold where no allocation says so, in GiB."
    )
    disk_report: Path | None = Field(
        None, description="File in which the hub tells what homes and project folders hold."
    )
    price_cpu_hour: Decimal = Field(
        Decimal(0), ge=0, description="Price of a processor for an hour."
    )
    price_memory_gib_hour: Decimal = Field(
        Decimal(0), ge=0, description="Price of a GiB of memory for an hour."
    )
    price_disk_gib_day: Decimal = Field(
        Decimal(0), ge=0, description="Price of a GiB on the disk for a day."
    )
    price_gib_read: Decimal = Field(
        Decimal(0), ge=0, description="Price of a GiB of data read through the gateway."
    )
    currency: str = Field(
        "EUR", pattern="^[A-Z]{3}$", description="The currency of the prices (ISO 4217)."
    )
    confirm_days: int = Field(
        365, ge=1, description="After this many days people are asked whether access still stands."
    )
    confirm_within_days: int = Field(
        30, ge=1, description="What is not confirmed this many days after the question ends."
    )
    keep_days: int = Field(
        90,
        ge=0,
        description="Days that folders of who and what left are kept read-only, at least.",
    )
    mail_host: str = Field("", description="Mail server that takes notices; empty: no mail.")
    mail_port: int = Field(587, ge=1, le=65535, description="Port of the mail server.")
    mail_security: Literal["starttls", "tls", "none"] = Field(
        "starttls", description="How the way to the mail server is protected."
    )
    mail_user: str = Field("", description="Account at the mail server; empty: none is needed.")
    mail_password: SecretStr = Field(
        SecretStr(""), description="Password of that account, as `make up` read it."
    )
    mail_from: str = Field("", description="Address that mail comes from.")
    mail_ca: Path | None = Field(
        None, description="Certificates the mail server is checked against; empty: the machine's."
    )
    gateway_socket: Path | None = Field(
        None,
        description="Unix socket on which the gateway listens for nginx, which stands at the "
        "gateway's address then and sends the files; empty: no nginx.",
    )

    @field_validator("gateway_socket", "agreement", "disk_report", "mail_ca", mode="before")
    @classmethod
    def _empty_is_none(cls, value: object) -> object:
        return value or None

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (KeyError, ValueError, OSError):
            raise ValueError(f"no time zone is called {value!r}") from None
        return value

    @field_validator("public_url", "hub_api", "gateway_url", "prefix")
    @classmethod
    def _no_trailing_slash(cls, value: str) -> str:
        return value.rstrip("/")

    @property
    def zone(self) -> ZoneInfo:
        """The time zone in which days begin and end."""
        return ZoneInfo(self.timezone)

    @property
    def database_url(self) -> str:
        """The register's SQLAlchemy URL."""
        return self.database or f"sqlite:///{self.state.absolute() / 'lab' / 'register.sqlite'}"

    @property
    def data_folder(self) -> Path:
        """The folder with the datasets' files."""
        return self.data or self.state / "data"

    @property
    def uploads_folder(self) -> Path:
        """The folder with files on their way in."""
        return self.state / "uploads"

    @property
    def inbox_folder(self) -> Path:
        """The folder in which operators put files, in a folder per organisation."""
        return self.state / "inbox"

    @property
    def journals_folder(self) -> Path:
        """The folder in which processes note what is read."""
        return self.state / "lab" / "reads"

    @property
    def variants_folder(self) -> Path:
        """The folder with the parts of datasets that scoped grants give."""
        return self.state / "variants"

    @property
    def portal_url(self) -> str:
        """The portal's full address, without a trailing slash."""
        return self.public_url + self.prefix
