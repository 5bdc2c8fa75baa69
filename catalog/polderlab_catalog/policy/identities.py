"""Which account an identity at a provider opens, and which a password does.

An account has one way in. A name that is given to somebody else at the provider, or that somebody
there happens to bear, opens nobody's account; only an operator joins both ways. Nor is an account
whose person left, and which was opened again, for whoever comes first.
"""

from __future__ import annotations

from polderlab_catalog.domain.identities import Binding, Identity
from polderlab_catalog.domain.people import Credentials
from polderlab_catalog.policy.decisions import ALLOWED, Code, Decision, refused

MAX_ISSUER, MAX_SUBJECT = 500, 255


def is_identity(identity: Identity) -> bool:
    """Tell whether this can be somebody at a provider at all."""
    parts = ((identity.issuer, MAX_ISSUER), (identity.subject, MAX_SUBJECT))
    return all(0 < len(text) <= limit and text.isprintable() for text, limit in parts)


def may_come_as(
    username: str, binding: Binding | None, identity: Identity, credentials: Credentials | None
) -> Decision:
    """Decide whether ``identity`` opens the account ``username``, which has ``binding``."""
    if binding is not None and binding.identity is not None:
        same = binding.identity == identity
        return ALLOWED if same else refused(Code.IDENTITY_DIFFERS, name=username)
    if credentials is None or (binding is not None and binding.linked):
        return ALLOWED
    code = Code.ACCOUNT_HAS_PASSWORD if credentials.opens else Code.ACCOUNT_UNCLAIMED
    return refused(code, name=username)


def may_have_password(binding: Binding | None) -> Decision:
    """Decide whether an account with ``binding`` can be come in to with a password."""
    if binding is not None and binding.identity is not None and not binding.linked:
        return refused(Code.ACCOUNT_OF_PROVIDER, name=binding.username)
    return ALLOWED
