"""Send what a live source answers."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import Request
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from polderlab_catalog.application.reading import Readable
from polderlab_catalog.bootstrap import Lab


async def send(_lab: Lab, _readable: Readable, _request: Request) -> Response:
    """Nothing yet."""
    raise HTTPException(HTTPStatus.NOT_FOUND)
