"""Send what a session may read, logged before the first byte leaves."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from polderlab import wire
from polderlab_catalog.application.reading import Readable
from polderlab_catalog.bootstrap import Lab
from polderlab_catalog.domain.datasets import DistributionRole
from polderlab_catalog.domain.names import is_dataset_name, is_file_name
from polderlab_catalog.web import files, ranges
from polderlab_catalog.web.gateway import live
from polderlab_catalog.web.gateway.caller import Asked, lab_of

router: APIRouter = APIRouter()


@router.get("/datasets")
def list_datasets(request: Request, asked: Asked) -> wire.Catalogue:
    """List what this session may read now."""
    return lab_of(request).reading.catalogue(asked.token, asked.address, asked.language)


@router.api_route("/datasets/{name}/{file}", methods=["GET", "HEAD"], response_class=Response)
async def read_file(request: Request, name: str, file: str, asked: Asked) -> Response:
    """Send a file of a dataset: the newest version, or ``name@3`` for version 3."""
    dataset, version = _dataset_and_version(name)
    if not is_dataset_name(dataset) or not is_file_name(file):
        raise HTTPException(HTTPStatus.NOT_FOUND)
    request.state.dataset = dataset
    lab = lab_of(request)
    readable = await run_in_threadpool(
        lab.reading.authorise, asked.token, asked.address, dataset, version, file
    )
    if readable.distribution.role is DistributionRole.LIVE:
        return await live.send(lab, readable, request)
    return await _send(lab, readable, request)


async def _send(lab: Lab, readable: Readable, request: Request) -> Response:
    distribution = readable.distribution
    opened = await run_in_threadpool(
        files.open_beneath, lab.settings.data_folder, distribution.path
    )
    etag = f'"{distribution.sha256}"'
    headers = {
        "Accept-Ranges": "bytes",
        "ETag": etag,
        "Cache-Control": "no-store",
        "Content-Type": distribution.media_type,
    }
    asked_range = request.headers.get("range")
    if request.headers.get("if-range", etag) != etag:
        asked_range = None
    try:
        span = ranges.parse(asked_range, opened.size)
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
        await run_in_threadpool(lab.reads.begin, readable, span.length)
    except BaseException:
        # what cannot be logged is not sent
        opened.stream.close()
        raise
    return files.FileSpan(opened, span.start, span.stop, status_code=status, headers=headers)


def _dataset_and_version(name: str) -> tuple[str, int | None]:
    dataset, at, number = name.partition("@")
    if not at:
        return dataset, None
    if not number.isascii() or not number.isdigit() or len(number) > 6 or number.startswith("0"):
        raise HTTPException(HTTPStatus.NOT_FOUND)
    return dataset, int(number)
