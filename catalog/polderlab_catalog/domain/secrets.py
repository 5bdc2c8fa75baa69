"""Secrets that the lab gave out: keys of sessions and links, kept as what cannot be turned back."""

from __future__ import annotations

import hashlib


def secret_hash(secret: str) -> str:
    """Return what the register keeps of a secret: its SHA-256 in hex.

    A plain hash is enough: the secret is 256 random bits, so there is nothing to guess.
    """
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()
