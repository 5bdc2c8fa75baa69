"""Send a file of a dataset: by ourselves, or by nginx when it stands before the gateway."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import quote

import pyarrow as pa
from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from polderlab_catalog.application.errors import Refused
from polderlab_catalog.application.reading import Readable
from polderlab_catalog.bootstrap import Lab
from polderlab_catalog.policy.decisions import Code, refused
from polderlab_catalog.scoping import ScopeError
from polderlab_catalog.web import files, ranges
from polderlab_catalog.web.gateway.transfers import Transfer, Transfers

LARGEST_BY_NGINX = 64 * 1024**2
"""Bytes that nginx sends in one answer. What it has begun cannot be cut when access ends, so
longer answers are sent by ourselves."""
PART_SECONDS = 60
"""How long a request waits for a part that is being made."""


@dataclass(frozen=True, slots=True)
class Ask:
    """What a request wants of a file: its method and its ``Range`` and ``If-Range``."""

    method: str
    range: str | None
    if_range: str | None

    @classmethod
    def of(cls, request: Request) -> Ask:
        """Read it from the request."""
        headers = request.headers
        return cls(request.method, headers.get("range"), headers.get("if-range"))


async def part_of(lab: Lab, readable: Readable) -> Readable:
    """Return the part of a file that may be read as a file of its own, made when needed.

    Raises :class:`Refused` when that takes long: the making goes on, and the next request
    finds it.
    """

    found = await run_in_threadpool(lab.variants.narrowed, readable)
    if found is not None:
        return found
    making = lab.variants.make(
        readable, lambda path: files.open_beneath(lab.settings.data_folder, path).stream
    )
    try:
        # shielded: the making goes on for the next request when this one stops waiting
        await asyncio.wait_for(asyncio.shield(asyncio.wrap_future(making)), PART_SECONDS)
    except TimeoutError:
        raise Refused(refused(Code.PART_BEING_MADE, dataset=readable.dataset.name)) from None
    except (ScopeError, pa.ArrowException) as error:
        raise files.FileUnavailableError(f"no part can be made of it: {error}") from error
    found = await run_in_threadpool(lab.variants.narrowed, readable)
    if found is None:
        raise files.FileUnavailableError("its part is gone as soon as it was made")
    return found


class Waits(Exception):  # noqa: N818  (no error: the long way is taken then)
    """The answer cannot be given at once; nothing of it was counted."""


def answer(transfers: Transfers, readable: Readable, ask: Ask, *, wait: bool = True) -> Response:
    """Return the answer, counted before its first byte leaves.

    Blocks: call it in a thread; or without ``wait``, and it raises :class:`Waits` instead.
    """
    lab, distribution = transfers.lab, readable.distribution
    root = lab.settings.variants_folder if readable.part else lab.settings.data_folder
    opened = files.open_beneath(root, distribution.path)
    keep = False
    try:
        etag = f'"{distribution.sha256}"'
        headers = {
            "Accept-Ranges": "bytes",
            "ETag": etag,
            "Cache-Control": "no-store",
            "Content-Type": distribution.media_type,
        }
        status, span = _span(ask, etag, opened.size, headers)
        if ask.method == "HEAD":
            return Response(status_code=status, headers=headers)
        if _by_nginx(lab, ask, span):
            headers["X-Audit-Id"] = _counted(lab, readable, span.length, wait=wait)
            return Response(headers=_redirected(headers, readable))
        if span.length <= files.CHUNK:
            # read first: what cannot be read is not counted
            body = files.read(opened, span.start, span.length, wait=wait)
            headers["X-Audit-Id"] = _counted(lab, readable, span.length, wait=wait)
            return Response(body, status, headers)
        if not wait:
            if not transfers.room(readable.session.id):
                raise Waits
            headers["X-Audit-Id"] = _counted(lab, readable, files.CHUNK, wait=False)
        keep = True
        return Transfer(
            transfers, readable, opened, span.start, span.stop, status_code=status, headers=headers
        )
    finally:
        if not keep:
            opened.stream.close()


def _counted(lab: Lab, readable: Readable, bytes_: int, *, wait: bool) -> str:
    read = lab.reads.begin(readable, bytes_) if wait else lab.reads.more(readable, bytes_)
    if read is None:
        raise Waits
    return read


def _span(
    ask: Ask, etag: str, size: int, headers: dict[str, str]
) -> tuple[HTTPStatus, ranges.Span]:
    asked = ask.range if ask.if_range in (None, etag) else None
    try:
        span = ranges.parse(asked, size)
    except ranges.NotSatisfiable:
        raise HTTPException(
            HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE,
            headers={"Content-Range": f"bytes */{size}"},
        ) from None
    status = HTTPStatus.OK if span is None else HTTPStatus.PARTIAL_CONTENT
    if span is None:
        span = ranges.Span(0, size, size)
    else:
        headers["Content-Range"] = span.content_range
    headers["Content-Length"] = str(span.length)
    return status, span


def _by_nginx(lab: Lab, ask: Ask, span: ranges.Span) -> bool:
    """Tell whether nginx sends it: only what it understands exactly as we do."""
    return (
        lab.settings.gateway_socket is not None
        and span.length <= LARGEST_BY_NGINX
        and ask.if_range is None
        and ranges.plain(ask.range)
    )


def _redirected(headers: Mapping[str, str], readable: Readable) -> dict[str, str]:
    """Return the headers that make nginx send the file; it works out the range itself."""
    kept = {
        name: value
        for name, value in headers.items()
        if name not in ("Content-Length", "Content-Range")
    }
    folder = "variants" if readable.part else "data"
    return {**kept, "X-Accel-Redirect": f"/_{folder}/{quote(readable.distribution.path)}"}
