"""Where a browser goes to a provider from, and comes back to.

What one sign-in has to remember (state, PKCE verifier, nonce, where to go on) lies in a signed
cookie that only the address it comes back to gets, for ten minutes, and once.
"""

from __future__ import annotations

import base64
import hmac
import json
import secrets
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from jupyterhub.handlers import BaseHandler, LogoutHandler
from oauthenticator.oauth2 import (
    OAuthCallbackHandler,
    OAuthLoginHandler,
    _deserialize_state,
    _serialize_state,
)

from polderlab_hub.issuers import ProviderError
from polderlab_hub.languages import language_of, say
from polderlab_hub.openid import OpenIdAuthenticator, SignInRefused
from polderlab_hub.providers import is_safe
from polderlab_hub.sentences import Sentence

STATE_COOKIE, PROVIDER_COOKIE = "polderlab-openid", "polderlab-provider"
STATE_SECONDS = 600


class _Page(BaseHandler):
    """What going and coming back have in common."""

    authenticator: OpenIdAuthenticator

    def callback_path(self) -> str:
        """Return the path the provider sends the browser back to."""
        return f"{self.hub.base_url}openid/{self.authenticator.provider.name}/callback"

    async def refuse(self, sentence: str, status: int) -> None:
        """Say on a page of its own why nobody was signed in."""
        self.set_status(status)
        title = self.authenticator.provider.title
        self.finish(await self.render_template("sign_in_refused.html", why=sentence, through=title))


class GoHandler(_Page, OAuthLoginHandler):
    """``/hub/openid/{provider}/login``: send the browser to the provider."""

    async def get(self) -> None:
        """Remember what this sign-in needs, and redirect.

        Who is signed in goes on as they are: hub and portal are never two people in one browser.
        """
        if self.current_user is not None:
            return self.redirect(self.get_next_url(self.current_user))  # type: ignore[no-any-return]
        try:
            await self.authenticator.prepare()
        except ProviderError as error:
            self.log.warning("%s: %s", self.authenticator.provider.name, error)
            sentence = say(Sentence.PROVIDER_AWAY, language_of(self.request))
            return await self.refuse(sentence, HTTPStatus.SERVICE_UNAVAILABLE)
        self._nonce = secrets.token_urlsafe(24)
        return super().get()  # type: ignore[no-any-return]

    def _get_next_url(self) -> str:
        return self._validate_next_url(self.get_argument("next", ""))  # type: ignore[no-any-return]

    def set_state_cookie(self, state_cookie_value: str) -> None:
        """Keep oauthenticator's state, and for which provider and with which nonce it is."""
        own = {"nonce": self._nonce, "provider": self.authenticator.provider.name}
        state = {**_deserialize_state(state_cookie_value), **own}
        self._set_cookie(
            STATE_COOKIE,
            _serialize_state(state),
            expires_days=None,
            max_age=STATE_SECONDS,
            path=self.callback_path(),
        )

    def authorize_redirect(self, extra_params: dict[str, Any], **parameters: Any) -> None:
        """Redirect, with the nonce."""
        super().authorize_redirect(
            extra_params={**extra_params, "nonce": self._nonce}, **parameters
        )


