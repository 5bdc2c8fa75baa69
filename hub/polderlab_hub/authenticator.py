"""Signing in: the lab service knows the accounts, the hub only asks."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import Any

from jupyterhub.auth import Authenticator
from jupyterhub.handlers import BaseHandler
from tornado.web import HTTPError
from traitlets import Bool, Instance, default

from polderlab.wire import SignIn
from polderlab_hub.lab_client import LabClient, LabRefusedError, LabUnavailableError, lab_client
from polderlab_hub.languages import language_of, say
from polderlab_hub.origins import origin_of
from polderlab_hub.sentences import Sentence

USERNAME = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")
LONGEST_USERNAME = 40
LONGEST_PASSWORD = 1024


class LabAuthenticator(Authenticator):
    """Ask the lab service whether name and password belong together.

    Nobody is an administrator *of the hub*, lab administrators included: that right would open
    every colleague's server. People and projects are administered in the portal.
    """

    lab = Instance(LabClient)
    local_accounts = Bool(True)
    """Whether a password of this lab lets anybody in; the lab service says the same."""

    @default("lab")
    def _default_lab(self) -> LabClient:
        return lab_client()

    @default("allow_all")
    def _default_allow_all(self) -> bool:
        # Who may come in is decided per sign-in by the lab service; a second list here could
        # only disagree with it.
        return True

    def normalize_username(self, username: str) -> str:
        """Return the one spelling of a name: lower case, no blanks around it."""
        return username.strip().lower()

    def validate_username(self, username: str) -> bool:
        """Tell whether this can be a name at all (the register's grammar of names)."""
        return len(username) <= LONGEST_USERNAME and USERNAME.fullmatch(username) is not None

    async def authenticate(
        self, handler: BaseHandler, data: dict[str, str]
    ) -> dict[str, Any] | None:
        """Return who this is, or raise with the sentence the sign-in page shows."""
        language = language_of(handler.request)
        if not self.local_accounts:
            raise HTTPError(HTTPStatus.FORBIDDEN, say(Sentence.NO_LOCAL_ACCOUNTS, language))
        username = self.normalize_username(data.get("username", ""))
        password = data.get("password", "")
        # A name that cannot exist gets the answer of one that does not: no hint which do.
        if not self.validate_username(username) or len(password) > LONGEST_PASSWORD:
            raise HTTPError(HTTPStatus.FORBIDDEN, say(Sentence.NO_SUCH_ACCOUNT, language))
        try:
            person = await self.lab.sign_in(
                SignIn(username, password), origin=origin_of(handler.request)
            )
        except LabRefusedError as refusal:
            raise HTTPError(HTTPStatus.FORBIDDEN, refusal.sentence(language)) from refusal
        except LabUnavailableError as error:
            self.log.warning("No sign-in possible: %s", error)
            raise HTTPError(
                HTTPStatus.SERVICE_UNAVAILABLE, say(Sentence.LAB_AWAY, language)
            ) from error
        return {"name": person.username, "admin": False}
