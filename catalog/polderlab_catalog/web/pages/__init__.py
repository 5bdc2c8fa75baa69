"""The portal's pages for people: rendered on the server, one module per subject."""

from fastapi import APIRouter

from polderlab_catalog.web.pages import (
    about,
    administration,
    allocations,
    announcements,
    audit,
    catalogue,
    costs,
    dataset,
    describing,
    endings,
    grants,
    harvests,
    ingests,
    invitations,
    members,
    notices,
    organisations,
    passwords,
    people,
    projects,
    proposals,
    publishing,
    quality,
    requests,
    sessions,
    results,
    sources,
    uses,
)

router = APIRouter(include_in_schema=False)
for module in (
    about,
    passwords,
    projects,
    allocations,
    costs,
    sessions,
    members,
    organisations,
    results,
    people,
    proposals,
    invitations,
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
    administration,
    audit,
    announcements,
    endings,
    notices,
):
    router.include_router(module.router)

__all__ = ["router"]
