"""Files that come in over HTTP: straight from the socket to the uploads folder.

A program sends a file as the body. A form without a script sends it as ``multipart/form-data``,
the form's token and the other fields first.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import PureWindowsPath
from typing import TYPE_CHECKING

from fastapi.concurrency import run_in_threadpool
from python_multipart.exceptions import MultipartParseError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.types import Scope

from polderlab_catalog.domain.names import printable
from polderlab_catalog.ingest.uploads import Received, Upload, Uploads
from polderlab_catalog.web.portal import Portal
from polderlab_catalog.web.visitors import Uploader

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

_AROUND = 1024 * 1024
"""Bytes a form may hold beside its file."""
_AT_ONCE = 64 * 1024
_LONGEST_FIELD = 8192
_LONGEST_NAME = 200


def doors(portal: Portal) -> Callable[[Scope], int | None]:
    """Return how many bytes a request may bring that hands in a file; None for all others."""
    prefix = re.escape(portal.prefix)
    path = re.compile(rf"{prefix}(?:/api/v1)?/datasets/[a-z0-9_]+/uploads")
    largest = portal.lab.uploads.largest + _AROUND

    def allowed(scope: Scope) -> int | None:
        handing_in = scope["method"] == "POST" and path.fullmatch(scope["path"])
        return largest if handing_in else None

    return allowed


def file_name(sent: str) -> str:
    """Return the name a file was sent under, as it may be shown: no folders, one short line."""
    return printable(PureWindowsPath(sent).name.strip(), _LONGEST_NAME) or "file"


async def receive_body(request: Request, uploads: Uploads) -> Received:
    """Write the body to the uploads folder."""
    with _whole(), uploads.begin() as upload:
        async for piece in request.stream():
            await run_in_threadpool(upload.write, piece)
    return upload.received


@dataclass
class Form:
    """What a form sent: its fields, and its file with the name it was sent under."""

    fields: Mapping[str, str]
    file: str = ""
    received: Received | None = None


async def receive_form(request: Request, uploads: Uploads, uploader: Uploader) -> Form:
    """Read a form with one file, which comes last.

    The form's token is checked before a byte of the file is kept; a body that is no such form is
    answered 400.
    """
    _, options = parse_options_header(request.headers.get("content-type", ""))
    boundary = options.get(b"boundary", b"")
    if not boundary:
        uploader.must_prove(request, "")
        raise HTTPException(HTTPStatus.BAD_REQUEST)
    with _whole(), uploads.begin() as upload:
        reader = _Reader(lambda token: uploader.must_prove(request, token), upload)
        parser = MultipartParser(boundary, reader.callbacks())
        async for piece in request.stream():
            await run_in_threadpool(reader.read, parser, piece)
        parser.finalize()
    if not reader.proven:
        uploads.discard(upload.received)
        uploader.must_prove(request, reader.fields.get("csrf", ""))
    received = upload.received
    if not received.bytes:
        uploads.discard(received)
        return Form(reader.fields)
    return Form(reader.fields, file_name(reader.file), received)


@contextmanager
def _whole() -> Iterator[None]:
    """A body that stops half-way, or is no form, is the sender's mistake."""
    try:
        yield
    except (ClientDisconnect, MultipartParseError) as error:
        raise HTTPException(HTTPStatus.BAD_REQUEST) from error


@dataclass
class _Reader:
    """Gathers what the parser finds: fields in memory, the file straight into ``upload``."""

    prove: Callable[[str], None]
    upload: Upload
    fields: dict[str, str] = field(default_factory=dict)
    file: str = ""
    proven: bool = False
    _header: bytearray = field(default_factory=bytearray)
    _value: bytearray = field(default_factory=bytearray)
    _content: bytearray = field(default_factory=bytearray)
    _name: str = ""
    _in_file: bool = False
    _before: int = 0

    def read(self, parser: MultipartParser, piece: bytes) -> None:
        """Let ``parser`` read ``piece``. What comes before the file is kept in memory, so it has
        to be small; the file may be as large as a disk."""
        for start in range(0, len(piece), _AT_ONCE):
            some = piece[start : start + _AT_ONCE]
            self._before += 0 if self._in_file else len(some)
            if self._before > _AROUND:
                raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            parser.write(some)

    def callbacks(self) -> MultipartCallbacks:
        """Return what the parser calls."""
        return {
            "on_part_begin": self._begin,
            "on_header_field": lambda data, start, end: self._header.extend(data[start:end]),
            "on_header_value": lambda data, start, end: self._value.extend(data[start:end]),
            "on_header_end": self._header_end,
            "on_headers_finished": self._headers_finished,
            "on_part_data": self._data,
            "on_part_end": self._end,
        }

    def _begin(self) -> None:
        if self._in_file:
            raise HTTPException(HTTPStatus.BAD_REQUEST)  # the file is the last part
        self._content.clear()
        self._name = ""

    def _header_end(self) -> None:
        if bytes(self._header).lower() == b"content-disposition":
            _, options = parse_options_header(bytes(self._value))
            self._name = options.get(b"name", b"").decode("utf-8", "replace")
            if b"filename" in options:
                self._in_file = True
                self.file = options[b"filename"].decode("utf-8", "replace")
        self._header.clear()
        self._value.clear()

    def _headers_finished(self) -> None:
        if self._in_file and not self.proven:
            self.prove(self.fields.get("csrf", ""))
            self.proven = True

    def _data(self, data: bytes, start: int, end: int) -> None:
        if self._in_file:
            self.upload.write(data[start:end])
            return
        self._content.extend(data[start:end])
        if len(self._content) > _LONGEST_FIELD:
            raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)

    def _end(self) -> None:
        if not self._in_file:
            self.fields[self._name] = self._content.decode("utf-8", "replace")
