"""Open data: files of public datasets, for anyone, where the lab and the steward say so."""

from __future__ import annotations

import asyncio
from http import HTTPStatus

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from polderlab_catalog.application.dcat import Listed
from polderlab_catalog.domain.datasets import Distribution
from polderlab_catalog.web import files, ranges
from polderlab_catalog.web.bounds import address_of, bounds_of, take_turn
from polderlab_catalog.web.portal import Portal
from polderlab_catalog.web.visitors import ThePortal

router = APIRouter(include_in_schema=False)

STALL_SECONDS = 300.0
"""How long a reader may take for one piece of a file."""


@router.api_route("/open/{name}/{file}", methods=["GET", "HEAD"], response_class=Response)
async def download(request: Request, portal: ThePortal, name: str, file: str) -> Response:
    """Send a file of the newest version; whatever is not open looks as if it were not there."""
    take_turn(request, bounds_of(request).downloads)
    item, distribution = await run_in_threadpool(portal.lab.listings.open_file, name, file)
    return await _send(portal, request, item, distribution)


async def _send(portal: Portal, request: Request, item: Listed, file: Distribution) -> Response:
    folder = portal.lab.settings.data_folder
    opened = await run_in_threadpool(files.open_beneath, folder, file.path)
    etag = f'"{file.sha256}"'
    headers = {
        "Accept-Ranges": "bytes",
        "ETag": etag,
        "Content-Type": file.media_type,
        "Content-Disposition": f'attachment; filename="{file.name}"',
        "Access-Control-Allow-Origin": "*",
        "Cache-Control": "no-cache",
    }
    asked = request.headers.get("range")
    if request.headers.get("if-range", etag) != etag:
        asked = None
    try:
        span = ranges.parse(asked, opened.size)
    except ranges.NotSatisfiable:
        opened.stream.close()
        raise HTTPException(
            HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE,
            headers={"Content-Range": f"bytes */{opened.size}"},
        ) from None
    status = HTTPStatus.OK if span is None else HTTPStatus.PARTIAL_CONTENT
    if span is None:
        span = ranges.Span(0, opened.size, opened.size)
    else:
        headers["Content-Range"] = span.content_range
    headers["Content-Length"] = str(span.length)
    if request.method == "HEAD":
        opened.stream.close()
        return Response(status_code=status, headers=headers)
    try:
        await run_in_threadpool(_log, portal, request, item, file)
    except BaseException:
        # what cannot be logged is not sent
        opened.stream.close()
        raise
    return _Download(opened, span.start, span.stop, status_code=status, headers=headers)


class _Download(files.FileSpan):
    """Sends a file while there is a place for it, and as long as its reader takes something."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the answer."""
        request = Request(scope)
        places, origin = bounds_of(request).under_way, address_of(request)
        if not places.take(origin):
            self._file.stream.close()
            raise HTTPException(HTTPStatus.TOO_MANY_REQUESTS, headers={"Retry-After": "60"})

        async def patiently(message: Message) -> None:
            await asyncio.wait_for(send(message), STALL_SECONDS)

        try:
            await super().__call__(scope, receive, patiently)
        finally:
            places.give_back(origin)


def _log(portal: Portal, request: Request, item: Listed, file: Distribution) -> None:
    origin = address_of(request)
    if bounds_of(request).lines.take((origin, item.dataset.name, item.version.number, file.name)):
        portal.lab.listings.record_download(item, file, origin)
