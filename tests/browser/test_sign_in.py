"""Signing in: through a real OpenID provider and with a password, and everything forged."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from jwt.algorithms import ECAlgorithm
from playwright.sync_api import Browser, expect
from tests.support import axe
from tests.support.browser import window
from tests.support.lab import PORTAL, Lab
from tests.support.openid import (
    IdentityProvider,
    begin,
    finish,
    identity_provider,
    sign_in_through,
)
from tests.support.web import form_token, try_sign_in, visitor, words

from polderlab_catalog.web.identity import REMEMBERED_SECONDS

People = Callable[[str], httpx.Client]

ANALYST, ADMINISTRATOR = "rivierstad-analyst", "waterdienst-admin"
LINKED = (ANALYST, "rivierstad-lead", ADMINISTRATOR)
FILE = """
[rivierstad]
title = "Rivierstad"
issuer = "{issuer}"
client_id = "polderlab"
client_secret = "a secret: of the tests/+"
organisation_claim = "home_organisation"
second_factor = ["mfa"]
[rivierstad.organisations]
"rivierstad.example" = "rivierstad"

[by-key]
title = "Waterdienst"
issuer = "{issuer}"
client_id = "polderlab-by-key"
private_key = "{key}"
organisation = "waterdienst"
second_factor = ["mfa"]
"""


@pytest.fixture(scope="module")
def provider(lab: Lab) -> Iterator[IdentityProvider]:
    """Connect the lab with a provider that runs beside it, for as long as these tests last."""
    key = ec.generate_private_key(ec.SECP256R1())
    pem, path = lab.state / "lab-key.pem", lab.state / "identity-providers.toml"
    _private(pem, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    public = json.dumps(ECAlgorithm.to_jwk(key.public_key(), as_dict=True))
    with identity_provider(lab.url, public) as running:
        _private(path, FILE.format(issuer=running.issuer, key=pem).encode())
        lab.up()
        # they have passwords as well
        lab.polderlab("person", "link", *LINKED)
        yield running
    for name in LINKED:
        lab.polderlab("person", "release", name)
    path.unlink()
    pem.unlink()
    lab.leave()
    lab.up()


@pytest.fixture(autouse=True)
def _sound(provider: IdentityProvider) -> Iterator[None]:
    yield
    provider.spoil("")


@pytest.fixture
def people(lab: Lab) -> Iterator[Callable[[str], httpx.Client]]:
    """Return a browser per call: signed in with a password, or with a name of "" not at all."""
    with ExitStack() as stack:

        def open_(name: str) -> httpx.Client:
            client = lab.login(name) if name else visitor(lab.url)
            stack.callback(client.close)
            return client

        yield open_


def _private(path: Path, content: bytes) -> None:
    path.touch(mode=0o600)
    path.write_bytes(content)


def signed_in(client: httpx.Client, lab: Lab) -> str:
    """Return who this browser is to the portal; empty for nobody."""
    page = client.get(f"{PORTAL}/account", headers={"Accept": "text/html"})
    if "/hub/login" in page.url.path:
        return ""
    assert page.status_code == 200
    return next(name for name in lab.accounts if f"<code>{name}</code>" in page.text)


# In the browser ----------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["en", "nl"])
def test_somebody_signs_in_through_their_organisation_and_out_there_too(
    lab: Lab, provider: IdentityProvider, browser: Browser, language: str
) -> None:
    page = window(browser, lab.url, language=language)
    page.goto(f"{PORTAL}/datasets")
    expect(page.locator("h1")).to_have_text({"en": "Sign in", "nl": "Aanmelden"}[language])
    assert axe.violations(page) == []
    # with the keyboard alone, as everything can be done
    link = page.get_by_role("link", name="Rivierstad")
    link.focus()
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Rivierstad")
    assert page.url.startswith(provider.issuer)
    page.keyboard.type(ANALYST)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{lab.url}{PORTAL}/datasets")
    page.goto(f"{PORTAL}/account")
    expect(page.locator("code", has_text=ANALYST)).to_be_visible()
    page.goto("/hub/logout")
    assert page.url.startswith(provider.issuer)
    page.get_by_role("button").first.click()
    page.wait_for_url(f"{lab.url}/hub/openid/rivierstad/signed-out**")
    assert axe.violations(page) == []
    # the portal asks the hub once in ten seconds
    page.wait_for_timeout(REMEMBERED_SECONDS * 1000)
    page.goto(f"{PORTAL}/account")
    assert "/hub/login" in page.url
    # the provider has forgotten as well
    page.get_by_role("link", name="Rivierstad").click()
    expect(page.locator("input[name=name]")).to_be_visible()
    page.context.close()


@pytest.mark.parametrize("language", ["en", "nl"])
@pytest.mark.parametrize("width", [1440, 390, 320])
def test_the_refusal_of_a_stranger_says_whom_to_ask(
    lab: Lab, provider: IdentityProvider, browser: Browser, language: str, width: int
) -> None:
    page = window(browser, lab.url, language=language, width=width)
    page.goto("/hub/openid/rivierstad/login")
    page.locator("input[name=name]").fill("nobody-here")
    page.keyboard.press("Enter")
    ask = {"en": "Ask the administrator of your organisation", "nl": "Vraag de beheerder van"}
    expect(page.get_by_text(ask[language])).to_be_visible()
    assert axe.violations(page) == []
    assert axe.too_wide(page) == []
    page.context.close()


# Forged ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["forged", "expired", "audience", "nonce", "issuer", "unsigned"])
def test_an_id_token_that_does_not_hold_signs_nobody_in(
    lab: Lab, provider: IdentityProvider, people: People, kind: str
) -> None:
    provider.spoil(kind)
    client = people("")
    page = sign_in_through(client, "rivierstad", ANALYST)
    assert page.status_code == 403
    assert "does not prove who you are" in words(page)
    assert signed_in(client, lab) == ""
    provider.spoil("")
    client = people("")
    page = sign_in_through(client, "rivierstad", ANALYST)
    assert page.status_code == 200
    assert signed_in(client, lab) == ANALYST


def test_an_answer_works_once(lab: Lab, provider: IdentityProvider, people: People) -> None:
    client = people("")
    back = finish(client, begin(client, "rivierstad"), ANALYST)
    kept = [
        (each.name, each.value, each.path) for each in client.cookies.jar if "openid" in each.path
    ]
    assert kept
    assert client.get(back).status_code == 200
    assert signed_in(client, lab) == ANALYST
    # the same address again, in the same browser and in another
    assert client.get(back).status_code == 400
    assert people("").get(back).status_code == 400
    # and with what the first one remembered, stolen: the provider knows the code was used
    thief = people("")
    for name, value, path in kept:
        thief.cookies.set(name, value or "", domain="127.0.0.1", path=path)
    refused = thief.get(back)
    assert refused.status_code == 403
    assert "does not prove" in words(refused)
    assert signed_in(thief, lab) == ""


def test_nobody_is_signed_in_with_the_answer_to_somebody_elses_sign_in(
    lab: Lab, provider: IdentityProvider, people: People
) -> None:
    attacker, victim = people(""), people("")
    slipped_in = finish(attacker, begin(attacker, "rivierstad"), "rivierstad-lead")
    begin(victim, "rivierstad")
    assert victim.get(slipped_in).status_code == 400
    assert signed_in(victim, lab) == ""
    assert attacker.get(slipped_in).status_code == 200


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"state": "x", "code": "y"},
        {"state": "W10=", "code": "y"},
        {"state": "e30=", "code": "y"},
        {"code": "y"},
        {"error": "server_error", "error_description": "<b>call 0900</b>", "state": "e30="},
    ],
)
def test_a_forged_answer_is_refused_and_nothing_of_it_shown(
    lab: Lab, provider: IdentityProvider, people: People, query: dict[str, str]
) -> None:
    client = people("")
    begin(client, "rivierstad")
    page = client.get("/hub/openid/rivierstad/callback", params=query)
    assert page.status_code == 400
    assert "not begun in this browser" in words(page)
    assert "0900" not in words(page)
    assert signed_in(client, lab) == ""


def test_the_answer_of_another_provider_is_refused(
    lab: Lab, provider: IdentityProvider, people: People
) -> None:
    client = people("")
    back = httpx.URL(finish(client, begin(client, "rivierstad"), ANALYST))
    mixed = back.copy_set_param("iss", "https://evil.example")
    assert client.get(mixed).status_code == 400
    client = people("")
    back = httpx.URL(finish(client, begin(client, "rivierstad"), ANALYST))
    assert client.get(back.copy_remove_param("iss")).status_code == 400
    # one provider's sign-in does not end at the other's door
    client = people("")
    back = httpx.URL(finish(client, begin(client, "rivierstad"), ANALYST))
    other = back.copy_with(path="/hub/openid/by-key/callback")
    assert client.get(other).status_code == 400
    assert client.get(back).status_code == 200


@pytest.mark.parametrize(
    ("following", "path"),
    [
        (f"{PORTAL}/datasets", f"{PORTAL}/datasets"),
        ("", f"{PORTAL}/"),
        ("https://evil.example/", f"{PORTAL}/"),
        ("//evil.example/", f"{PORTAL}/"),
        ("///evil.example/", f"{PORTAL}/"),
        ("/\\evil.example/", None),
    ],
)
def test_after_signing_in_one_stays_in_the_lab(
    lab: Lab, provider: IdentityProvider, people: People, following: str, path: str | None
) -> None:
    page = sign_in_through(people(""), "rivierstad", ANALYST, following=following)
    assert str(page.url).startswith(lab.url)
    assert path is None or page.url.path == path


def test_who_is_signed_in_already_goes_on_as_they_are(
    lab: Lab, provider: IdentityProvider, people: People
) -> None:
    lead = people("rivierstad-lead")
    page = lead.get("/hub/openid/rivierstad/login", params={"next": f"{PORTAL}/account"})
    assert page.url.path == f"{PORTAL}/account"
    assert signed_in(lead, lab) == "rivierstad-lead"


# Whom the register knows -------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["nobody-here", ADMINISTRATOR, "kustregio-analyst", "../root"])
def test_a_provider_speaks_for_the_people_of_its_organisation_only(
    lab: Lab, provider: IdentityProvider, people: People, name: str
) -> None:
    client = people("")
    page = sign_in_through(client, "rivierstad", name)
    assert page.status_code == 403
    assert "the lab has no account for you" in words(page)
    assert signed_in(client, lab) == ""


def test_the_lab_proves_itself_by_its_key(
    lab: Lab, provider: IdentityProvider, people: People
) -> None:
    client = people("")
    page = sign_in_through(client, "by-key", ADMINISTRATOR)
    assert page.status_code == 200
    assert signed_in(client, lab) == ADMINISTRATOR


def test_administrators_show_a_second_factor_where_that_is_asked(
    lab: Lab, provider: IdentityProvider, people: People
) -> None:
    lab.up(POLDERLAB_ADMINISTRATORS_NEED_SECOND_FACTOR="true")
    try:
        refused = sign_in_through(people(""), "by-key", ADMINISTRATOR)
        assert refused.status_code == 403
        assert "sign in with two factors" in words(refused)
        client = people("")
        sign_in_through(client, "by-key", ADMINISTRATOR, factor="mfa")
        assert signed_in(client, lab) == ADMINISTRATOR
        # a password is one factor, however good
        account = lab.accounts[ADMINISTRATOR]
        by_password = try_sign_in(people(""), ADMINISTRATOR, account.password)
        assert "two factors" in words(by_password)
        # others come in as before
        client = people("")
        sign_in_through(client, "rivierstad", ANALYST)
        assert signed_in(client, lab) == ANALYST
    finally:
        lab.up()


def test_without_local_accounts_no_password_lets_anybody_in(
    lab: Lab, provider: IdentityProvider, people: People
) -> None:
    """Whoever kept a page open, or writes the form by hand, is refused all the same."""
    password = lab.accounts[ANALYST].password
    lab.up(POLDERLAB_LOCAL_ACCOUNTS="false")
    try:
        client = people("")
        page = client.get("/hub/login")
        assert 'type="password"' not in page.text
        assert "Rivierstad" in words(page)
        refused = try_sign_in(client, ANALYST, password)
        assert refused.status_code == 403
        assert "Passwords of this lab let nobody in" in words(refused)
        assert signed_in(client, lab) == ""
        # the positive controls: another way in now, and the same way in afterwards
        client = people("")
        sign_in_through(client, "rivierstad", ANALYST)
        assert signed_in(client, lab) == ANALYST
        assert 'name="current"' not in client.get(f"{PORTAL}/account").text
    finally:
        lab.up()
    client = people(ANALYST)
    assert signed_in(client, lab) == ANALYST
    assert 'name="current"' in client.get(f"{PORTAL}/account").text


# Whose account it is -----------------------------------------------------------------------------


@pytest.fixture
def untied(lab: Lab) -> Iterator[None]:
    """Let the analyst's account belong to nobody yet, before and after."""

    def untie() -> None:
        lab.polderlab("person", "release", ANALYST)
        lab.polderlab("person", "link", ANALYST)
        lab.leave()  # its sign-ins have ended

    untie()
    yield
    untie()


