"""Register datasets, hand files in, withdraw versions: for stewards of the owner."""

from __future__ import annotations

from dataclasses import replace
from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.concurrency import run_in_threadpool
from starlette.responses import Response

from polderlab_catalog.application.errors import Refused
from polderlab_catalog.domain.datasets import Dataset
from polderlab_catalog.domain.ingests import Ingest
from polderlab_catalog.domain.quality import QualityRun
from polderlab_catalog.policy.grants import is_steward
from polderlab_catalog.policy.handing_in import may_see_rows
from polderlab_catalog.policy.previews import counts_shown
from polderlab_catalog.web.api.datasets import dataset_shape
from polderlab_catalog.web.api.publishing_shapes import (
    CheckShape,
    Confirmation,
    DatasetChange,
    FindingShape,
    IngestShape,
    NewDataset,
    QualityRunShape,
    ResultShape,
    Withdrawal,
)
from polderlab_catalog.web.api.shapes import DatasetShape
from polderlab_catalog.web.pages.ingests import told
from polderlab_catalog.web.pages.publishing import hand_in, note_of
from polderlab_catalog.web.pages.quality import said
from polderlab_catalog.web.portal import Portal
from polderlab_catalog.web.uploads import receive_body
from polderlab_catalog.web.visitors import Sending, ThePortal, Visiting, Visitor

router = APIRouter(tags=["publishing"])

_Option = Annotated[str | None, Query(max_length=200)]
_FILE = {
    "required": True,
    "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
}


@router.post("/datasets", status_code=HTTPStatus.CREATED)
def register_dataset(portal: ThePortal, visitor: Visiting, body: NewDataset) -> DatasetShape:
    """Register a dataset: its description, without data as yet."""
    portal.lab.publishing.register_dataset(visitor.actor, body.dataset(), new=True)
    return _shown(portal, visitor, body.name)


@router.patch("/datasets/{name}")
def change_dataset(
    portal: ThePortal, visitor: Visiting, name: str, body: DatasetChange
) -> DatasetShape:
    """Change the description: what is left out stays as it is."""

    def change(now: Dataset) -> Dataset:
        return replace(now, **body.changes())

    portal.lab.publishing.describe(visitor.actor, name, change)
    return _shown(portal, visitor, name)


@router.post(
    "/datasets/{name}/uploads",
    status_code=HTTPStatus.ACCEPTED,
    openapi_extra={"requestBody": _FILE},
    responses={413: {"description": "Larger than the lab takes in"}},
)
async def hand_in_file(
    request: Request,
    portal: ThePortal,
    visitor: Sending,
    name: str,
    *,
    file: Annotated[str, Query(min_length=1, max_length=255, description="Name of the file.")],
    confirm: Annotated[
        bool, Query(description="Wait for a confirmation of how the file is read.")
    ] = False,
    note_nl: Annotated[str, Query(alias="noteNl", max_length=300)] = "",
    note_en: Annotated[str, Query(alias="noteEn", max_length=300)] = "",
    delimiter: _Option = None,
    encoding: _Option = None,
    decimal: _Option = None,
    sheet: _Option = None,
    layer: _Option = None,
    crs: _Option = None,
) -> IngestShape:
    """Hand in a file, sent as the body, as the next version. It is taken in in the background."""
    lab = portal.lab
    decision = await run_in_threadpool(lab.publishing.may_publish, visitor.actor, name)
    if not decision:
        raise Refused(decision)
    given = {
        "delimiter": delimiter,
        "encoding": encoding,
        "decimal": decimal,
        "sheet": sheet,
        "layer": layer,
        "crs": crs,
    }
    received = await receive_body(request, lab.uploads)

    def begin() -> IngestShape:
        ingest = hand_in(
            portal,
            visitor,
            name,
            file,
            received,
            confirm=confirm,
            options={option: value for option, value in given.items() if value},
            note=note_of(note_nl, note_en),
        )
        return _ingest(portal, visitor, ingest)

    return await run_in_threadpool(begin)


@router.get("/ingests/{id}")
def show_ingest(portal: ThePortal, visitor: Visiting, id: UUID) -> IngestShape:
    """Show how far a file is, and what was found."""
    return _ingest(portal, visitor, portal.lab.ingests.show(visitor.actor, str(id)))


