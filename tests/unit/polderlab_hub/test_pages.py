"""The hub's pages: every sentence translated, every page in the reader's language."""

from __future__ import annotations

import asyncio
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import Mock

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from jinja2 import Environment, FileSystemLoader
from jupyterhub.spawner import SpawnException
from tornado.httputil import HTTPHeaders, HTTPServerRequest, RequestStartLine

from polderlab_hub import pages
from polderlab_hub.languages import LOCALE
from polderlab_hub.progress import steps
from polderlab_hub.providers import Provider
from polderlab_hub.sentences import FROM_JUPYTERHUB, Sentence

PAGES = sorted(path.name for path in pages.TEMPLATES.glob("*.html"))


RIVIERSTAD = Provider(
    name="rivierstad",
    title="Rivierstad <b>",
    issuer="https://id.example",
    client_id="lab",
    client_secret="s",
    organisation="rivierstad",
)
KUSTREGIO = RIVIERSTAD.model_copy(update={"name": "kustregio", "title": "Kustregio"})


@pytest.fixture(autouse=True)
def providers(monkeypatch: pytest.MonkeyPatch) -> list[Provider]:
    found: list[Provider] = []
    monkeypatch.setattr(pages, "providers", lambda: found)
    return found


@pytest.fixture(autouse=True)
def local(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Whether there are local accounts, to be changed."""
    found = [True]
    monkeypatch.setattr(pages, "hub_settings", lambda: SimpleNamespace(local_accounts=found[0]))
    return found


def said() -> set[str]:
    package = Path(pages.__file__).parent
    in_templates = {
        str(found[2]) for found in extract_from_dir(package, [("templates/**.html", "jinja2")])
    }
    return in_templates | {str(sentence) for sentence in Sentence} | set(FROM_JUPYTERHUB)


def test_every_sentence_has_its_dutch_and_no_dutch_is_left_over() -> None:
    with (LOCALE / "nl" / "LC_MESSAGES" / "hub.po").open("rb") as file:
        catalogue = read_po(file, locale="nl")
    translated = {str(entry.id): entry for entry in catalogue if entry.id}
    assert said() == set(translated)
    wanting = [key for key, entry in translated.items() if not entry.string or entry.fuzzy]
    assert wanting == []


def test_a_translation_keeps_the_places_its_sentence_is_filled_in() -> None:
    with (LOCALE / "nl" / "LC_MESSAGES" / "hub.po").open("rb") as file:
        for entry in read_po(file, locale="nl"):
            if entry.id:
                assert entry.python_format is False
                assert _places(str(entry.id)) == _places(str(entry.string)), entry.id


def _places(sentence: str) -> set[str]:
    return {part.split("}")[0] for part in sentence.split("{")[1:]}


def request(uri: str, method: str = "GET", **headers: str) -> HTTPServerRequest:
    line = RequestStartLine(method, uri, "HTTP/1.1")
    return HTTPServerRequest(
        start_line=line, headers=HTTPHeaders(headers | {"Host": "lab"}), connection=Mock()
    )


def render(name: str, request: HTTPServerRequest, **facts: object) -> str:
    environment = Environment(loader=FileSystemLoader(pages.TEMPLATES), autoescape=True)
    pages._request.set(request)
    known = {
        key: value(None) if callable(value) else value
        for key, value in pages.template_vars().items()
    }
    return environment.get_template(name).render(**known, **facts)


@pytest.mark.parametrize(
    ("headers", "title"),
    [
        ({"Cookie": "polderlab-language=en", "Accept-Language": "nl"}, "Sign in"),
        ({"Accept-Language": "en-GB,nl;q=0.5"}, "Sign in"),
        ({"Accept-Language": "fy"}, "Aanmelden"),
        ({}, "Aanmelden"),
    ],
)
def test_a_page_speaks_the_language_chosen_else_the_browsers_else_dutch(
    headers: dict[str, str], title: str
) -> None:
    assert f"<title>{title} – PolderLab" in render("login.html", request("/hub/login", **headers))


def test_without_a_provider_the_sign_in_page_knows_local_accounts_only() -> None:
    page = render("login.html", request("/hub/login"))
    assert "/hub/openid/" not in page
    assert page.count("pl-button--primary") == 1


@pytest.mark.parametrize("others", [[], [KUSTREGIO]])
def test_each_provider_has_its_button_and_keeps_where_one_was_going(
    providers: list[Provider], others: list[Provider]
) -> None:
    providers += [RIVIERSTAD, *others]
    page = render("login.html", request("/hub/login"), next="/services/lab/datasets%3Fq%3Da")
    for each in providers:
        href = f"/hub/openid/{each.name}/login?next=/services/lab/datasets%3Fq%3Da"
        assert page.count(f'href="{href}"') == 1
    assert "Rivierstad &lt;b&gt;" in page
    assert page.count("pl-button--primary") == 1


@pytest.mark.parametrize("error", ["", "Passwords of this lab let nobody in any more."])
def test_without_local_accounts_the_sign_in_page_has_no_form(
    providers: list[Provider], local: list[bool], error: str
) -> None:
    providers.append(RIVIERSTAD)
    asked = {"status_code": 403, "login_error": error} if error else {}
    assert 'id="password_input"' in render("login.html", request("/hub/login"), **asked)
    local[0] = False
    page = render("login.html", request("/hub/login"), **asked)
    assert "<form" not in page
    assert "_input" not in page
    assert "/hub/openid/rivierstad/login" in page
    assert page.count("pl-button--primary") == 1


def test_the_language_switch_comes_back_to_the_same_page() -> None:
    page = render("login.html", request("/hub/login?next=/services/lab/"))
    assert "to=en&amp;next=/hub/login%3Fnext%3D/services/lab/" in page


def test_the_language_switch_does_not_send_a_form_again() -> None:
    page = render(
        "error.html", request("/hub/spawn", "POST"), status_code=400, status_message="Bad Request"
    )
    assert "to=en&amp;next=/services/lab/" in page


def test_a_refusal_reaches_the_page_as_a_sentence_and_never_as_markup() -> None:
    refused = SpawnException("No room <b>left</b>", reason="allocation-full", status_code=403)
    page = render(
        "error.html",
        request("/hub/spawn"),
        exception=refused,
        status_code=403,
        status_message="allocation-full",
    )
    assert "No room &lt;b&gt;left&lt;/b&gt;" in page
    assert "allocation-full" not in page


def test_any_other_error_keeps_its_details_for_the_service_desk() -> None:
    page = render(
        "error.html",
        request("/hub/x"),
        exception=ValueError("secret"),
        status_code=500,
        status_message="Internal Server Error",
        message="",
    )
    assert "500 Internal Server Error" in page
    assert "secret" not in page


def test_no_page_carries_scripts_or_styles_of_its_own() -> None:
    for name in PAGES:
        text = (pages.TEMPLATES / name).read_text()
        assert "<style" not in text
        assert " style=" not in text
        assert text.count("<script") == text.count("<script src="), name


class Start:
    session = ""
    object_id = ""


async def test_the_steps_of_a_start_are_told_as_they_are_reached() -> None:
    start = Start()
    events = steps(start)
    first = asyncio.ensure_future(anext(events))
    await asyncio.sleep(0)
    assert not first.done()
    start.session = "a"
    assert (await first)["progress"] == 20
    start.object_id = "b"
    assert (await anext(events))["progress"] == 50
    with pytest.raises(StopAsyncIteration):
        await anext(events)