def test_who_gets_somebodys_name_does_not_get_their_account(
    lab: Lab, provider: IdentityProvider, people: People, untied: None
) -> None:
    sign_in_through(people(""), "rivierstad", f"sub-1={ANALYST}")
    newcomer = people("")
    page = sign_in_through(newcomer, "rivierstad", f"sub-2={ANALYST}")
    assert page.status_code == 403
    assert f"knows the account {ANALYST} as somebody else's" in words(page)
    assert signed_in(newcomer, lab) == ""
    log = json.loads(lab.polderlab("audit", "show", "--limit", "3", "--json").stdout)
    told = next(line["details"] for line in log if line["action"] == "person:sign-in-refused")
    assert (told["code"], told["subject"]) == ("identity-differs", "sub-2")
    # who it belongs to comes in, whatever they are called by now, and into no other account
    for name in (ANALYST, "rivierstad-lead", "married-since"):
        client = people("")
        sign_in_through(client, "rivierstad", f"sub-1={name}")
        assert signed_in(client, lab) == ANALYST


def test_a_released_account_is_for_the_next_and_ends_the_sign_ins_of_the_last(
    lab: Lab, provider: IdentityProvider, people: People, untied: None
) -> None:
    before, after = people(""), people("")
    sign_in_through(before, "rivierstad", f"sub-1={ANALYST}")
    assert signed_in(before, lab) == ANALYST
    assert lab.polderlab("person", "release", ANALYST).stdout == "Released.\n"
    assert before.get("/hub/api/user").status_code == 403
    page = sign_in_through(after, "rivierstad", f"sub-2={ANALYST}")
    assert "signs in with a password of this lab" in words(page)
    lab.polderlab("person", "link", ANALYST)
    after = people("")  # the provider remembers the other one
    sign_in_through(after, "rivierstad", f"sub-2={ANALYST}")
    assert signed_in(after, lab) == ANALYST
    assert sign_in_through(people(""), "rivierstad", f"sub-1={ANALYST}").status_code == 403