@router.post("/ingests/{id}/confirmation")
def confirm_ingest(
    portal: ThePortal, visitor: Visiting, id: UUID, body: Confirmation
) -> IngestShape:
    """Say how the file is read; what is left out is as it was detected."""
    ingest = portal.lab.ingests.confirm(visitor.actor, str(id), body.options)
    return _ingest(portal, visitor, ingest)


@router.post("/ingests/{id}/reading", status_code=HTTPStatus.ACCEPTED)
def look_again(portal: ThePortal, visitor: Visiting, id: UUID, body: Confirmation) -> IngestShape:
    """Have a file that waits for a confirmation looked at again, read by these options.

    Nothing is published: the first rows are made anew, and it waits to be confirmed once more.
    What is left out is kept, or told from the file anew where it follows from what changed.
    """
    ingest = portal.lab.ingests.look_again(visitor.actor, str(id), body.options)
    return _ingest(portal, visitor, ingest)


@router.delete("/ingests/{id}", status_code=HTTPStatus.NO_CONTENT)
def cancel_ingest(portal: ThePortal, visitor: Visiting, id: UUID) -> Response:
    """Take a file back that has not been published yet."""
    portal.lab.ingests.cancel(visitor.actor, str(id))
    return Response(status_code=HTTPStatus.NO_CONTENT)


@router.post("/datasets/{name}/versions/{number}/withdrawal", status_code=HTTPStatus.NO_CONTENT)
def withdraw_version(
    portal: ThePortal, visitor: Visiting, name: str, number: int, body: Withdrawal
) -> Response:
    """Withdraw a version; the next read of it is refused, with the reason."""
    portal.lab.publishing.withdraw_version(visitor.actor, name, number, body.reason)
    return Response(status_code=HTTPStatus.NO_CONTENT)


@router.get("/datasets/{name}/quality-runs")
def list_quality_runs(
    portal: ThePortal,
    visitor: Visiting,
    name: str,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> list[QualityRunShape]:
    """List what the quality checks found, the newest run first."""
    card = portal.lab.catalogue.card(visitor.person, name)
    steward = bool(is_steward(visitor.actor, card.dataset, card.organisation, portal.lab.today()))
    counts = counts_shown(card.dataset, steward=steward)
    runs = portal.lab.quality.history(name, limit)
    return [_run(run, visitor, counts=counts) for run in runs]


def _shown(portal: Portal, visitor: Visitor, name: str) -> DatasetShape:
    card = portal.lab.catalogue.card(visitor.person, name)
    return dataset_shape(card, visitor.speech, portal.lab.settings.portal_url)


def _ingest(portal: Portal, visitor: Visitor, ingest: Ingest) -> IngestShape:
    card = portal.lab.catalogue.card(visitor.person, ingest.dataset)
    seen = may_see_rows(visitor.actor, ingest, card.dataset, card.organisation, portal.lab.today())
    rows = ingest.preview if seen else ()
    return IngestShape(
        id=ingest.id,
        dataset=ingest.dataset,
        file=ingest.file,
        bytes=ingest.bytes,
        state=ingest.state.value,
        progress=ingest.progress,
        created=ingest.created,
        finished=ingest.finished,
        version=ingest.version,
        options=dict(ingest.options),
        choices={name: list(values) for name, values in ingest.choices.items()},
        preview=[list(row) for row in rows],
        findings=[
            FindingShape(
                severity=each.severity.value,
                code=each.code,
                message=told(each, visitor),
            )
            for each in ingest.findings
        ],
        page=f"{portal.lab.settings.portal_url}/ingests/{ingest.id}",
    )


def _run(run: QualityRun, visitor: Visitor, *, counts: bool) -> QualityRunShape:
    return QualityRunShape(
        version=run.version,
        at=run.at,
        rows=run.rows,
        passed=run.passed,
        results=[
            ResultShape(
                check=CheckShape.of(each.check),
                sentence=said(each.check, visitor.speech),
                passed=each.passed,
                failing=each.failing if counts else None,
                error=each.error,
            )
            for each in run.results
        ],
    )
