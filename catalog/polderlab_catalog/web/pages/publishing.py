"""What a steward publishes: our datasets, new files, versions withdrawn and taken home."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Form, Request
from fastapi.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from polderlab_catalog.application.catalogue import DatasetCard
from polderlab_catalog.application.errors import Invalid, LabError, NotFound, Refused
from polderlab_catalog.domain.datasets import Distribution, DistributionRole, Version
from polderlab_catalog.domain.ingests import Ingest
from polderlab_catalog.domain.texts import Text
from polderlab_catalog.ingest.uploads import Received, too_large
from polderlab_catalog.policy.decisions import N_
from polderlab_catalog.policy.publishing import may_download
from polderlab_catalog.web.files import FileSpan, open_beneath
from polderlab_catalog.web.pages.refusals import dataset_refused
from polderlab_catalog.web.portal import Portal
from polderlab_catalog.web.problems import explain
from polderlab_catalog.web.rendering import render
from polderlab_catalog.web.uploads import file_name, receive_form
from polderlab_catalog.web.visitors import ThePortal, Uploading, Visiting, Visitor

router = APIRouter()
_MOST_UNDER_WAY = 10


@router.get("/publishing")
def show_ours(request: Request, portal: ThePortal, visitor: Visiting) -> Response:
    """Show the datasets I publish: drafts, what is under way, what is marked."""
    lab, actor = portal.lab, visitor.actor
    owners = {each.slug: each for each in lab.publishing.owners(actor)}
    cards = [
        card for card in lab.catalogue.cards(visitor.person) if card.dataset.organisation in owners
    ]
    return render(
        request,
        "publishing.html",
        visitor,
        section="publishing",
        owners=owners,
        removable=lab.drafts.names(),
        rows=[(card, _under_way(portal, visitor, card.dataset.name)) for card in cards],
    )


@router.post("/datasets/{name}/removal")
def remove_draft(request: Request, portal: ThePortal, visitor: Visiting, name: str) -> Response:
    """Remove a description of which nothing was ever published."""
    try:
        portal.lab.drafts.remove(visitor.actor, name)
    except Refused as refusal:
        return dataset_refused(request, portal, visitor, name, refusal.decision)
    return RedirectResponse(f"{portal.prefix}/publishing", HTTPStatus.SEE_OTHER)


@router.get("/datasets/{name}/publish")
def ask_file(request: Request, portal: ThePortal, visitor: Visiting, name: str) -> Response:
    """Ask for the file of the next version."""
    return _publish_page(request, portal, visitor, name)


@router.post("/datasets/{name}/uploads")
async def upload(request: Request, portal: ThePortal, uploader: Uploading, name: str) -> Response:
    """Take in the file of a form: the way without a script."""
    lab, visitor = portal.lab, uploader.visitor
    decision = await run_in_threadpool(lab.publishing.may_publish, visitor.actor, name)
    if not decision:
        return dataset_refused(request, portal, visitor, name, decision)
    try:
        sent = await receive_form(request, lab.uploads, uploader)
    except Refused as refusal:
        errors = {"file": explain(refusal.decision, visitor.speech)}
        return await run_in_threadpool(_publish_page, request, portal, visitor, name, errors)
    if sent.received is None:
        errors = {"file": visitor.speech.gettext("Choose a file")}
        return await run_in_threadpool(_publish_page, request, portal, visitor, name, errors)
    note = note_of(sent.fields.get("note_nl", ""), sent.fields.get("note_en", ""))
    ingest = await run_in_threadpool(
        hand_in, portal, visitor, name, sent.file, sent.received, note=note
    )
    return RedirectResponse(f"{portal.prefix}/ingests/{ingest.id}", HTTPStatus.SEE_OTHER)


@router.post("/datasets/{name}/inbox")
def take_from_inbox(
    request: Request,
    portal: ThePortal,
    visitor: Visiting,
    name: str,
    waiting: Annotated[str, Form(max_length=255)] = "",
) -> Response:
    """Take in a file that an operator put in the inbox of the owner."""
    lab = portal.lab
    owner = lab.catalogue.card(visitor.person, name).dataset.organisation
    decision = lab.publishing.may_fetch(visitor.actor, name)
    if not decision:
        return dataset_refused(request, portal, visitor, name, decision)
    try:
        received = lab.uploads.take(owner, waiting)
    except NotFound:
        errors = {"waiting": visitor.speech.gettext("Choose from the list")}
        return _publish_page(request, portal, visitor, name, errors, from_inbox=True)
    except Refused as refusal:
        errors = {"waiting": explain(refusal.decision, visitor.speech)}
        return _publish_page(request, portal, visitor, name, errors, from_inbox=True)
    ingest = hand_in(portal, visitor, name, waiting, received)
    return RedirectResponse(f"{portal.prefix}/ingests/{ingest.id}", HTTPStatus.SEE_OTHER)


@router.get("/datasets/{name}/versions/{number}/withdrawal")
def ask_withdrawal(
    request: Request, portal: ThePortal, visitor: Visiting, name: str, number: int
) -> Response:
    """Ask why the version is withdrawn, and whether it really is."""
    return _withdrawal_page(request, portal, visitor, name, number)


@router.post("/datasets/{name}/versions/{number}/withdrawal")
def withdraw(
    request: Request,
    portal: ThePortal,
    visitor: Visiting,
    name: str,
    number: int,
    *,
    reason: Annotated[str, Form(max_length=4000)] = "",
) -> Response:
    """Withdraw the version; the next read of it is refused, with the reason."""
    reason = " ".join(reason.split())
    sentence = N_("Say in one line of at most 500 characters why: who reads it is told this")
    errors = {} if reason else {"reason": sentence}
    if not errors:
        try:
            portal.lab.publishing.withdraw_version(visitor.actor, name, number, reason)
        except Invalid:
            errors = {"reason": sentence}
        except Refused as refusal:
            return dataset_refused(request, portal, visitor, name, refusal.decision)
    if errors:
        return _withdrawal_page(
            request, portal, visitor, name, number, reason=reason, errors=errors
        )
    return RedirectResponse(f"{portal.prefix}/datasets/{name}#versions", HTTPStatus.SEE_OTHER)


@router.get("/datasets/{name}/versions/{number}/files/{file}")
def download(
    request: Request, portal: ThePortal, visitor: Visiting, *, name: str, number: int, file: str
) -> Response:
    """Send a file home, to who may take it; logged before the first byte leaves."""
    try:
        found = portal.lab.publishing.download(visitor.actor, name, number, file)
    except Refused as refusal:
        return dataset_refused(request, portal, visitor, name, refusal.decision)
    opened = open_beneath(portal.lab.settings.data_folder, found.path)
    headers = {
        "Content-Type": found.media_type,
        "Content-Length": str(opened.size),
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(found.name, safe='')}",
    }
    return FileSpan(opened, 0, opened.size, status_code=HTTPStatus.OK, headers=headers)


def versions_part(portal: Portal, visitor: Visitor, card: DatasetCard) -> dict[str, object]:
    """Return what ``dataset_versions.html`` shows."""
    name = card.dataset.name
    mine = bool(portal.lab.publishing.may_publish(visitor.actor, name))
    versions = portal.lab.catalogue.versions(name)
    return {
        "versions": versions,
        "may_publish": mine,
        "takeable": {
            version.number: _takeable(portal, visitor, card, version) for version in versions
        },
        "under_way": _under_way(portal, visitor, name) if mine else [],
    }


def hand_in(
    portal: Portal,
    visitor: Visitor,
    name: str,
    file: str,
    received: Received,
    *,
    confirm: bool = True,
    options: dict[str, str] | None = None,
    note: Text | None = None,
) -> Ingest:
    """Begin an ingest of a received file; if that is refused the file is gone again."""
    try:
        return portal.lab.ingests.receive(
            visitor.actor,
            name,
            file_name(file),
            received.path,
            received.bytes,
            confirm=confirm,
            options=options or {},
            note=note,
        )
    except LabError:
        portal.lab.uploads.discard(received)
        raise


def note_of(nl: str, en: str) -> Text:
    """Return what changed, as one line in each language."""
    return Text(*(" ".join(each.split())[:300] for each in (nl, en)))


def _takeable(
    portal: Portal, visitor: Visitor, card: DatasetCard, version: Version
) -> list[Distribution]:
    today = portal.lab.today()
    if not may_download(visitor.actor, card.dataset, card.organisation, version, today):
        return []
    files = [f for f in version.distributions if f.role is not DistributionRole.LIVE]
    return [f for f in files if f.role is DistributionRole.ORIGINAL] or files


def _under_way(portal: Portal, visitor: Visitor, name: str) -> list[Ingest]:
    found = portal.lab.ingests.of(visitor.actor, name)
    return [ingest for ingest in found if ingest.state.open][:_MOST_UNDER_WAY]


def _publish_page(
    request: Request,
    portal: Portal,
    visitor: Visitor,
    name: str,
    errors: dict[str, str] | None = None,
    *,
    from_inbox: bool = False,
) -> Response:
    lab = portal.lab
    card = lab.catalogue.card(visitor.person, name)
    decision = lab.publishing.may_publish(visitor.actor, name)
    if not decision:
        return dataset_refused(request, portal, visitor, name, decision)
    fetches = lab.publishing.may_fetch(visitor.actor, name)
    return render(
        request,
        "publish.html",
        visitor,
        status=HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK,
        section="publishing",
        card=card,
        form={"note_nl": "", "note_en": ""},
        errors=errors or {},
        from_inbox=from_inbox,
        inbox=lab.uploads.waiting(card.dataset.organisation) if fetches else [],
        under_way=_under_way(portal, visitor, name),
        largest=lab.uploads.largest,
        too_large=explain(too_large(lab.uploads.largest), visitor.speech),
        source_page=f"{portal.prefix}/datasets/{name}/source" if fetches else "",
    )


def _withdrawal_page(
    request: Request,
    portal: Portal,
    visitor: Visitor,
    name: str,
    number: int,
    *,
    reason: str = "",
    errors: dict[str, str] | None = None,
) -> Response:
    card = portal.lab.catalogue.card(visitor.person, name)
    decision = portal.lab.publishing.may_publish(visitor.actor, name)
    if not decision:
        return dataset_refused(request, portal, visitor, name, decision)
    version = next((v for v in portal.lab.catalogue.versions(name) if v.number == number), None)
    if version is None or version.withdrawn:
        raise NotFound("version", f"{name}@{number}")
    return render(
        request,
        "withdrawal.html",
        visitor,
        status=HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK,
        section="publishing",
        card=card,
        version=version,
        last=card.version is not None
        and len([v for v in portal.lab.catalogue.versions(name) if not v.withdrawn]) == 1,
        form={"reason": reason},
        errors={field: visitor.speech.gettext(each) for field, each in (errors or {}).items()},
    )
