"""nginx before the data gateway, for labs that ask for it: it sends the files.

The gateway decides and logs, and answers with the name of a file; nginx sends that. It runs as
the lab's own user, from this configuration alone: Debian's service is not used.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from pathlib import Path

from polderlab_host.errors import HostError
from polderlab_host.settings import HostSettings

CONNECTIONS = 256
"""Connections of one container; a session's libraries together use some dozens."""


def program() -> str:
    """Return nginx's path; raise :class:`HostError` where it is not installed."""
    found = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin")
    if found is None:
        raise HostError(
            "POLDERLAB_NGINX is on, but nginx is not installed.",
            "Run `make up`, which installs it, or `apt-get install nginx-light`.",
        )
    return found


def command(settings: HostSettings) -> tuple[str, ...]:
    """Return the command that runs nginx in the foreground."""
    folder = str(settings.gateway_folder)
    return (program(), "-p", folder, "-e", "stderr", "-c", str(configuration_file(settings)))


def masters(settings: HostSettings) -> list[int]:
    """Return the ids of the processes that run this lab's configuration; workers end with them.

    nginx writes its title over its environment, so that nothing else tells whose it is.
    """
    title, ours = b"nginx: master process ", str(configuration_file(settings)).encode()
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            command = (folder / "cmdline").read_bytes().rstrip(b"\0")
            if command.startswith(title) and command.endswith(b" " + ours):
                found.append(int(folder.name))
    return found


def configuration_file(settings: HostSettings) -> Path:
    """Return where the configuration is kept."""
    return settings.gateway_folder / "nginx.conf"


def configuration(settings: HostSettings) -> str:
    """Return nginx's configuration. It holds no secret."""
    return configuration_of(
        listen=settings.gateway_bind,
        folder=settings.gateway_folder,
        socket=settings.gateway_socket,
        data=settings.state / "data",
        variants=settings.state / "variants",
        log=settings.gateway_folder / "access.log",
    )


def configuration_of(
    *, listen: str, folder: Path, socket: Path, data: Path, variants: Path, log: Path
) -> str:
    """Return the configuration of an nginx that listens at ``listen``.

    ``folder`` is for its temporary files, ``socket`` the gateway's, ``data`` and ``variants``
    the folders with files, ``log`` the access log: one JSON object per request, joined to the
    audit log by ``read``, without any header that was sent.
    """
    return f"""\
daemon off;
worker_processes auto;
pid {folder}/nginx.pid;
error_log stderr warn;

events {{
    worker_connections 4096;
}}

http {{
    default_type application/octet-stream;
    server_tokens off;

    log_format gateway escape=json '{{"time":"$time_iso8601","server":"nginx",'
        '"client":"$remote_addr","method":"$request_method","path":"$uri_asked",'
        '"status":$status,"bytes":$body_bytes_sent,"seconds":$request_time,'
        '"read":"$upstream_http_x_audit_id"}}';
    # Without what stands behind the question mark: that may hold what somebody looks for.
    map $request_uri $uri_asked {{
        "~^(?<asked>[^?]*)" $asked;
    }}
    access_log {log} gateway;

    client_body_temp_path {folder}/waiting;
    proxy_temp_path {folder}/waiting;
    fastcgi_temp_path {folder}/waiting;
    uwsgi_temp_path {folder}/waiting;
    scgi_temp_path {folder}/waiting;

    sendfile on;
    sendfile_max_chunk 1m;
    # On, small ranges wait tens of milliseconds for an acknowledgement.
    tcp_nopush off;
    tcp_nodelay on;
    keepalive_timeout 75s;
    keepalive_requests 1000000;
    client_header_timeout 15s;
    reset_timedout_connection on;
    # Of silence, not of the whole: a large file takes as long as it takes.
    send_timeout 60s;
    limit_conn_zone $binary_remote_addr zone=callers:4m;

    upstream gateway {{
        server unix:{socket};
        keepalive 64;
    }}

    server {{
        listen {listen};
        limit_conn callers {CONNECTIONS};
        client_max_body_size 0;
        max_ranges 1;

        location / {{
            proxy_pass http://gateway;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_set_header Host $http_host;
            # Overwritten, whatever was sent: the gateway believes it.
            proxy_set_header X-PolderLab-Caller $remote_addr;
            proxy_request_buffering off;
            proxy_buffering off;
            proxy_read_timeout 3600s;
            proxy_send_timeout 60s;
        }}

        location /_data/ {{
            internal;
            alias {data}/;
            include {folder}/file.conf;
            disable_symlinks on from={data}/;
        }}

        location /_variants/ {{
            internal;
            alias {variants}/;
            include {folder}/file.conf;
            disable_symlinks on from={variants}/;
        }}
    }}
}}
"""


FILE_CONFIGURATION = """\
# What the gateway said of the file, and nothing of the file on disk.
etag off;
if_modified_since off;
add_header ETag $upstream_http_etag always;
add_header X-Audit-Id $upstream_http_x_audit_id always;
add_header X-Content-Type-Options nosniff always;
add_header Last-Modified "";
"""


def write(settings: HostSettings, uid: int, gid: int) -> None:
    """Write the configuration, in a folder that is the lab user's alone."""
    write_in(settings.gateway_folder, configuration(settings), uid, gid)


def write_in(folder: Path, configured: str, uid: int, gid: int) -> None:
    """Write a configuration and make what nginx needs in ``folder``."""
    for each in (folder, folder / "waiting"):
        each.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.chown(each, uid, gid)
    for name, text in (("nginx.conf", configured), ("file.conf", FILE_CONFIGURATION)):
        path = folder / name
        path.write_text(text)
        path.chmod(0o644)
