"""Signing in through an OpenID provider (authorization code flow).

oauthenticator does the OAuth: redirect, state, PKCE. What it leaves open is closed here: the
provider's description of itself, the lab's proof by a key (``proofs.py``), the nonce, and every
check on the ID token (``id_tokens.py``).
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from jupyterhub.handlers import BaseHandler
from oauthenticator.oauth2 import OAuthenticator

from polderlab.wire import Vouched
from polderlab_hub.claims import identify
from polderlab_hub.id_tokens import IdTokenError
from polderlab_hub.issuers import Issuer, ProviderError
from polderlab_hub.lab_client import LabClient, LabRefusedError, LabUnavailableError
from polderlab_hub.languages import language_of, say
from polderlab_hub.origins import origin_of
from polderlab_hub.proofs import proof
from polderlab_hub.sentences import Sentence


class SignInRefused(Exception):  # noqa: N818  (reads as the verdict it is)
    """Nobody is signed in; the argument is the sentence for the person."""

    def __init__(self, sentence: str, status: int = HTTPStatus.FORBIDDEN) -> None:
        super().__init__(sentence)
        self.status = status


class OpenIdAuthenticator(OAuthenticator):
    """Signs in with one provider. Who that is in the lab, the lab service says."""

    def __init__(self, issuer: Issuer, lab: LabClient, public_url: str, **traits: Any) -> None:
        self.issuer, self.provider, self.lab = issuer, issuer.provider, lab
        super().__init__(
            client_id=self.provider.client_id,
            client_secret="",
            scope=list(self.provider.scopes),
            oauth_callback_url=f"{public_url}/hub/openid/{self.provider.name}/callback",
            enable_pkce=True,
            basic_auth=False,
            # Who may come in is decided per sign-in by the lab service.
            allow_all=True,
            **traits,
        )
        if self.provider.acr_values:
            self.extra_authorize_params = {"acr_values": self.provider.acr_values}

    async def prepare(self) -> None:
        """Find out where people are sent; raise :class:`ProviderError`."""
        described = await self.issuer.describe()
        self.authorize_url = described["authorization_endpoint"]
        self.token_url = described["token_endpoint"]

    async def authenticate(
        self,
        handler: BaseHandler,
        data: dict[str, str] | None = None,  # noqa: ARG002  (JupyterHub gives it)
        **_: Any,
    ) -> dict[str, Any]:
        """Return who this is; raise :class:`SignInRefused` with the sentence for the page."""
        language = language_of(handler.request)
        try:
            claims = await self._claims(handler)
        except (ProviderError, IdTokenError) as error:
            self.log.warning("No sign-in through %s: %s", self.provider.name, error)
            raise SignInRefused(say(Sentence.PROVIDER_FAILED, language)) from error
        identity = identify(self.provider, claims)
        if identity is None:
            # A matter of the settings: the names of what was said help whoever mends them.
            told = ", ".join(sorted(map(repr, claims)))
            self.log.warning("%s does not say who or for whom: %s", self.provider.name, told)
            raise SignInRefused(say(Sentence.NOT_KNOWN_SO, language))
        vouched = Vouched(
            provider=self.provider.name,
            issuer=self.provider.issuer,
            subject=identity.subject,
            username=identity.username,
            organisation=identity.organisation,
            second_factor=identity.second_factor,
            listed=identity.listed,
        )
        try:
            person = await self.lab.vouch(vouched, origin=origin_of(handler.request))
        except LabRefusedError as refusal:
            raise SignInRefused(refusal.sentence(language)) from refusal
        except LabUnavailableError as error:
            self.log.warning("No sign-in possible: %s", error)
            away = HTTPStatus.SERVICE_UNAVAILABLE
            raise SignInRefused(say(Sentence.LAB_AWAY, language), away) from error
        # Nobody is an administrator of the hub, whatever the provider says.
        return {"name": person.username, "admin": False}

    def build_access_tokens_request_params(
        self, handler: BaseHandler, data: dict[str, str] | None = None
    ) -> dict[str, Any]:
        """Return the form that turns a code into tokens, without what proves who asks."""
        form: dict[str, Any] = super().build_access_tokens_request_params(handler, data)
        return {name: form[name] for name in form if name not in {"data", "client_secret"}}

    async def _claims(self, handler: BaseHandler) -> dict[str, Any]:
        await self.prepare()
        form = self.build_access_tokens_request_params(handler)
        headers, more = proof(self.provider, self.issuer.described)
        tokens = await self.issuer.ask(
            "POST", self.token_url, headers=headers, data={**form, **more}
        )
        id_token, access_token = tokens.get("id_token"), tokens.get("access_token")
        if not isinstance(id_token, str) or not isinstance(access_token, str):
            raise ProviderError("no ID token came back")
        claims = await self.issuer.claims(id_token, handler.nonce, access_token)
        if self.provider.userinfo:
            # What was signed goes before what was only told.
            claims = {**await self.issuer.userinfo(access_token, claims["sub"]), **claims}
        return claims
