"""Passwords: Argon2id hashes, and how early somebody would guess one."""

from __future__ import annotations

from collections.abc import Sequence
from threading import Lock

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.profiles import RFC_9106_LOW_MEMORY
from zxcvbn import zxcvbn

_LOOKED_AT = 72
"""Of a long password, the part that is weighed: what follows only makes it better, and the work
grows with the square of the length."""

DUTCH = (
    "welkom", "wachtwoord", "geheim", "gemeente", "provincie", "waterschap", "ministerie",
    "nederland", "holland", "amsterdam", "rotterdam", "utrecht", "ajax", "feyenoord", "psv",
    "lente", "zomer", "herfst", "winter", "voorjaar", "najaar", "vakantie", "koningsdag",
    "januari", "februari", "maart", "april", "mei", "juni", "juli", "augustus", "september",
    "oktober", "november", "december", "maandag", "dinsdag", "woensdag", "donderdag", "vrijdag",
    "zaterdag", "zondag", "inloggen", "toegang", "computer", "hallo", "goedemorgen", "schatje",
    "liefde", "sinterklaas", "oranje", "appeltaart", "boerenkool", "fiets", "polder", "datalab",
)  # fmt: skip
"""What passwords in Dutch offices are made of; the English-speaking world's come with zxcvbn."""


class Argon2Hasher:
    """Implements :class:`~.application.ports.Hasher`, with the parameters of RFC 9106's
    low-memory profile."""

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


class Zxcvbn:
    """Implements :class:`~.application.ports.Guesser`: the lists of common passwords, names and
    words that come with zxcvbn, rows of keys, dates and repetitions.

    Wheeler, D. L. (2016). zxcvbn: Low-budget password strength estimation. USENIX Security.
    """

    def __init__(self) -> None:
        self._one_at_a_time = Lock()  # zxcvbn keeps the words it is given in a global

    def __call__(self, password: str, words: Sequence[str]) -> float:
        """Return the power of ten of the guesses that ``password`` takes."""
        with self._one_at_a_time:
            found = zxcvbn(password[:_LOOKED_AT], [*words, *DUTCH])
        return float(found["guesses_log10"])
