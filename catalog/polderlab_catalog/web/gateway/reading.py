"""Send what a session may read, logged before the first byte leaves."""

from __future__ import annotations

import hashlib
from http import HTTPStatus

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response
from pydantic_core import to_json
from starlette.exceptions import HTTPException

from polderlab import wire
from polderlab_catalog.application.reading import Readable
from polderlab_catalog.bootstrap import Lab
from polderlab_catalog.domain.datasets import DistributionRole
from polderlab_catalog.domain.names import is_dataset_name, is_file_name
from polderlab_catalog.web.gateway import live
from polderlab_catalog.web.gateway.caller import Asked, lab_of
from polderlab_catalog.web.gateway.sending import Ask, answer, part_of
from polderlab_catalog.web.gateway.transfers import Transfers

router = APIRouter()


@router.get("/datasets")
def list_datasets(request: Request, asked: Asked) -> wire.Catalogue:
    """List what this session may read now."""
    return lab_of(request).reading.catalogue(asked.token, asked.address, asked.language)


@router.get("/names")
def list_names(request: Request, asked: Asked) -> Response:
    """List in brief what this session may read now; nothing again where nothing changed."""
    names = lab_of(request).reading.names(asked.token, asked.address, asked.language)
    body = to_json(names)
    etag = f'"{hashlib.sha256(body).hexdigest()}"'
    if request.headers.get("if-none-match") == etag:
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers={"ETag": etag})
    return Response(body, media_type="application/json", headers={"ETag": etag})


@router.get("/datasets/{name}")
async def describe(request: Request, name: str, asked: Asked) -> wire.CatalogueEntry:
    """Describe what this session may read of one dataset, as large as it may read it."""
    dataset, version = dataset_and_version(name)
    if not is_dataset_name(dataset):
        raise HTTPException(HTTPStatus.NOT_FOUND)
    request.state.dataset = dataset
    lab = lab_of(request)
    files = await run_in_threadpool(lab.reading.files, asked.token, asked.address, dataset, version)
    parts = tuple([await _as_read(lab, file) for file in files])
    return await run_in_threadpool(lab.reading.entry, parts, asked.language)


@router.api_route("/datasets/{name}/{file}", methods=["GET", "HEAD"], response_class=Response)
async def read_file(request: Request, name: str, file: str, asked: Asked) -> Response:
    """Send a file of a dataset: the newest version, or ``name@3`` for version 3."""
    dataset, version = dataset_and_version(name)
    if not is_dataset_name(dataset) or not is_file_name(file):
        raise HTTPException(HTTPStatus.NOT_FOUND)
    request.state.dataset = dataset
    transfers: Transfers = request.app.state.transfers
    lab, ask = transfers.lab, Ask.of(request)

    def begin() -> Response | Readable:
        """Decide and answer in one go, where that can be: each hop between threads costs."""
        readable = lab.reading.authorise(asked.token, asked.address, dataset, version, file)
        live_or_part = (
            readable.distribution.role is DistributionRole.LIVE or not readable.scope.whole
        )
        return readable if live_or_part else answer(transfers, readable, ask)

    found = await run_in_threadpool(begin)
    if isinstance(found, Response):
        return found
    if found.distribution.role is DistributionRole.LIVE:
        return await live.send(lab, found, request, asked)
    return await run_in_threadpool(answer, transfers, await part_of(lab, found), ask)


async def _as_read(lab: Lab, file: Readable) -> Readable:
    """Return ``file`` as it is read: a part as a file of its own."""
    if file.scope.whole or file.distribution.role is DistributionRole.LIVE:
        return file
    return await part_of(lab, file)


def dataset_and_version(name: str) -> tuple[str, int | None]:
    """Take ``name@3`` apart; what cannot be a version is not there."""
    dataset, at, number = name.partition("@")
    if not at:
        return dataset, None
    if not number.isascii() or not number.isdigit() or len(number) > 6 or number.startswith("0"):
        raise HTTPException(HTTPStatus.NOT_FOUND)
    return dataset, int(number)
