"""Being a person with a browser, without the browser: real forms, real cookies, real tokens."""

from __future__ import annotations

import html
import re

import httpx

SLOW = httpx.Timeout(60.0)


def sign_in(
    url: str,
    username: str,
    password: str,
    *,
    language: str = "en",
    client: httpx.Client | None = None,
) -> httpx.Client:
    """Sign in through the hub's own form; return the client that holds the cookies."""
    client = client or visitor(url, language=language)
    answer = try_sign_in(client, username, password)
    assert answer.status_code == 200, f"{username} cannot sign in: {answer.status_code}"
    assert "/hub/login" not in answer.url.path, f"{username} is still at the sign-in page"
    return client


def visitor(url: str, *, language: str = "en") -> httpx.Client:
    """Return somebody who is not signed in."""
    headers = {"Accept-Language": language, "Accept": "text/html,*/*"}
    return httpx.Client(
        base_url=url, headers=headers, follow_redirects=True, timeout=SLOW, trust_env=False
    )


def try_sign_in(client: httpx.Client, username: str, password: str) -> httpx.Response:
    """Fill in the form and send it, whatever comes of it."""
    page = client.get("/hub/login")
    assert page.status_code == 200, f"the sign-in page answers {page.status_code}"
    form = {"username": username, "password": password, "_xsrf": xsrf(client, "/hub/")}
    return client.post("/hub/login", data=form)


def xsrf(client: httpx.Client, path: str) -> str:
    """Return the forgery token that the part of the site at ``path`` gave this browser."""
    for cookie in client.cookies.jar:
        if cookie.name == "_xsrf" and cookie.path == path and cookie.value:
            return cookie.value
    raise AssertionError(f"no _xsrf cookie for {path}; there are {sorted(_paths(client))}")


def _paths(client: httpx.Client) -> set[str]:
    return {f"{cookie.name} {cookie.path}" for cookie in client.cookies.jar}


def cookie_header(client: httpx.Client, url: str) -> str:
    """Return the cookies this browser would send to ``url``."""
    return str(client.build_request("GET", url).headers.get("cookie", ""))


def form_token(client: httpx.Client, page: str) -> str:
    """Open a page of the portal and return the token that its forms carry."""
    found = re.search(r'name="csrf" value="([^"]+)"', client.get(page).text)
    assert found, f"{page} has no form"
    return found[1]


def words(page: httpx.Response) -> str:
    """Return the text of a page as people read it, in one line."""
    text = re.sub(r"<(script|style|svg|head)\b.*?</\1>", " ", page.text, flags=re.DOTALL)
    text = html.unescape(re.sub(r"<[^>]+>", " ", text))
    return re.sub(r"\s+([.,:])", r"\1", re.sub(r"\s+", " ", text))
