"""What the panel in JupyterLab asks: the whole catalogue as this session sees it, and samples."""

from __future__ import annotations

import textwrap
from threading import BoundedSemaphore
from typing import Annotated

import pyarrow as pa
from fastapi import APIRouter, Query, Request
from starlette.exceptions import HTTPException

from polderlab import wire
from polderlab_catalog.application.cards import DatasetCard
from polderlab_catalog.application.errors import Unavailable
from polderlab_catalog.application.ports import SourceError
from polderlab_catalog.application.reading import Readable
from polderlab_catalog.application.search import LONGEST
from polderlab_catalog.bootstrap import Lab
from polderlab_catalog.domain.datasets import Distribution, DistributionRole
from polderlab_catalog.domain.names import is_dataset_name
from polderlab_catalog.domain.scopes import WHOLE
from polderlab_catalog.domain.sources import Asked as AskedOfSource
from polderlab_catalog.policy.decisions import Code, refused
from polderlab_catalog.web import files, previews
from polderlab_catalog.web.gateway.caller import Asked, lab_of
from polderlab_catalog.web.languages import Speech
from polderlab_catalog.web.problems import explain

router = APIRouter()

_MOST_PAGES = 100_000
_LONGEST_DESCRIPTION = 600
_LIVE_AT_ONCE = BoundedSemaphore(4)
"""Previews of live sources hold a thread each; slow sources must leave some to everybody."""


@router.get("/catalogue")
def search(
    request: Request,
    asked: Asked,
    query: Annotated[str, Query(max_length=LONGEST)] = "",
    page: Annotated[int, Query(ge=1, le=_MOST_PAGES)] = 1,
) -> wire.CataloguePage:
    """Search all the lab's descriptions; each tells what this session may do with it."""
    lab = lab_of(request)
    seen = lab.panel.search(asked.token, asked.address, query, page, asked.language)
    speech = Speech(asked.language, lab.settings.zone)
    cards = [_card(lab, card, card.dataset.name in seen.asked, speech) for card in seen.found.cards]
    return wire.CataloguePage(seen.project, seen.found.total, page, cards)


def _card(lab: Lab, card: DatasetCard, asked: bool, speech: Speech) -> wire.CatalogueCard:
    dataset, files = card.dataset, card.version.data if card.version else ()
    description = speech.text(dataset.description)
    access, reason, until = _access(card, asked, speech)
    return wire.CatalogueCard(
        name=dataset.name,
        title=speech.text(dataset.title),
        description=textwrap.shorten(description, _LONGEST_DESCRIPTION, placeholder="…"),
        organisation=speech.text(card.organisation.name),
        classification=dataset.classification.value,
        access=access,
        formats=sorted({_format(file) for file in files}),
        rows=sum(file.rows or 0 for file in files) or None,
        until=until,
        reason=reason,
        page=f"{lab.settings.portal_url}/datasets/{dataset.name}",
    )


def _access(card: DatasetCard, asked: bool, speech: Speech) -> tuple[str, str, str | None]:
    """Return the word for it, why not, and until which day (ISO 8601)."""
    if card.dataset.remote:
        return "remote", "", None
    mine = next(iter(card.access), None)
    if mine is None:
        return "locked", "", None
    if not mine.decision:
        return "asked" if asked else "locked", explain(mine.decision, speech), None
    if card.version is None:
        return "empty", "", None
    return "open", "", mine.until.isoformat() if mine.until else None


def _format(file: Distribution) -> str:
    if file.role is DistributionRole.LIVE:
        return "live"
    return "GeoParquet" if file.geo else "Parquet"


@router.get("/datasets/{name}/preview")
def preview(request: Request, name: str, asked: Asked) -> wire.Preview:
    """Return the first rows of what this session may read; it counts as a read."""
    if not is_dataset_name(name):
        raise HTTPException(404)
    request.state.dataset = name
    lab = lab_of(request)
    readable = lab.panel.first_file(asked.token, asked.address, name)
    if readable.distribution.role is DistributionRole.LIVE:
        rows = _live(lab, readable)
    else:
        opened = files.open_beneath(lab.settings.data_folder, readable.distribution.path)
        with opened.stream as stream:
            rows = previews.of_parquet(stream, readable.scope)
    # What cannot be logged is not sent.
    lab.reads.begin(readable, rows.bytes)
    return wire.Preview(name, readable.version.number, rows.columns, rows.rows)


def _live(lab: Lab, readable: Readable) -> previews.Rows:
    """Return the first rows of a source, which keeps to the scope itself."""
    if not _LIVE_AT_ONCE.acquire(blocking=False):
        raise Unavailable(decision=refused(Code.SOURCE_BUSY))
    try:
        live = lab.sources.open(readable, AskedOfSource(limit=previews.ROWS))
        try:
            pieces: list[bytes | memoryview] = list(iter(live.stream.next, None))
        except SourceError as error:
            raise lab.sources.failed(readable.dataset, live.source, error) from None
        finally:
            live.stream.close()
    finally:
        _LIVE_AT_ONCE.release()
    with pa.ipc.open_stream(b"".join(pieces)) as reader:
        return previews.of_batches(reader.schema, reader, WHOLE)