def test_a_provider_opens_no_account_with_a_password_of_the_lab_until_it_is_linked(
    lab: Lab, provider: IdentityProvider, people: People
) -> None:
    steward = "rivierstad-steward"
    client = people("")
    page = sign_in_through(client, "rivierstad", steward)
    assert page.status_code == 403
    assert f"The account {steward} signs in with a password of this lab" in words(page)
    assert signed_in(client, lab) == ""
    assert signed_in(people(steward), lab) == steward
    lab.polderlab("person", "link", steward)
    try:
        client = people("")
        sign_in_through(client, "rivierstad", steward)
        assert signed_in(client, lab) == signed_in(people(steward), lab) == steward
    finally:
        lab.polderlab("person", "release", steward)
        lab.leave()


def test_of_several_who_come_first_at_the_same_moment_one_is(
    lab: Lab, provider: IdentityProvider, people: People, untied: None
) -> None:
    clients = [people("") for _ in range(4)]
    backs = [
        finish(each, begin(each, "rivierstad"), f"sub-{n}={ANALYST}")
        for n, each in enumerate(clients)
    ]
    with ThreadPoolExecutor(len(clients)) as threads:
        pages = list(threads.map(lambda client, back: client.get(back), clients, backs))
    assert sorted(page.status_code for page in pages) == [200, 403, 403, 403]
    inside = [signed_in(each, lab) for each in clients]
    assert sorted(inside) == ["", "", "", ANALYST]


