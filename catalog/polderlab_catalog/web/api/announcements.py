"""Announcements, notices and confirmations: what people are told, and asked."""

from __future__ import annotations

from http import HTTPStatus
from uuid import UUID

from fastapi import APIRouter, Response

from polderlab_catalog.application.announcements import Draft
from polderlab_catalog.domain.texts import Text
from polderlab_catalog.policy.notices import say
from polderlab_catalog.web.api.administration_shapes import (
    AnnouncementShape,
    Answers,
    ConfirmationShape,
    Message,
    NewAnnouncement,
    NoticeShape,
)
from polderlab_catalog.web.visitors import ThePortal, Visiting

router = APIRouter(tags=["announcements"])


@router.get("/announcements")
def list_announcements(portal: ThePortal, visitor: Visiting) -> list[AnnouncementShape]:
    """List the announcements I look after, newest first. For administrators."""
    now = portal.lab.clock()
    found = portal.lab.announcements.list_all(visitor.actor)
    return [AnnouncementShape.of(each, now) for each in found]


@router.post("/announcements", status_code=HTTPStatus.CREATED)
def make_announcement(
    portal: ThePortal, visitor: Visiting, body: NewAnnouncement
) -> AnnouncementShape:
    """Show something above every page, to those it is for."""
    text = Text(body.text.nl, body.text.en)
    draft = Draft(text, body.audience, tuple(body.names), body.starts, body.ends)
    made = portal.lab.announcements.make(visitor.actor, draft)
    return AnnouncementShape.of(made, portal.lab.clock())


@router.delete("/announcements/{announcement}", status_code=HTTPStatus.NO_CONTENT)
def withdraw_announcement(portal: ThePortal, visitor: Visiting, announcement: UUID) -> Response:
    """Show it no longer."""
    portal.lab.announcements.withdraw(visitor.actor, str(announcement))
    return Response(status_code=HTTPStatus.NO_CONTENT)


@router.post("/session-messages", status_code=HTTPStatus.CREATED)
def tell_sessions(portal: ThePortal, visitor: Visiting, body: Message) -> AnnouncementShape:
    """Tell whoever has a session that I look after something, for a day."""
    text = Text(body.text.nl, body.text.en)
    made = portal.lab.announcements.tell_running(visitor.actor, text)
    return AnnouncementShape.of(made, portal.lab.clock())


@router.get("/notices")
def list_notices(portal: ThePortal, visitor: Visiting) -> list[NoticeShape]:
    """List what I was told, newest first."""
    speech, shown = visitor.speech, []
    for each in portal.lab.notices.mine(visitor.actor):
        subject, body = say(each, speech.language, speech.gettext, speech.day, speech.number)
        shown.append(
            NoticeShape(
                id=each.id,
                kind=each.kind.value,
                made=each.made,
                subject=subject,
                body=body,
                read=each.read,
                page=f"{portal.lab.settings.portal_url}{each.path}",
            )
        )
    return shown


@router.get("/confirmations")
def list_confirmations(portal: ThePortal, visitor: Visiting) -> list[ConfirmationShape]:
    """List what stands and waits for my word, the first to end first."""
    waiting = portal.lab.confirmations.waiting(visitor.actor)
    return [ConfirmationShape.of(each) for each in waiting]


@router.post("/confirmations")
def answer_confirmations(
    portal: ThePortal, visitor: Visiting, body: Answers
) -> list[ConfirmationShape]:
    """Confirm some, end others; returns what waits still."""
    confirmations = portal.lab.confirmations
    confirmations.confirm(visitor.actor, [(each.kind, each.key) for each in body.confirm])
    for each in body.end:
        confirmations.end(visitor.actor, (each.kind, each.key))
    return [ConfirmationShape.of(each) for each in confirmations.waiting(visitor.actor)]
