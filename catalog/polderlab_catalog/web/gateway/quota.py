"""What a session's person may use still: asked by notebooks and by JupyterLab's status bar."""

from __future__ import annotations

from fastapi import APIRouter, Request

from polderlab import wire
from polderlab_catalog.application.ports import DiskUse
from polderlab_catalog.application.quotas import Quota
from polderlab_catalog.bootstrap import Lab
from polderlab_catalog.domain.allocations import LevelKind, Resource
from polderlab_catalog.web.gateway.caller import Asked, lab_of
from polderlab_catalog.web.languages import Speech
from polderlab_catalog.web.stops import why_stopped

router = APIRouter()


@router.get("/quota")
def show_quota(request: Request, asked: Asked) -> wire.Quota:
    """Tell what is left to the session's person in its project."""
    lab = lab_of(request)
    found = lab.allocations.quota_of_session(asked.token, asked.address)
    return told(lab, found, Speech(asked.language, lab.settings.zone))


def told(lab: Lab, found: Quota, speech: Speech) -> wire.Quota:
    """Put a quota on the wire."""
    gauges = [
        wire.Gauge(
            each.resource.value,
            each.level.kind.value,
            each.name,
            each.limit,
            each.used,
            each.mine,
            int(each.alarm),
        )
        for each in found.gauges
    ]
    home = _disk(Resource.HOME_BYTES, LevelKind.PERSON, found.project, found.home)
    shared = _disk(Resource.PROJECT_BYTES, LevelKind.PROJECT, found.project, found.shared)
    stop_at = found.stop_at.astimezone(lab.settings.zone) if found.stop_at else None
    return wire.Quota(
        project=found.project,
        renews=found.renews.isoformat(),
        gauges=[*gauges, *home, *shared],
        stop_at=stop_at.isoformat(timespec="minutes") if stop_at else "",
        reason=why_stopped(found.stop_reason, speech) if stop_at else "",
        page=f"{lab.settings.portal_url}/projects/{found.project}/more",
    )


def _disk(resource: Resource, level: LevelKind, name: str, use: DiskUse | None) -> list[wire.Gauge]:
    if use is None or not use.limit:
        return []
    return [wire.Gauge(resource.value, level.value, name, use.limit, use.used, use.used)]
