"""The file that says which providers' word counts, and what it counts for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, x25519
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from polderlab_hub.claims import Identity, identify
from polderlab_hub.providers import Provider, ProvidersError, load, main

GOOD = """
[rivierstad]
title = "Rivierstad"
issuer = "https://id.rivierstad.example"
client_id = "polderlab"
client_secret = "a secret that stays one"
organisation = "rivierstad"
"""
FEDERATION = {
    "name": "federation",
    "title": "Federation",
    "issuer": "https://id.example",
    "client_id": "polderlab",
    "client_secret": "s",
    "person_claim": "uid",
    "organisation_claim": "home_organisation",
    "organisations": {"rivierstad.example": "rivierstad", "kust": "kustregio"},
    "second_factor": ["mfa", "https://refeds.org/profile/mfa"],
}


def put(folder: Path, text: str, mode: int = 0o600) -> Path:
    path = folder / "identity-providers.toml"
    path.write_text(text)
    path.chmod(mode)
    return path


def test_without_the_file_there_are_no_providers(tmp_path: Path) -> None:
    assert load(tmp_path / "identity-providers.toml") == ()


def test_providers_come_in_the_order_of_the_file(tmp_path: Path) -> None:
    second = GOOD.replace("[rivierstad]", "[another-one]")
    found = load(put(tmp_path, GOOD + second))
    assert [each.name for each in found] == ["rivierstad", "another-one"]
    assert "stays one" not in repr(found)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o666])
def test_a_file_open_to_others_is_not_read(tmp_path: Path, mode: int) -> None:
    with pytest.raises(ProvidersError, match="chmod 600"):
        load(put(tmp_path, GOOD, mode))


def test_neither_is_one_that_names_a_key_open_to_others(tmp_path: Path) -> None:
    key = tmp_path / "lab.pem"
    text = GOOD.replace('client_secret = "a secret that stays one"', f'private_key = "{key}"')
    with pytest.raises(ProvidersError, match="cannot be read"):
        load(put(tmp_path, text))
    key.write_bytes(as_pem(ec.generate_private_key(ec.SECP256R1())))
    key.chmod(0o640)
    with pytest.raises(ProvidersError, match="chmod 600"):
        load(put(tmp_path, text))
    key.chmod(0o600)
    assert load(put(tmp_path, text))[0].private_key == key


def as_pem(key: PrivateKeyTypes, passphrase: bytes = b"") -> bytes:
    return key.private_bytes(
        Encoding.PEM,
        PrivateFormat.PKCS8,
        BestAvailableEncryption(passphrase) if passphrase else NoEncryption(),
    )


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n", "no private key"),
        (b"", "no private key"),
        (as_pem(ec.generate_private_key(ec.SECP256R1()), b"secret"), "without a passphrase"),
        (as_pem(ec.generate_private_key(ec.SECP256K1())), "another kind"),
        (as_pem(ec.generate_private_key(ec.SECP224R1())), "another kind"),
        (as_pem(x25519.X25519PrivateKey.generate()), "another kind"),
    ],
)
def test_a_key_that_cannot_sign_is_told_before_anybody_signs_in(
    tmp_path: Path, content: bytes, why: str
) -> None:
    key = tmp_path / "lab.pem"
    key.write_bytes(content)
    key.chmod(0o600)
    text = GOOD.replace('client_secret = "a secret that stays one"', f'private_key = "{key}"')
    with pytest.raises(ProvidersError, match=why) as error:
        load(put(tmp_path, text))
    assert str(key) in str(error.value)
    assert "c2VjcmV0" not in str(error.value)


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("https://", "http://", "begins with https"),
        ('"https://id.rivierstad.example"', '"javascript:alert(1)"', "begins with https"),
        ('"https://id.rivierstad.example"', '"https://["', "begins with https"),
        ('client_secret = "a secret that stays one"', "", "either client_secret or private_key"),
        ("organisation =", "organization =", "organization"),
        ('organisation = "rivierstad"', "", "either organisation or organisation_claim"),
        ('organisation = "rivierstad"', 'organisation = "Not A Slug"', "organisation"),
        ('organisation = "rivierstad"', 'organisation_claim = "org"', "belong together"),
        (
            'organisation = "rivierstad"',
            'organisation_claim = "email"\norganisations = {"rivierstad.example" = "rivierstad"}',
            "neither who nor for whom",
        ),
        ("[rivierstad]", '[rivierstad]\nperson_claim = "Email"', "neither who nor for whom"),
        ("[rivierstad]", '[rivierstad]\nscopes = ["profile"]', "openid"),
        ("[rivierstad]", "[r]", "name"),
        ("[rivierstad]", '["../hub"]', "name"),
        ("[rivierstad]", "", "outside a"),
        ("title", "title title", "identity-providers.toml"),
    ],
)
def test_what_cannot_be_right_is_refused_with_what_to_mend_and_no_secret(
    tmp_path: Path, old: str, new: str, why: str
) -> None:
    assert old in GOOD
    with pytest.raises(ProvidersError, match=why) as error:
        load(put(tmp_path, GOOD.replace(old, new, 1)))
    assert "stays one" not in str(error.value)


# What claims say ---------------------------------------------------------------------------------

ONE = Provider.model_validate(
    {k: v for k, v in FEDERATION.items() if not k.startswith("organisation")}
    | {"organisation": "rivierstad", "people": {"0b1c": "rivierstad-analyst"}}
)
MANY = Provider.model_validate(FEDERATION)


def identified(provider: Provider, claims: dict[str, Any]) -> Identity | None:
    return identify(provider, {"sub": "s1", **claims})


def test_a_provider_of_one_organisation_speaks_for_no_other() -> None:
    said = {"uid": "rivierstad-lead", "home_organisation": "kust"}
    found = identified(ONE, said)
    assert found == Identity("s1", "rivierstad-lead", "rivierstad", False, listed=True)
    found = identified(ONE, {"uid": "0b1c"})
    assert found == Identity("s1", "rivierstad-analyst", "rivierstad", False, listed=True)


def test_a_provider_of_several_says_which_by_a_whole_value() -> None:
    known = identified(MANY, {"uid": "kim", "home_organisation": "kust"})
    assert known == Identity("s1", "kim", "kustregio", False, listed=False)
    listed = identified(MANY, {"uid": ["kim"], "home_organisation": ["kust"]})
    assert listed == known


@pytest.mark.parametrize(
    "claims",
    [
        {},
        {"uid": "kim"},
        {"home_organisation": "kust"},
        {"uid": "kim", "home_organisation": "kustregio"},  # the slug is not the value
        {"uid": "kim", "home_organisation": "evil.rivierstad.example"},
        {"uid": "kim", "home_organisation": "rivierstad.example.evil"},
        {"uid": "kim", "home_organisation": "Rivierstad.example"},
        {"uid": "kim", "home_organisation": "kim@rivierstad.example"},
        {"uid": "kim", "home_organisation": ["kust", "rivierstad.example"]},
        {"uid": "kim", "home_organisation": {"kust": True}},
        {"uid": ["kim", "waterdienst-admin"], "home_organisation": "kust"},
        {"uid": 7, "home_organisation": "kust"},
        {"uid": "", "home_organisation": "kust"},
        {"uid": "kim", "email": "kim@rivierstad.example", "email_verified": True},
    ],
)
def test_what_does_not_say_plainly_who_and_for_whom_says_nothing(claims: dict[str, Any]) -> None:
    assert identified(MANY, {"uid": "kim", "home_organisation": "kust"}) is not None
    assert identified(MANY, claims) is None


@pytest.mark.parametrize("subject", [None, "", 7, ["s1", "s2"], {}])
def test_who_has_no_name_for_good_is_nobody(subject: object) -> None:
    assert identified(ONE, {"uid": "kim"}) is not None
    assert identified(ONE, {"uid": "kim", "sub": subject}) is None


@pytest.mark.parametrize(
    ("claims", "second"),
    [
        ({"amr": ["pwd", "mfa"]}, True),
        ({"acr": "https://refeds.org/profile/mfa"}, True),
        ({"amr": ["pwd"]}, False),
        ({"amr": "mfa"}, False),
        ({"amr": [["mfa"]], "acr": ["mfa"]}, False),
        ({"acr": "https://refeds.org/profile/mfa/not"}, False),
        ({}, False),
    ],
)
def test_a_second_factor_is_what_the_settings_call_one(
    claims: dict[str, Any], second: bool
) -> None:
    who = {"uid": "kim", "home_organisation": "kust"}
    found = identified(MANY, {**who, **claims})
    assert found is not None
    assert found.second_factor is second


def test_an_account_that_is_somebodys_by_another_name_is_nobodys_by_its_own() -> None:
    provider = Provider.model_validate({**FEDERATION, "people": {"u123": "waterdienst-admin"}})

    def who(uid: str) -> str | None:
        found = identified(provider, {"uid": uid, "home_organisation": "kust"})
        return found.username if found else None

    assert who("u123") == "waterdienst-admin"
    assert who("somebody-else") == "somebody-else"
    assert who("waterdienst-admin") is None


def test_who_is_taken_out_of_the_operators_list_is_nobody() -> None:
    def who(uid: str, **settings: Any) -> Identity | None:
        provider = Provider.model_validate({**FEDERATION, **settings})
        return identified(provider, {"uid": uid, "home_organisation": "kust"})

    both = {"0b1c": "kustregio-analyst", "J. Smit": "kustregio-lead"}
    found = who("J. Smit", people=both)
    assert found is not None
    assert (found.username, found.listed) == ("kustregio-lead", True)
    for left in ({"0b1c": "kustregio-analyst"}, {}):
        assert who("J. Smit", people=left) is None
        # who bears the name of an account is let in by it, and by no other
        named = who("kustregio-lead", people=left)
        assert named is not None
        assert (named.username, named.listed) == ("kustregio-lead", True)
    # without a list whoever is called otherwise by now is still told apart by the lab service
    renamed = who("J. Smit")
    assert renamed is not None
    assert (renamed.username, renamed.listed) == ("J. Smit", False)


@pytest.mark.parametrize("value", ["ab", "x" * 41, "Kim", "kim--k", "kim\n", "kím", "9kim"])
def test_with_a_list_a_value_that_can_be_no_account_says_nobody(value: str) -> None:
    provider = Provider.model_validate({**FEDERATION, "people": {}})
    said = {"home_organisation": "kust"}
    assert identified(provider, {"uid": "kim", **said}) is not None
    assert identified(provider, {"uid": value, **said}) is None


@pytest.mark.parametrize(
    ("content", "needed", "wrong"),
    [
        (GOOD, True, ""),
        (GOOD, False, ""),
        ("", False, ""),
        (None, False, ""),
        ("", True, "names no identity provider"),
        (None, True, "names no identity provider"),
        ("[x]", True, "[x]"),
    ],
)
def test_local_accounts_can_be_off_only_where_somebody_else_says_who_people_are(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    content: str | None,
    needed: bool,
    wrong: str,
) -> None:
    path = tmp_path / "identity-providers.toml"
    if content is not None:
        path.touch(0o600)
        path.write_text(content)
    monkeypatch.setattr("sys.argv", ["providers", str(path), *(["--needed"] if needed else [])])
    if not wrong:
        main()
        return
    with pytest.raises(SystemExit) as stop:
        main()
    assert wrong in str(stop.value.code)
