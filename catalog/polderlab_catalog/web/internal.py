"""What only the hub asks: sign-ins, session plans, and what really runs.

Served on the loopback address beside the portal and never through the proxy, behind a token of
its own.
"""

from __future__ import annotations

import hmac
from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response

from polderlab import wire
from polderlab_catalog.application.errors import Refused
from polderlab_catalog.bootstrap import Lab
from polderlab_catalog.domain.people import LabRole
from polderlab_catalog.policy.decisions import Code, Decision


def lab_of(request: Request) -> Lab:
    """Return the lab this application serves."""
    lab: Lab = request.app.state.lab
    return lab


TheLab = Annotated[Lab, Depends(lab_of)]


def from_the_hub(request: Request, lab: TheLab) -> None:
    """Refuse whoever does not show the hub's token."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    expected = lab.settings.hub_token.get_secret_value()
    if (
        scheme.lower() != "bearer"
        or not expected
        or not hmac.compare_digest(token.encode(), expected.encode())
    ):
        raise Refused(Decision(Code.NOT_SIGNED_IN))


def _origin(request: Request) -> str:
    """Where the person is, as the hub saw it; only the hub gets this far."""
    return request.headers.get("x-origin", "")[:100]


health = APIRouter(prefix="/internal", include_in_schema=False)
router = APIRouter(
    prefix="/internal", include_in_schema=False, dependencies=[Depends(from_the_hub)]
)


@health.get("/health")
def tell_health(lab: TheLab) -> dict[str, str]:
    """Answer when the database does."""
    with lab.register.read() as register:
        register.organisations.all()
    return {"status": "ok"}


@router.post("/sign-ins")
def sign_in(body: wire.SignIn, request: Request, lab: TheLab) -> wire.SignedIn:
    """Check a local account."""
    person = lab.sign_ins.sign_in(body.username, body.password, origin=_origin(request))
    return wire.SignedIn(
        person.username, person.display_name, LabRole.LAB_ADMINISTRATOR in person.roles
    )


@router.post("/vouched-sign-ins")
def vouch(body: wire.Vouched, request: Request, lab: TheLab) -> wire.SignedIn:
    """Let in whom an identity provider vouches for, if the register knows them so."""
    person = lab.sign_ins.vouch(body, origin=_origin(request))
    return wire.SignedIn(
        person.username, person.display_name, LabRole.LAB_ADMINISTRATOR in person.roles
    )


@router.post("/sessions", status_code=HTTPStatus.CREATED)
def plan_session(body: wire.SessionRequest, request: Request, lab: TheLab) -> wire.SessionPlan:
    """Decide on a session and reserve its place."""
    return lab.sessions.plan(body, origin=_origin(request))


@router.put("/sessions/{session}/activation", status_code=HTTPStatus.NO_CONTENT)
def activate_session(session: UUID, body: wire.Activation, lab: TheLab) -> Response:
    """Note that the session's container is there: from now on its token works."""
    lab.sessions.activate(str(session), body)
    return Response(status_code=HTTPStatus.NO_CONTENT)


@router.delete("/sessions/{session}", status_code=HTTPStatus.NO_CONTENT)
def close_session(
    session: UUID, lab: TheLab, reason: Annotated[str, Query(max_length=200)] = ""
) -> Response:
    """Close the session: its token is dead and its place given back. Twice does no harm."""
    lab.sessions.close(str(session), reason or "closed by the hub")
    return Response(status_code=HTTPStatus.NO_CONTENT)


@router.post("/reconciliations")
def reconcile(body: wire.Running, lab: TheLab) -> wire.Reconciled:
    """Make the register agree with what runs."""
    return lab.sessions.reconcile(body)


@router.get("/folder-orders")
def list_folder_orders(lab: TheLab) -> list[wire.FolderOrder]:
    """Tell what is to be done now with folders of who and what left."""
    return lab.folders.orders()


@router.post("/folder-orders", status_code=HTTPStatus.NO_CONTENT)
def take_folder_report(body: wire.FolderDone, lab: TheLab) -> Response:
    """Note what was done, or could not be done. Twice does no harm."""
    lab.folders.report(body)
    return Response(status_code=HTTPStatus.NO_CONTENT)
