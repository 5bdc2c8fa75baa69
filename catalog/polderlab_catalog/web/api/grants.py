"""Who may read a dataset: for its stewards."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus

from fastapi import APIRouter, Response

from polderlab_catalog.application.errors import Refused
from polderlab_catalog.domain.grants import Grant
from polderlab_catalog.domain.scopes import WHOLE
from polderlab_catalog.policy.decisions import Code, Decision
from polderlab_catalog.web.api.shapes import GrantShape, NewGrant, ScopeShape
from polderlab_catalog.web.visitors import ThePortal, Visiting

router = APIRouter(prefix="/datasets/{name}/grants", tags=["grants"])


def _shape(grant: Grant, now: datetime) -> GrantShape:
    return GrantShape(
        dataset=grant.dataset,
        project=grant.project,
        starts=grant.starts,
        ends=grant.ends,
        granted_by=grant.granted_by,
        reason=grant.reason,
        revoked=grant.revoked,
        revoked_by=grant.revoked_by,
        live=grant.live(now),
        scope=ScopeShape.of(grant.scope),
        conditions=grant.conditions,
        request=grant.request,
    )


@router.get("")
def list_grants(portal: ThePortal, visitor: Visiting, name: str) -> list[GrantShape]:
    """List all grants of a dataset, live ones first. For its stewards only."""
    card = portal.lab.catalogue.card(visitor.person, name)
    if not card.may_grant:
        owner = visitor.speech.text(card.organisation.name)
        raise Refused(Decision(Code.NOT_STEWARD, {"organisation": owner, "dataset": name}))
    return [_shape(grant, portal.lab.clock()) for grant in card.grants]


@router.post("", status_code=HTTPStatus.CREATED)
def give_grant(portal: ThePortal, visitor: Visiting, name: str, body: NewGrant) -> GrantShape:
    """Give a project access, or extend the access it has. Confidential data takes a request."""
    grant = portal.lab.grants.grant(
        visitor.actor,
        name,
        body.project,
        body.until,
        body.reason,
        scope=body.scope.scope() if body.scope else WHOLE,
        conditions=body.conditions,
    )
    return _shape(grant, portal.lab.clock())


@router.delete("/{project}", status_code=HTTPStatus.NO_CONTENT)
def revoke_grant(portal: ThePortal, visitor: Visiting, name: str, project: str) -> Response:
    """Take access away; the next read is refused."""
    portal.lab.grants.revoke(visitor.actor, name, project)
    return Response(status_code=HTTPStatus.NO_CONTENT)
