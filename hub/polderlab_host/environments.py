"""What each process is told through its environment. Names follow the processes' own settings."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

from polderlab_host import disk
from polderlab_host.files import read_private
from polderlab_host.secrets import Secrets
from polderlab_host.settings import PROVIDERS, HostSettings

PREFIX = "/services/lab"


def lab(settings: HostSettings, secrets: Secrets) -> dict[str, str]:
    """Environment of the lab service; the command line and the demo loader read it as well."""
    register = settings.state / "lab" / "register.sqlite"
    return {
        "POLDERLAB_INSTANCE": settings.instance,
        "POLDERLAB_STATE": str(settings.state),
        "POLDERLAB_DATABASE": settings.database or f"sqlite:///{register}",
        "POLDERLAB_DATA": str(settings.state / "data"),
        "POLDERLAB_PUBLIC_URL": settings.url,
        "POLDERLAB_PREFIX": PREFIX,
        "POLDERLAB_HUB_API": f"http://{settings.hub_bind}/hub/api",
        "POLDERLAB_SERVICE_TOKEN": secrets.service_token,
        "POLDERLAB_HUB_TOKEN": secrets.hub_token,
        "POLDERLAB_COOKIE_SECRET": secrets.cookie_secret,
        "POLDERLAB_SOURCE_KEY": secrets.source_key,
        "POLDERLAB_SOURCE_HOSTS": settings.source_hosts,
        "POLDERLAB_PORTAL_BIND": settings.portal_bind,
        "POLDERLAB_GATEWAY_BIND": settings.gateway_bind,
        "POLDERLAB_GATEWAY_SOCKET": str(settings.gateway_socket) if settings.nginx else "",
        "POLDERLAB_READ_SILENCE_SECONDS": str(settings.read_silence_seconds),
        "POLDERLAB_HOURS_GRACE_MINUTES": str(settings.hours_grace_minutes),
        "POLDERLAB_PRICE_CPU_HOUR": str(settings.price_cpu_hour),
        "POLDERLAB_PRICE_MEMORY_GIB_HOUR": str(settings.price_memory_gib_hour),
        "POLDERLAB_PRICE_DISK_GIB_DAY": str(settings.price_disk_gib_day),
        "POLDERLAB_PRICE_GIB_READ": str(settings.price_gib_read),
        "POLDERLAB_CURRENCY": settings.currency,
        "POLDERLAB_GATEWAY_URL": f"http://{settings.gateway_bind}/v1",
        "POLDERLAB_TIMEZONE": settings.timezone,
        "POLDERLAB_AGREEMENT": settings.agreement,
        "POLDERLAB_IDLE_SECONDS": str(settings.idle_seconds),
        "POLDERLAB_UPLOAD_GIGABYTES": str(settings.upload_gigabytes),
        "POLDERLAB_INGEST_MEMORY_MIB": str(settings.ingest_memory_mib),
        "POLDERLAB_DISK_REPORT": str(settings.disk_report),
        "POLDERLAB_HOME_GIGABYTES": str(settings.home_gigabytes),
        "POLDERLAB_PROJECT_GIGABYTES": str(settings.project_gigabytes),
        "POLDERLAB_CONFIRM_DAYS": str(settings.confirm_days),
        "POLDERLAB_CONFIRM_WITHIN_DAYS": str(settings.confirm_within_days),
        "POLDERLAB_KEEP_DAYS": str(settings.keep_days),
        **_mail(settings),
        "POLDERLAB_PUBLIC_CATALOGUE": str(settings.public_catalogue).lower(),
        "POLDERLAB_LOCAL_ACCOUNTS": str(settings.local_accounts).lower(),
        "POLDERLAB_ADMINISTRATORS_NEED_SECOND_FACTOR": str(
            settings.administrators_need_second_factor
        ).lower(),
    }


def _mail(settings: HostSettings) -> dict[str, str]:
    """How mail goes out. Root reads the password: the lab's user may not see the file."""
    if not settings.mail_host:
        return {}
    file = settings.mail_password_file
    return {
        "POLDERLAB_MAIL_HOST": settings.mail_host,
        "POLDERLAB_MAIL_PORT": str(settings.mail_port),
        "POLDERLAB_MAIL_SECURITY": settings.mail_security,
        "POLDERLAB_MAIL_USER": settings.mail_user,
        "POLDERLAB_MAIL_PASSWORD": read_private(file) if file else "",
        "POLDERLAB_MAIL_FROM": settings.mail_from,
        "POLDERLAB_MAIL_CA": str(settings.mail_ca or ""),
    }


