"""Where a caller of the gateway goes next."""

from __future__ import annotations

from fastapi import Request

from polderlab_catalog.application.errors import LabError, NotFound
from polderlab_catalog.bootstrap import Lab


def help_page(lab: Lab, request: Request, error: LabError) -> str | None:
    """Return the page where the caller can take the next step."""
    portal = lab.settings.portal_url
    dataset = getattr(request.state, "dataset", None)
    if dataset is None or isinstance(error, NotFound):
        return f"{portal}/datasets"
    return f"{portal}/datasets/{dataset}"
