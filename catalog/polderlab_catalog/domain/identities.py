"""Identities: who an account belongs to, as an identity provider knows them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Identity:
    """Somebody at a provider, for good.

    A provider gives a ``subject`` once and to nobody else (OpenID Connect Core 1.0, 2). What
    else it says of somebody, their name above all, may be another person's tomorrow.
    """

    issuer: str
    subject: str


@dataclass(frozen=True, slots=True)
class Binding:
    """How ``username`` is come in by through a provider.

    ``identity`` is whom the account is tied to since ``bound``; without one, whoever comes first
    under its name. With ``linked`` an operator said that its password lets in as well.
    """

    username: str
    identity: Identity | None = None
    linked: bool = False
    bound: datetime | None = None
