"""Real Argon2id hashes."""

from __future__ import annotations

from polderlab_catalog.passwords import Argon2Hasher


def test_a_hash_verifies_its_password_only() -> None:
    hasher = Argon2Hasher()
    hashed = hasher.hash("correct horse battery staple")
    assert hashed.startswith("$argon2id$")
    assert hasher.verify(hashed, "correct horse battery staple")
    assert not hasher.verify(hashed, "correct horse battery stapler")


def test_the_same_password_hashes_differently_each_time() -> None:
    hasher = Argon2Hasher()
    assert hasher.hash("wachtwoord") != hasher.hash("wachtwoord")


def test_what_is_no_hash_verifies_nothing() -> None:
    assert not Argon2Hasher().verify("plain text", "plain text")


def test_any_unicode_can_be_a_password() -> None:
    hasher = Argon2Hasher()
    assert hasher.verify(hasher.hash("pässwörd 🌊 \udcff"), "pässwörd 🌊 \udcff")
