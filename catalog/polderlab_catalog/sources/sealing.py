"""Credentials of sources, sealed so that the register alone does not open them."""

from __future__ import annotations

import base64
import hashlib
import json

from cryptography.fernet import Fernet, InvalidToken

from polderlab_catalog.application.errors import Invalid, Unavailable
from polderlab_catalog.domain.sources import Login


class LoginSeal:
    """Seals and opens with Fernet, under a key derived from ``POLDERLAB_SOURCE_KEY``."""

    def __init__(self, key: str) -> None:
        derived = hashlib.sha256(b"polderlab source credentials\0" + key.encode()).digest()
        self._fernet = Fernet(base64.urlsafe_b64encode(derived)) if key else None

    def seal(self, login: Login) -> str:
        """Return ``login`` sealed; empty when there is nothing to seal."""
        if not login.username and not login.password:
            return ""
        if self._fernet is None:
            what = "the lab has no key to seal credentials with: set POLDERLAB_SOURCE_KEY"
            raise Invalid({"password": what})
        told = json.dumps([login.username, login.password])
        return self._fernet.encrypt(told.encode()).decode()

    def open(self, sealed: str) -> Login:
        """Return what :meth:`seal` sealed."""
        if not sealed:
            return Login()
        if self._fernet is None:
            raise Unavailable("The credentials of this source cannot be opened without their key.")
        try:
            username, password = json.loads(self._fernet.decrypt(sealed.encode()))
        except InvalidToken:
            message = "The credentials of this source were sealed with another key. Give them anew."
            raise Unavailable(message) from None
        return Login(username, password)
