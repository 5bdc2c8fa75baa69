"""Ending all sign-ins of a person, when the lab service asks for it."""

from __future__ import annotations

from http import HTTPStatus

from jupyterhub import orm
from jupyterhub.apihandlers.base import APIHandler
from jupyterhub.utils import new_token
from tornado.web import HTTPError

from polderlab_hub.roles import LAB

SERVERS_OWN = "jupyterhub"
"""OAuth client of the tokens that belong to servers and not to browsers."""


class SignOutHandler(APIHandler):
    """``DELETE /hub/api/users/{name}/sign-ins``, for the lab service alone.

    Every browser is signed out of hub, portal and JupyterLab; sessions and their kernels go on.
    """

    def delete(self, username: str) -> None:
        """End them; somebody the hub does not know has none."""
        asking = self.current_user
        if not isinstance(asking, orm.Service) or asking.name != LAB:
            raise HTTPError(HTTPStatus.FORBIDDEN)
        user = orm.User.find(self.db, username)
        if user is None:
            raise HTTPError(HTTPStatus.NOT_FOUND)
        user.cookie_id = new_token()
        for token in list(user.api_tokens):
            if token.client_id != SERVERS_OWN:
                self.db.delete(token)
        for code in list(user.oauth_codes):
            self.db.delete(code)
        self.db.commit()
        self.log.info("Ended all sign-ins of %s", username)
        self.set_status(HTTPStatus.NO_CONTENT)
