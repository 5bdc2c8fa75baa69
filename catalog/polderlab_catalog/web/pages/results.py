"""What lies in a project's folder, for all its members: look, open a folder, take a file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from polderlab_catalog.application.results import Result
from polderlab_catalog.domain.results import Item, ItemKind, Path, Use, legible_name
from polderlab_catalog.web import result_previews
from polderlab_catalog.web.bounds import bounds_of
from polderlab_catalog.web.portal import Portal
from polderlab_catalog.web.rendering import render
from polderlab_catalog.web.results import HARMLESS, Sent, address, disposition, told_path
from polderlab_catalog.web.visitors import ThePortal, Visiting, Visitor

router = APIRouter(prefix="/projects/{slug}/results")

ON_A_PAGE = 100
"""As many as the hub tells at a time."""
_ENOUGH_TO_KNOW = 12
"""Bytes by which a picture is known."""


@dataclass(frozen=True, slots=True)
class Line:
    """Something in a folder as the page shows it."""

    item: Item
    name: str
    address: str
    shown: bool


@dataclass(frozen=True, slots=True)
class Step:
    """A folder on the way to here."""

    name: str
    address: str


@router.get("")
def show_folder(
    request: Request,
    portal: ThePortal,
    visitor: Visiting,
    slug: str,
    page: Annotated[int, Query(ge=1, le=1000)] = 1,
) -> Response:
    """Show what is in a folder."""
    with _place(request, visitor):
        folder = portal.lab.results.look(visitor.actor, slug, told_path(request), page)
    return render(
        request,
        "results.html",
        visitor,
        section="projects",
        project=folder.project,
        role=folder.role,
        steps=_steps(folder.path),
        own_address=address(folder.path),
        listing=folder.listing,
        lines=[_line(folder.path, item) for item in folder.listing.items],
        page=page,
        first=(page - 1) * ON_A_PAGE + 1,
        pages=max(1, -(-folder.listing.total // ON_A_PAGE)),
        now=portal.lab.clock(),
    )


@router.get("/show")
def show_file(request: Request, portal: ThePortal, visitor: Visiting, slug: str) -> Response:
    """Show the beginning of a file as text, as a table, or with its picture."""
    with _place(request, visitor):
        return _show(request, portal, visitor, slug)


def _show(request: Request, portal: Portal, visitor: Visitor, slug: str) -> Response:
    told = told_path(request)
    name = told.rpartition(b"/")[2]
    if result_previews.ending(name) in result_previews.PICTURES:
        # The picture is asked for by the page, and that stands in the log.
        found, head = _begin(portal, visitor, slug, told, use=None, most=_ENOUGH_TO_KNOW)
        preview, picture = None, _is_picture(head, found.open.size)
    elif not result_previews.can_show(name):
        found, _ = _begin(portal, visitor, slug, told, use=None, most=0)
        preview, picture = None, False
    else:
        found, head = _begin(
            portal, visitor, slug, told, use=Use.PREVIEW, most=result_previews.wanted(name)
        )
        whole = found.open.size == found.open.length
        preview = result_previews.preview(name, head, whole=whole)
        picture = False
    return render(
        request,
        "result.html",
        visitor,
        section="projects",
        project=found.project,
        name=legible_name(name),
        steps=_steps(found.path[:-1]),
        address=address(found.path),
        size=found.open.size,
        picture=picture,
        preview=preview,
    )


@router.get("/file")
def take_file(request: Request, portal: ThePortal, visitor: Visiting, slug: str) -> Response:
    """Send a file, to be kept and not to be opened here."""

    def kind(_head: bytes, _size: int) -> tuple[str, str]:
        return "attachment", "application/octet-stream"

    return _send(request, portal, visitor, slug, use=Use.DOWNLOAD, kind=kind)


@router.get("/picture")
def show_picture(request: Request, portal: ThePortal, visitor: Visiting, slug: str) -> Response:
    """Send a picture for the page that shows it; what is none is not there."""

    def kind(head: bytes, size: int) -> tuple[str, str]:
        if not _is_picture(head, size):
            raise HTTPException(HTTPStatus.NOT_FOUND)
        return "inline", str(result_previews.picture_type(head))

    return _send(request, portal, visitor, slug, use=Use.PICTURE, kind=kind)


def _send(
    request: Request,
    portal: Portal,
    visitor: Visitor,
    slug: str,
    *,
    use: Use,
    kind: Callable[[bytes, int], tuple[str, str]],
) -> Response:
    """Send a file as what ``kind`` makes of how it begins and of its size."""
    told = told_path(request)
    give_back = _take_place(request, visitor)
    found = None
    try:
        found = portal.lab.results.open(visitor.actor, slug, told, use)
        first = found.open.read()
        disposed, media_type = kind(first, found.open.size)
    except BaseException:
        if found is not None:
            found.open.close()
        give_back()
        raise
    return Sent(
        found.open,
        first,
        still=lambda: portal.lab.results.still(visitor.actor, slug),
        done=give_back,
        headers={
            "Content-Type": media_type,
            "Content-Length": str(found.open.length),
            "Content-Disposition": disposition(disposed, found.path[-1]),
            **HARMLESS,
        },
    )


def _take_place(request: Request, visitor: Visitor) -> Callable[[], None]:
    """Take one of the places there are for reading results; return what gives it back."""
    places, who = bounds_of(request).results, visitor.person.username
    if not places.take(who):
        raise HTTPException(HTTPStatus.TOO_MANY_REQUESTS, headers={"Retry-After": "10"})
    return lambda: places.give_back(who)


@contextmanager
def _place(request: Request, visitor: Visitor) -> Iterator[None]:
    """Hold a place meanwhile: looking costs the hub, and this process, as much as taking does."""
    give_back = _take_place(request, visitor)
    try:
        yield
    finally:
        give_back()


def _begin(
    portal: Portal, visitor: Visitor, slug: str, told: bytes, *, use: Use | None, most: int
) -> tuple[Result, bytes]:
    """Return a file, closed again, and how it begins."""
    found = portal.lab.results.open(visitor.actor, slug, told, use, most)
    try:
        pieces = list(iter(found.open.read, b""))
    finally:
        found.open.close()
    return found, b"".join(pieces)


def _is_picture(head: bytes, size: int) -> bool:
    fits = size <= result_previews.LARGEST_PICTURE
    return fits and result_previews.picture_type(head) is not None


def _line(folder: Path, item: Item) -> Line:
    path = (*folder, item.name)
    shown = item.kind is ItemKind.FILE and result_previews.can_show(item.name)
    return Line(item, legible_name(item.name), address(path), shown)


def _steps(path: Path) -> list[Step]:
    return [Step(legible_name(name), address(path[: n + 1])) for n, name in enumerate(path)]
