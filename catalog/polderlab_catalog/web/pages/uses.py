"""Every use of a dataset: for its owner's stewards and privacy officers."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from polderlab_catalog.application.errors import Refused
from polderlab_catalog.web.pages.refusals import Link, refusal_page
from polderlab_catalog.web.rendering import render
from polderlab_catalog.web.visitors import ThePortal, Visiting

router = APIRouter()


@router.get("/datasets/{name}/uses")
def list_uses(
    request: Request,
    portal: ThePortal,
    visitor: Visiting,
    name: str,
    before: Annotated[int | None, Query(ge=1, le=2**62)] = None,
) -> Response:
    """Show who read what of a dataset, when and for which purpose, and what was refused."""
    _ = visitor.speech.gettext
    try:
        uses = portal.lab.uses.of_dataset(visitor.actor, name, before=before)
    except Refused as refusal:
        return refusal_page(
            request,
            visitor,
            refusal.decision,
            title=_("These uses are not for you to see"),
            lead=_("What a dataset is used for is shown to those who answer for it."),
            links=[Link(f"{portal.prefix}/datasets/{name}", _("Back to the dataset"))],
            section="datasets",
            dataset=name,
        )
    return render(
        request,
        "uses.html",
        visitor,
        section="datasets",
        uses=uses,
        under_way=portal.lab.reads.under_way(name) if before is None else [],
        now=portal.lab.clock(),
        first=before is None,
    )
