"""Keys by which the lab proves to a provider that it is the lab: which there may be."""

from __future__ import annotations

from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ed448 import Ed448PrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

_CURVES = {"secp256r1": "ES256", "secp384r1": "ES384", "secp521r1": "ES512"}

SigningKey = RSAPrivateKey | EllipticCurvePrivateKey | Ed25519PrivateKey | Ed448PrivateKey


class SigningKeyError(Exception):
    """The file holds no key that can be used. What is in it is never told."""


def read(path: Path) -> tuple[SigningKey, str]:
    """Return the private key in ``path``, and the algorithm it signs with (RFC 7518)."""
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except OSError:
        raise SigningKeyError("cannot be read") from None
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise SigningKeyError("holds no private key as PEM without a passphrase") from None
    if isinstance(key, RSAPrivateKey):
        return key, "RS256"
    if isinstance(key, EllipticCurvePrivateKey) and key.curve.name in _CURVES:
        return key, _CURVES[key.curve.name]
    if isinstance(key, Ed25519PrivateKey | Ed448PrivateKey):
        return key, "EdDSA"
    raise SigningKeyError("holds a key of another kind than RSA, P-256, P-384, P-521 or Ed25519")
