"""Seals small values into cookies: encrypted, signed, and dated (Fernet)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping

from cryptography.fernet import Fernet, InvalidToken


class Seal:
    """Seals with a key derived from the lab's cookie secret, one per purpose."""

    def __init__(self, secret: str, purpose: str) -> None:
        self._key = hmac.digest(secret.encode(), purpose.encode(), hashlib.sha256)
        self._fernet = Fernet(base64.urlsafe_b64encode(self._key))

    def seal(self, value: Mapping[str, str]) -> str:
        """Return ``value`` as text that nobody else can read or make."""
        return self._fernet.encrypt(json.dumps(dict(value)).encode()).decode()

    def open(self, sealed: str | None, *, seconds: int) -> dict[str, str] | None:
        """Return what was sealed, or None when it is forged, foreign, or older than ``seconds``."""
        if not sealed:
            return None
        try:
            value = json.loads(self._fernet.decrypt(sealed.encode(), ttl=seconds))
        except (InvalidToken, ValueError):
            return None
        return value if isinstance(value, dict) else None

    def stamp(self, text: str) -> str:
        """Return a short proof that this lab has seen ``text``."""
        return hmac.new(self._key, text.encode(), hashlib.sha256).hexdigest()

    def stamped(self, text: str, stamp: str) -> bool:
        """Tell whether ``stamp`` is the proof of ``text``, in constant time."""
        return hmac.compare_digest(self.stamp(text).encode(), stamp.encode())