# With a password ---------------------------------------------------------------------------------


def test_a_changed_password_ends_every_sign_in_and_a_link_gives_another(
    lab: Lab, provider: IdentityProvider, people: People
) -> None:
    account, new = lab.accounts[ANALYST], "seven herons on a dike"
    here, elsewhere = people(ANALYST), people(ANALYST)
    assert signed_in(elsewhere, lab) == ANALYST
    form = {"current": account.password, "password": new, "again": new}
    token = form_token(here, f"{PORTAL}/account")
    done = here.post(f"{PORTAL}/account/password", data={"csrf": token, **form})
    assert "Your new password holds" in words(done)
    for browser in (here, elsewhere):
        assert signed_in(browser, lab) == ""
        assert browser.get("/hub/api/user").status_code == 403
    assert "do not belong together" in words(try_sign_in(people(""), ANALYST, account.password))
    # an operator's link brings the old one back
    told = json.loads(lab.polderlab("person", "password-link", ANALYST, "--json").stdout)
    client = people("")
    chosen = client.post(f"{PORTAL}/new-password", data={"code": told["link"]})
    assert chosen.url.path == f"{PORTAL}/new-password/choose"
    token = form_token(client, f"{PORTAL}/new-password/choose")
    form = {"csrf": token, "password": account.password, "again": account.password}
    assert "holds" in words(client.post(f"{PORTAL}/new-password/choose", data=form))
    assert signed_in(people(ANALYST), lab) == ANALYST


