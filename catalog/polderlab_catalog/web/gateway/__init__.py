"""The data gateway: the only door through which sessions read data.

Each request is decided anew from the register (token, session, project, grant), so that a
revocation holds on the very next read.
"""

from fastapi import APIRouter

from polderlab_catalog.web.gateway import (
    announcements,
    catalogue,
    publications,
    quota,
    reading,
    requests,
)
from polderlab_catalog.web.gateway.help import help_page
from polderlab_catalog.web.gateway.publications import doors

router = APIRouter(prefix="/v1")
# Before reading: its ``/datasets/{name}/{file}`` would take the preview for a file.
router.include_router(catalogue.router)
router.include_router(publications.router)
router.include_router(requests.router)
router.include_router(quota.router)
router.include_router(announcements.router)
router.include_router(reading.router)

__all__ = ["doors", "help_page", "router"]