def worker(settings: HostSettings, secrets: Secrets) -> dict[str, str]:
    """Environment of the worker: the lab's, without the keys to hub and portal, and without
    where those listen: another door is no reason to break its work off."""
    keys = ("SERVICE_TOKEN", "HUB_TOKEN", "COOKIE_SECRET")
    doors = ("PORTAL_BIND", "GATEWAY_BIND", "GATEWAY_SOCKET")
    without = {f"POLDERLAB_{name}" for name in (*keys, *doors)}
    return {name: value for name, value in lab(settings, secrets).items() if name not in without}


def hub(settings: HostSettings, secrets: Secrets) -> dict[str, str]:
    """Environment of JupyterHub."""
    return {
        "POLDERLAB_INSTANCE": settings.instance,
        "POLDERLAB_STATE": str(settings.state),
        "POLDERLAB_PUBLIC_BIND": settings.public_bind,
        "POLDERLAB_PUBLIC_URL": settings.url,
        "POLDERLAB_HUB_BIND": settings.hub_bind,
        "POLDERLAB_PROXY_API": f"http://{settings.proxy_api}",
        "CONFIGPROXY_AUTH_TOKEN": secrets.proxy_token,
        "POLDERLAB_LAB_INTERNAL": f"http://{settings.portal_bind}/internal",
        "POLDERLAB_LAB_URL": f"http://{settings.portal_bind}",
        "POLDERLAB_HUB_TOKEN": secrets.hub_token,
        "POLDERLAB_SERVICE_TOKEN": secrets.service_token,
        "POLDERLAB_CULLER_TOKEN": secrets.culler_token,
        "POLDERLAB_HUB_DATABASE": f"sqlite:///{settings.state / 'hub' / 'jupyterhub.sqlite'}",
        "POLDERLAB_COOKIE_SECRET_FILE": str(settings.run / "hub-cookie-secret"),
        "POLDERLAB_IDLE_SECONDS": str(settings.idle_seconds),
        "POLDERLAB_TRUSTED_PROXIES": settings.trusted_proxies,
        "POLDERLAB_LOCAL_ACCOUNTS": str(settings.local_accounts).lower(),
        # Read by nobody: a hub whose providers changed is started anew.
        "LAB_PROVIDERS_STAMP": _stamp(settings.state / PROVIDERS),
        "POLDERLAB_NETWORK_CLOSED": settings.closed_network,
        "POLDERLAB_NETWORK_OPEN": settings.open_network,
        "POLDERLAB_FOLDERS": str(disk.place(settings)),
        "POLDERLAB_LIMITED": str(disk.read(settings).limited).lower(),
        "POLDERLAB_DISK_REPORT": str(settings.disk_report),
        "POLDERLAB_SNAPSHOT_DAYS": str(settings.snapshot_days),
        "POLDERLAB_TIMEZONE": settings.timezone,
        **_seccomp(settings),
        "POLDERLAB_CATALOG": str(settings.state / "catalog" / "catalog.yml"),
    }


def _seccomp(settings: HostSettings) -> dict[str, str]:
    there = settings.seccomp.exists()
    return {"POLDERLAB_SECCOMP": str(settings.seccomp)} if there else {}


def _stamp(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()[:16]
    except OSError:
        return ""


def proxy(secrets: Secrets) -> dict[str, str]:
    """Environment of the proxy."""
    return {"CONFIGPROXY_AUTH_TOKEN": secrets.proxy_token}


def culler(settings: HostSettings, secrets: Secrets) -> dict[str, str]:
    """Environment of the culler, which speaks to the hub only."""
    return {
        "JUPYTERHUB_API_TOKEN": secrets.culler_token,
        "JUPYTERHUB_API_URL": f"http://{settings.hub_bind}/hub/api",
        "POLDERLAB_IDLE_SECONDS": str(settings.idle_seconds),
    }


def common() -> dict[str, str]:
    """Return what every process gets: nothing of the environment of whoever typed `make up`."""
    path = [str(Path(sys.prefix) / "bin"), "/usr/local/sbin", "/usr/local/bin", "/usr/sbin",
            "/usr/bin", "/sbin", "/bin"]  # fmt: skip
    return {
        "PATH": ":".join(path),
        "LANG": "C.UTF-8",
        "HOME": "/nonexistent",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONUNBUFFERED": "1",
    }


def as_file(environment: dict[str, str]) -> str:
    """Return ``environment`` as the text of an env file."""
    return "".join(f"{name}={value}\n" for name, value in environment.items())