def test_nobody_but_the_lab_ends_somebodys_sign_ins(
    lab: Lab, provider: IdentityProvider, people: People
) -> None:
    analyst = people(ANALYST)
    answer = lab.hub("rivierstad-lead", "DELETE", f"/users/{ANALYST}/sign-ins")
    assert answer.status_code == 403
    own = lab.hub(ANALYST, "DELETE", f"/users/{ANALYST}/sign-ins")
    assert own.status_code == 403
    culler = {"Authorization": f"token {lab.secrets.culler_token}"}
    nobody = people("")
    for headers in ({}, culler, {"Authorization": "token x"}):
        path = f"/hub/api/users/{ANALYST}/sign-ins"
        assert nobody.delete(path, headers=headers).status_code == 403
    assert signed_in(analyst, lab) == ANALYST


def test_a_lock_holds_whatever_a_browser_says_about_where_it_is_and_is_lifted_by_hand(
    lab: Lab, provider: IdentityProvider, people: People
) -> None:
    account = lab.accounts[ANALYST]
    try:
        for n in range(5):
            client = people("")
            client.headers["X-Real-Ip"] = f"192.0.2.{n}"
            assert "do not belong together" in words(try_sign_in(client, ANALYST, "wrong"))
        locked = try_sign_in(people(""), ANALYST, account.password)
        assert "Too many failed tries" in words(locked)
        log = lab.polderlab("audit", "show", "--limit", "5", "--json").stdout
        assert {line["origin"] for line in json.loads(log)} == {"127.0.0.1"}
    finally:
        assert lab.polderlab("person", "unlock", ANALYST).stdout == "Unlocked.\n"
    assert signed_in(people(ANALYST), lab) == ANALYST
