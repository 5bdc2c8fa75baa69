"""From what a provider says to who somebody is: pure, and never more than the settings allow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from polderlab_hub.providers import Provider, is_account_name


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a provider says this is, in the register's words. Whether the register knows them so
    is for the lab service to say."""

    subject: str
    """What the provider calls them for good, and nobody else ever."""
    username: str
    """The account they are said to have: by the operator's list, else by the provider."""
    organisation: str
    second_factor: bool
    listed: bool
    """The operator keeps a list for this provider, so that no other account is theirs."""


def identify(provider: Provider, claims: Mapping[str, Any]) -> Identity | None:
    """Return who ``claims`` are about; ``None`` when they do not say it plainly.

    Values are taken whole: nothing is cut out of an address, no pattern is matched, no case is
    folded. A claim with several values says nothing.
    """
    subject, username = _text(claims.get("sub")), _person(provider, claims)
    organisation = _organisation(provider, claims)
    if not subject or not username or not organisation:
        return None
    return Identity(
        subject=subject,
        username=username,
        organisation=organisation,
        second_factor=_second_factor(provider, claims),
        listed=provider.keeps_list,
    )


def _person(provider: Provider, claims: Mapping[str, Any]) -> str:
    value = _text(claims.get(provider.person_claim))
    if value in provider.people:
        return provider.people[value]
    if not provider.keeps_list:
        return value
    # An account that is somebody's by another value is nobody's by its own name. And who was
    # taken out of the list is nobody, though the lab still knows whose account they came in to.
    known = is_account_name(value) and value not in provider.people.values()
    return value if known else ""


def _organisation(provider: Provider, claims: Mapping[str, Any]) -> str:
    if provider.organisation is not None:
        return provider.organisation
    return provider.organisations.get(_text(claims.get(provider.organisation_claim)), "")


def _second_factor(provider: Provider, claims: Mapping[str, Any]) -> bool:
    methods = claims.get("amr")
    said = [*(methods if isinstance(methods, list) else []), claims.get("acr")]
    return any(isinstance(each, str) and each in provider.second_factor for each in said)


def _text(value: Any) -> str:
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    return value if isinstance(value, str) else ""
