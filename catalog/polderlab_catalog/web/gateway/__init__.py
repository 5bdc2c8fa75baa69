"""The data gateway: the only door through which sessions read data.

Each request is decided anew from the register (token, session, project, grant), so that a
revocation holds on the very next read.
"""

from fastapi import APIRouter

from polderlab_catalog.web.gateway import reading
from polderlab_catalog.web.gateway.help import help_page

router = APIRouter(prefix="/v1")
router.include_router(reading.router)

__all__ = ["help_page", "router"]
