"""A real OpenID provider on this machine: oidc-provider, by ``identity_provider/provider.mjs``."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from polderlab_host.processes import node
from tests.support.lab import SLOT

FOLDER = Path(__file__).with_name("identity_provider")
PORT = 18406 + 10 * SLOT


@dataclass(frozen=True)
class IdentityProvider:
    """The provider, and what it is told to do wrong."""

    issuer: str

    def spoil(self, kind: str) -> None:
        """Hand out ID tokens that are ``kind`` from now on; empty: ones that hold."""
        answer = httpx.get(f"{self.issuer}/mischief", params={"kind": kind}, trust_env=False)
        assert answer.status_code == 204, f"it knows no {kind}"


@contextmanager
def identity_provider(lab: str, key: str = "") -> Iterator[IdentityProvider]:
    """Run it for the lab at ``lab``; ``key`` is the lab's public key, as a JWK."""
    assert (FOLDER / "node_modules").exists(), f"{FOLDER} is not installed: run `make dev`"
    command = [str(node()), "provider.mjs", str(PORT), lab, *([key] if key else [])]
    with subprocess.Popen(
        command, cwd=FOLDER, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        try:
            assert process.stdout is not None
            while "ready" not in (line := process.stdout.readline()):
                assert line, "the identity provider ended"
            yield IdentityProvider(f"http://127.0.0.1:{PORT}")
        finally:
            process.terminate()


def begin(client: httpx.Client, provider: str, following: str = "") -> httpx.Response:
    """Go to the provider from the lab; return its sign-in form."""
    form = client.get(f"/hub/openid/{provider}/login", params={"next": following})
    assert "/interaction/" in form.url.path, f"{form.url}: {form.status_code}"
    return form


def finish(client: httpx.Client, form: httpx.Response, name: str, factor: str = "") -> str:
    """Sign in at the provider; return the address in the lab it sends the browser to."""
    answer = client.post(form.url, data={"name": name, "factor": factor}, follow_redirects=False)
    while answer.is_redirect:
        address = str(answer.headers["location"])
        if re.search(r"/hub/openid/[^/]+/callback", address):
            return address
        answer = client.get(answer.url.join(address), follow_redirects=False)
    raise AssertionError(f"{answer.url}: {answer.status_code} {answer.text[:200]}")


def sign_in_through(
    client: httpx.Client, provider: str, name: str, *, factor: str = "", following: str = ""
) -> httpx.Response:
    """Sign in all the way; return the page the browser ends at."""
    return client.get(finish(client, begin(client, provider, following), name, factor))
