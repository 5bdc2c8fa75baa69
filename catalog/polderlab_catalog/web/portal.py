"""What the portal's pages and API have in common, put together once."""

from __future__ import annotations

from dataclasses import dataclass

from jinja2 import Environment

from polderlab_catalog.bootstrap import Lab
from polderlab_catalog.web.csrf import Csrf
from polderlab_catalog.web.identity import HubIdentity
from polderlab_catalog.web.problems import Problems
from polderlab_catalog.web.sealing import Seal
from polderlab_catalog.web.templating import environment


@dataclass(frozen=True, slots=True)
class Portal:
    """The lab, the hub beside it, and the tools of the pages."""

    lab: Lab
    identity: HubIdentity
    problems: Problems
    sessions: Seal
    states: Seal
    links: Seal
    csrf: Csrf
    templates: Environment

    @classmethod
    def build(cls, lab: Lab, identity: HubIdentity) -> Portal:
        """Put the portal together around ``lab``."""
        secret = lab.settings.cookie_secret.get_secret_value()
        return cls(
            lab=lab,
            identity=identity,
            problems=Problems(lab.settings.zone),
            sessions=Seal(secret, "portal session"),
            states=Seal(secret, "oauth state"),
            links=Seal(secret, "link"),
            csrf=Csrf(secret),
            templates=environment(),
        )

    @property
    def prefix(self) -> str:
        """Path of the portal, without a trailing slash."""
        return self.lab.settings.prefix

    @property
    def secure(self) -> bool:
        """Whether people reach the lab over TLS, so that cookies may insist on it."""
        return self.lab.settings.public_url.startswith("https://")
