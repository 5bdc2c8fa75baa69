"""Publishing from a session: a line of JSON that describes the result, then the file itself."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable
from http import HTTPStatus

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from pydantic import TypeAdapter, ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import Scope

from polderlab import wire
from polderlab_catalog.application.errors import Invalid
from polderlab_catalog.application.publications import Result
from polderlab_catalog.bootstrap import Lab
from polderlab_catalog.domain.datasets import Classification, Dataset
from polderlab_catalog.domain.ingests import Ingest
from polderlab_catalog.ingest.uploads import Received
from polderlab_catalog.web.gateway.caller import Asked, lab_of
from polderlab_catalog.web.languages import Speech
from polderlab_catalog.web.uploads import file_name

router = APIRouter()

MEDIA_TYPE = "application/vnd.polderlab.publication"
_LONGEST_LINE = 64 * 1024
_DESCRIBED = TypeAdapter(wire.NewPublication)
_ID = re.compile(r"[0-9a-f-]{36}")


def doors(lab: Lab) -> Callable[[Scope], int | None]:
    """Return how many bytes a request may bring that publishes; None for all others."""
    largest = lab.uploads.largest + _LONGEST_LINE

    def allowed(scope: Scope) -> int | None:
        publishing = scope["method"] == "POST" and scope["path"] == "/v1/publications"
        return largest if publishing else None

    return allowed


@router.post("/publications/checks", status_code=HTTPStatus.NO_CONTENT)
def check(request: Request, described: wire.NewPublication, asked: Asked) -> None:
    """Decide whether this could be published now, before the file is sent."""
    lab_of(request).publications.check(asked.token, asked.address, _result(described))


@router.post("/publications", status_code=HTTPStatus.ACCEPTED)
async def publish(request: Request, asked: Asked) -> wire.Publication:
    """Take a result in. It is checked and converted in the background: ask again how far it is.

    Nothing of the file is kept before it is decided that it may be published.
    """
    lab = lab_of(request)
    body = request.stream()
    line, rest = await _first_line(body)
    result = _result(_described(line))
    begin = lab.publications.begin
    project = await run_in_threadpool(begin, asked.token, asked.address, result)
    try:
        received = await _file(lab, rest, body)
    finally:
        lab.publications.end(project)
    try:
        ingest, dataset = await run_in_threadpool(
            lab.publications.publish,
            asked.token,
            asked.address,
            result,
            received.path,
            received.bytes,
        )
    except BaseException:
        lab.uploads.discard(received)
        raise
    return _told(lab, ingest, dataset, asked.language)


@router.get("/publications/{publication}")
def show(request: Request, publication: str, asked: Asked) -> wire.Publication:
    """Return how far a publication of this project is."""
    if not _ID.fullmatch(publication):
        raise HTTPException(HTTPStatus.NOT_FOUND)
    lab = lab_of(request)
    ingest, dataset = lab.publications.show(asked.token, asked.address, publication)
    return _told(lab, ingest, dataset, asked.language)


async def _first_line(body: AsyncIterator[bytes]) -> tuple[bytes, bytes]:
    """Return the first line, and what of the file came along with it."""
    begun = bytearray()
    try:
        async for piece in body:
            begun += piece
            line, end, rest = bytes(begun).partition(b"\n")
            if end and len(line) <= _LONGEST_LINE:
                return line, rest
            if len(begun) > _LONGEST_LINE:
                break
    except ClientDisconnect as error:
        raise HTTPException(HTTPStatus.BAD_REQUEST) from error
    raise HTTPException(HTTPStatus.BAD_REQUEST)


def _described(line: bytes) -> wire.NewPublication:
    try:
        return _DESCRIBED.validate_json(line)
    except ValidationError as error:
        raise HTTPException(HTTPStatus.UNPROCESSABLE_ENTITY) from error


def _result(described: wire.NewPublication) -> Result:
    try:
        wanted = described.classification
        classification = Classification(wanted) if wanted else None
    except ValueError:
        choices = ", ".join(Classification)
        raise Invalid({"classification": f"choose one of: {choices}"}) from None
    return Result(
        name=described.name,
        file=file_name(described.file),
        title=described.title,
        description=described.description,
        classification=classification,
        licence=described.licence or "",
        note=described.note,
    )


async def _file(lab: Lab, begun: bytes, body: AsyncIterator[bytes]) -> Received:
    try:
        with lab.uploads.begin() as upload:
            await run_in_threadpool(upload.write, begun)
            async for piece in body:
                await run_in_threadpool(upload.write, piece)
    except ClientDisconnect as error:
        raise HTTPException(HTTPStatus.BAD_REQUEST) from error
    if not upload.received.bytes:
        lab.uploads.discard(upload.received)
        raise Invalid({"file": "is empty"})
    return upload.received


def _told(lab: Lab, ingest: Ingest, dataset: Dataset, language: str) -> wire.Publication:
    speech = Speech(language, lab.settings.zone)
    return wire.Publication(
        id=ingest.id,
        dataset=dataset.name,
        state=ingest.state.value,
        classification=dataset.classification.value,
        step=ingest.step,
        progress=ingest.progress,
        findings=[
            speech.gettext(each.message).format_map(dict(each.details)) for each in ingest.findings
        ],
        version=ingest.version,
        derived_from=list(ingest.derived_from),
        page=f"{lab.settings.portal_url}/datasets/{dataset.name}",
    )
