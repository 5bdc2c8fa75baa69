"""What a curious analyst tries from a notebook. Run ``PROBES`` in a kernel, then call them."""

from __future__ import annotations

import json
from typing import Any

from tests.support.kernel import Kernel

PROBES = '''
import errno, json, os, socket, subprocess, sys, time, urllib.error, urllib.request

def reach(host, port, seconds=3):
    """How a TCP connection ends: "open", or the name of the error."""
    try:
        socket.create_connection((host, port), seconds).close()
        return "open"
    except TimeoutError:
        return "timeout"
    except OSError as error:
        return errno.errorcode.get(error.errno, str(error))

def ask_name_server(server, seconds=3):
    """Ask ``server`` for a name by UDP, as a DNS tunnel would: "answer", or how it failed."""
    header, name = bytes.fromhex("123401000001000000000000"), b"\\x07example\\x03com\\x00"
    query = header + name + b"\\x00\\x01\\x00\\x01"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.settimeout(seconds)
        try:
            s.sendto(query, (server, 53))
            # An answer without records is what the engine's resolver says when it cannot ask on.
            return "answer" if s.recv(512)[6:8] != b"\\0\\0" else "no records"
        except OSError as error:
            return type(error).__name__

def get(url, token=None, method="GET", body=None):
    """The status and the first of the body of an HTTP request."""
    request = urllib.request.Request(url, method=method, data=body)
    if token:
        request.add_header("Authorization", "Bearer " + token)
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=10) as answer:
            return [answer.status, answer.read(2000).decode(errors="replace")]
    except urllib.error.HTTPError as error:
        return [error.code, error.read(2000).decode(errors="replace")]

def run(*command):
    """Exit code and output of a command."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=30)
    return [done.returncode, done.stdout + done.stderr]

def status():
    """This process as the kernel sees it."""
    with open("/proc/self/status") as lines:
        return dict(line.rstrip("\\n").split(":\\t", 1) for line in lines if ":\\t" in line)
'''


class Prober:
    """A kernel with the probes in it."""

    def __init__(self, kernel: Kernel) -> None:
        self.kernel = kernel
        kernel.out(PROBES)

    def __call__(self, expression: str, *, seconds: float = 90) -> Any:
        """Evaluate ``expression`` in the kernel and return its value."""
        return json.loads(self.kernel.out(f"print(json.dumps({expression}))", seconds=seconds))

    @property
    def address(self) -> str:
        """The container's own address."""
        return str(self("socket.gethostbyname(socket.gethostname())"))
