"""Password hashes: Argon2id with the parameters of RFC 9106's low-memory profile."""

from __future__ import annotations

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.profiles import RFC_9106_LOW_MEMORY


class Argon2Hasher:
    """Implements :class:`~.application.ports.Hasher`."""

    def __init__(self) -> None:
        self._argon2 = PasswordHasher.from_parameters(RFC_9106_LOW_MEMORY)

    def hash(self, password: str) -> str:
        """Return a PHC string (``$argon2id$…``) with a salt of its own."""
        return self._argon2.hash(password.encode("utf-8", "surrogatepass"))

    def verify(self, hashed: str, password: str) -> bool:
        """Tell whether ``password`` belongs to ``hashed``."""
        try:
            return self._argon2.verify(hashed, password.encode("utf-8", "surrogatepass"))
        except (VerificationError, InvalidHashError):
            return False
