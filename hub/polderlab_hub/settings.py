"""What the hub is told by its environment, read and validated once.

Every value comes from a variable ``POLDERLAB_<NAME>`` (the proxy's token alone keeps the name
configurable-http-proxy gives it). Nothing here has to be repeated elsewhere: addresses and names
that follow from others are properties.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from polderlab.wire import NetworkZone

LAB_PREFIX = "/services/lab"
"""Where the proxy shows the lab service: JupyterHub fixes it by the service's name, ``lab``."""


class HubSettings(BaseSettings):
    """The hub's settings; secrets are kept out of ``repr``."""

    model_config = SettingsConfigDict(env_prefix="POLDERLAB_", frozen=True, extra="ignore")

    instance: str = "polderlab"
    state: Path
    public_bind: str = "127.0.0.1:8000"
    public_url: str = "http://127.0.0.1:8000"
    hub_bind: str = "10.213.0.1:8081"
    proxy_api: str = "http://127.0.0.1:8001"
    proxy_token: Annotated[SecretStr, Field(validation_alias="CONFIGPROXY_AUTH_TOKEN")]
    lab_url: str = "http://127.0.0.1:8010"
    lab_internal: str = "http://127.0.0.1:8010/internal"
    hub_token: SecretStr
    service_token: SecretStr
    culler_token: SecretStr
    hub_database: str
    cookie_secret_file: Path
    idle_seconds: int = Field(default=3600, gt=0)
    trusted_proxies: str = "127.0.0.1,::1"
    local_accounts: bool = True
    """Whether people may sign in with a password of this lab."""
    network_closed: str
    network_open: str
    folders: Path
    """Where homes and project folders are."""
    limited: bool = True
    """Whether each of them is a btrfs subvolume with a limit, or a plain folder without."""
    disk_report: Path | None = None
    """Where to write what each of them holds."""
    snapshot_days: int = Field(default=7, ge=0)
    seccomp: Path | None = None
    """What sessions may ask of the kernel; without it, whatever the engine thinks fit."""
    timezone: str = "Europe/Amsterdam"
    catalog: Path

    @property
    def proxies(self) -> list[str]:
        """Addresses of proxies in front of the lab."""
        return [each.strip() for each in self.trusted_proxies.split(",") if each.strip()]

    @property
    def networks(self) -> dict[NetworkZone, str]:
        """Docker's name of the network of each zone."""
        return {NetworkZone.CLOSED: self.network_closed, NetworkZone.OPEN: self.network_open}

    @property
    def profile(self) -> str:
        """What sessions may ask of the kernel, as JSON; empty where nothing is said."""
        return self.seccomp.read_text() if self.seccomp else ""

    @property
    def hub_api(self) -> str:
        """Address of JupyterHub's own API, as services and sessions reach it."""
        return f"http://{self.hub_bind}/hub/api"

    @property
    def secure(self) -> bool:
        """Whether people reach the lab over TLS (cookies are then for TLS only)."""
        return self.public_url.startswith("https://")


@cache
def hub_settings() -> HubSettings:
    """Read the environment, once; pydantic's error names the variable that is missing."""
    return HubSettings()