class BackHandler(_Page, OAuthCallbackHandler):
    """``/hub/openid/{provider}/callback``: the provider sent the browser back."""

    _state: dict[str, Any] | None = None

    async def get(self) -> None:
        """Sign in, or say why not."""
        try:
            self.check_arguments()
            user = await self.login_user()
        except SignInRefused as refusal:
            return await self.refuse(str(refusal), refusal.status)
        if user is None:
            sentence = say(Sentence.PROVIDER_FAILED, language_of(self.request))
            return await self.refuse(sentence, HTTPStatus.FORBIDDEN)
        self._set_cookie(PROVIDER_COOKIE, self.authenticator.provider.name, path=self.hub.base_url)
        self.redirect(self.get_next_url(user))
        return None

    @property
    def state(self) -> dict[str, Any]:
        """What this sign-in remembers; empty when it is not this browser's, too old, or used."""
        if self._state is None:
            sealed = self.get_secure_cookie(STATE_COOKIE, max_age_days=STATE_SECONDS / 86400)
            self.clear_cookie(STATE_COOKIE, path=self.callback_path())
            state = _deserialize_state(sealed.decode("utf-8", "replace")) if sealed else {}
            ours = state.get("provider") == self.authenticator.provider.name
            self._state = state if ours else {}
        return self._state

    @property
    def nonce(self) -> str:
        """What the ID token has to repeat."""
        return str(self.state.get("nonce", ""))

    def get_state_cookie(self) -> str:
        """Return the state as oauthenticator wants it."""
        return _serialize_state(self.state) if self.state else ""

    def check_arguments(self) -> None:
        """See that this browser began this sign-in, with this provider, and that it went well.

        What the provider writes beside its error is not shown: it is whatever stands in the
        address.
        """
        language = language_of(self.request)
        known, given = (
            str(self.state.get("state_id", "")),
            _state_id(self.get_argument("state", "")),
        )
        if not known or not hmac.compare_digest(known.encode(), given.encode()):
            raise SignInRefused(say(Sentence.NOT_BEGUN_HERE, language), HTTPStatus.BAD_REQUEST)
        if not self._is_from_the_provider():
            raise SignInRefused(say(Sentence.NOT_BEGUN_HERE, language), HTTPStatus.BAD_REQUEST)
        if self.get_argument("error", ""):
            raise SignInRefused(say(Sentence.PROVIDER_SAID_NO, language))
        if not self.get_argument("code", ""):
            raise SignInRefused(say(Sentence.NOT_BEGUN_HERE, language), HTTPStatus.BAD_REQUEST)

    def _is_from_the_provider(self) -> bool:
        """Tell whether the answer is this provider's and not another's (RFC 9207)."""
        issuer = self.authenticator.issuer
        told = issuer.described.get("authorization_response_iss_parameter_supported") is True
        return str(self.get_argument("iss", "" if told else issuer.provider.issuer)) == (
            issuer.provider.issuer
        )

    def get_next_url(self, user: Any = None) -> str:
        """Return where to go on: what was checked when the sign-in began, else the portal."""
        return str(self.state.get("next_url") or "") or str(BaseHandler.get_next_url(self, user))


class SignOutPage(LogoutHandler):
    """``/hub/logout``: sign out here, and at the provider that was signed in with."""

    providers: Sequence[OpenIdAuthenticator] = ()

    async def render_logout_page(self) -> None:
        """Send the browser on to the provider (OpenID Connect RP-Initiated Logout 1.0)."""
        named = (self.get_secure_cookie(PROVIDER_COOKIE) or b"").decode("utf-8", "replace")
        self.clear_cookie(PROVIDER_COOKIE, path=self.hub.base_url)
        for each in self.providers:
            if each.provider.name == named and (address := await self._end(each)):
                self.redirect(address)
                return
        await super().render_logout_page()

    async def _end(self, authenticator: OpenIdAuthenticator) -> str:
        try:
            described = await authenticator.issuer.describe()
        except ProviderError:
            return ""
        end = str(described.get("end_session_endpoint", ""))
        if not is_safe(end):
            return ""
        back = authenticator.oauth_callback_url.removesuffix("callback") + "signed-out"
        asked = {"client_id": authenticator.client_id, "post_logout_redirect_uri": back}
        return f"{end}{'&' if '?' in end else '?'}{urlencode(asked)}"


class SignedOutPage(BaseHandler):
    """``/hub/openid/{provider}/signed-out``: the provider is done as well."""

    async def get(self) -> None:
        """Say so."""
        self.finish(await self.render_template("logout.html"))


def handlers(authenticators: Sequence[OpenIdAuthenticator]) -> list[tuple[str, type[BaseHandler]]]:
    """Return the addresses of all providers, below the hub's prefix."""
    found: list[tuple[str, type[BaseHandler]]] = [
        ("/logout", type("SignOut", (SignOutPage,), {"providers": tuple(authenticators)}))
    ]
    for each in authenticators:
        path, own = f"/openid/{each.provider.name}", {"authenticator": each}
        found += [
            (f"{path}/login", type("Go", (GoHandler,), own)),
            (f"{path}/callback", type("Back", (BackHandler,), own)),
            (f"{path}/signed-out", SignedOutPage),
        ]
    return found


def _state_id(state: str) -> str:
    """Return what a state from an address names; oauthenticator's reader would log the rest."""
    try:
        told = json.loads(base64.urlsafe_b64decode(state.encode()))
    except (ValueError, RecursionError):
        return ""
    found = told.get("state_id") if isinstance(told, dict) else None
    return found if isinstance(found, str) else ""
