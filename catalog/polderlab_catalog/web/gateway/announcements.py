"""What the lab announces, for whoever is at work and looks at no page of the portal."""

from __future__ import annotations

from fastapi import APIRouter, Request

from polderlab import wire
from polderlab_catalog.web.gateway.caller import Asked, lab_of
from polderlab_catalog.web.languages import Speech

router = APIRouter()


@router.get("/announcements")
def list_announcements(request: Request, asked: Asked) -> wire.Announcements:
    """Tell what the session's person is to be shown now."""
    lab = lab_of(request)
    found = lab.panel.announcements(asked.token, asked.address)
    speech = Speech(asked.language, lab.settings.zone)
    return wire.Announcements(
        [wire.Announcement(each.id, speech.text(each.text)) for each in found],
        page=f"{lab.settings.portal_url}/",
    )
