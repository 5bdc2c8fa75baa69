"""The identity providers people may sign in with, as ``identity-providers.toml`` names them.

The file lies in the state folder and is root's alone: it holds secrets, and who may write it
decides who may come in. Without it there are local accounts only.
"""

from __future__ import annotations

import re
import stat
import sys
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, model_validator

from polderlab_hub import signing_keys
from polderlab_hub.settings import hub_settings

FILE = "identity-providers.toml"
LONGEST = 40
SLUG = r"^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$"
_MAIL = {"email", "mail", "emails", "email_domain"}
"""Claims that say where somebody gets mail, not who they are or for whom they work."""

Name = Annotated[str, Field(pattern=SLUG, min_length=3, max_length=LONGEST)]


class ProvidersError(Exception):
    """The file cannot be used; the message says what to mend."""


class Provider(BaseModel):
    """One OpenID provider, and what its word is worth."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Name
    title: str = Field(min_length=1, max_length=60)
    """As people know it; on the button of the sign-in page."""
    issuer: str
    client_id: str = Field(min_length=1)
    client_secret: SecretStr | None = None
    private_key: Path | None = None
    """PEM file of the key that signs the lab's own proof (``private_key_jwt``)."""
    key_id: str = ""
    scopes: tuple[str, ...] = ("openid", "profile")
    userinfo: bool = False
    """Ask the provider's userinfo too, for providers that keep claims out of the token."""
    acr_values: str = ""
    """What to ask for about how people prove who they are."""
    second_factor: tuple[str, ...] = ()
    """Values of ``acr`` or ``amr`` that mean a second factor was shown."""
    person_claim: str = "preferred_username"
    people: Mapping[str, Name] = {}
    """Values of the person claim and the accounts they mean, where they are not the same; who is
    taken out of it no longer comes in by it."""
    organisation: Name | None = None
    """The one organisation whose people this provider knows; else ``organisation_claim``."""
    organisation_claim: str = ""
    organisations: Mapping[str, Name] = {}
    """Values of the organisation claim and the organisations they mean."""

    @model_validator(mode="after")
    def _sound(self) -> Self:
        if not is_safe(self.issuer) or urlsplit(self.issuer).query:
            raise ValueError("issuer: give an address that begins with https://")
        if (self.client_secret is None) == (self.private_key is None):
            raise ValueError("give either client_secret or private_key")
        if "openid" not in self.scopes:
            raise ValueError('scopes: "openid" has to be among them')
        if (self.organisation is None) == (not self.organisation_claim):
            raise ValueError("give either organisation or organisation_claim")
        if bool(self.organisation_claim) != bool(self.organisations):
            raise ValueError("organisation_claim and organisations belong together")
        for claim in (self.person_claim, self.organisation_claim):
            if claim.lower() in _MAIL:
                raise ValueError(f"{claim}: an e-mail address says neither who nor for whom")
        return self

    @property
    def keeps_list(self) -> bool:
        """Whether the operator says who is who, be it with an empty list."""
        return "people" in self.model_fields_set


def is_account_name(value: str) -> bool:
    """Tell whether an account can be called ``value``."""
    return 3 <= len(value) <= LONGEST and re.fullmatch(SLUG, value) is not None


def is_safe(address: str) -> bool:
    """Tell whether ``address`` is reached over TLS, or does not leave this machine."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    here = parts.scheme == "http" and parts.hostname in {"127.0.0.1", "::1", "localhost"}
    return bool(parts.hostname) and (parts.scheme == "https" or here) and not parts.fragment


def load(path: Path) -> tuple[Provider, ...]:
    """Return the providers of the file at ``path``, in its order; none where there is no file.

    Raises:
        ProvidersError: others may read or write it, or it is not as it should be.
    """
    if not path.exists():
        return ()
    _must_be_private(path)
    try:
        tables = tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ProvidersError(f"{path}: {error}") from None
    providers = tuple(_provider(path, name, table) for name, table in tables.items())
    for each in providers:
        if each.private_key is not None:
            _must_be_private(each.private_key)
            _must_be_a_key(each.private_key)
    return providers


def _provider(path: Path, name: str, table: Any) -> Provider:
    if not isinstance(table, dict):
        raise ProvidersError(f"{path}: {name} stands outside a [table] of a provider")
    try:
        return Provider.model_validate({"name": name, **table})
    except ValidationError as error:
        # Not pydantic's own text: it quotes what was given, secrets included.
        wrong = "; ".join(
            ": ".join(filter(None, [".".join(map(str, each["loc"])), each["msg"]]))
            for each in error.errors(include_input=False, include_url=False)
        )
        raise ProvidersError(f"{path}: [{name}] {wrong}") from None


def _must_be_private(path: Path) -> None:
    try:
        mode = path.stat().st_mode
    except OSError:
        raise ProvidersError(f"{path} cannot be read") from None
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise ProvidersError(f"{path} is open to others. Close it: chmod 600 {path}")


def _must_be_a_key(path: Path) -> None:
    try:
        signing_keys.read(path)
    except signing_keys.SigningKeyError as error:
        raise ProvidersError(f"{path} {error}") from None


@cache
def providers() -> tuple[Provider, ...]:
    """Return this lab's providers, read once."""
    return load(hub_settings().state / FILE)


def main() -> None:
    """Say whether the file named on the command line can be used (``make up`` asks first).

    With ``--needed`` there has to be a provider in it: nobody could come in otherwise.
    """
    path, *needed = sys.argv[1:]
    try:
        found = load(Path(path))
    except ProvidersError as error:
        sys.exit(str(error))
    if needed and not found:
        sys.exit(f"Local accounts are off, and {path} names no identity provider.")


if __name__ == "__main__":
    main()
