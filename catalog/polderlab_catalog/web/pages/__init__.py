"""The portal's pages for people: rendered on the server, one module per subject."""

from fastapi import APIRouter

from polderlab_catalog.web.pages import (
    about,
    catalogue,
    dataset,
    describing,
    grants,
    harvests,
    ingests,
    projects,
    publishing,
    quality,
    requests,
    sessions,
    sources,
    uses,
)

router = APIRouter(include_in_schema=False)
for module in (
    about,
    projects,
    sessions,
    catalogue,
    dataset,
    grants,
    describing,
    publishing,
    ingests,
    quality,
    requests,
    uses,
    sources,
    harvests,
):
    router.include_router(module.router)

__all__ = ["router"]
