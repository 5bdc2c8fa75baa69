"""What the panel in JupyterLab asks: the whole catalogue as this session sees it, and samples."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException

from polderlab import wire
from polderlab_catalog.domain.datasets import DistributionRole
from polderlab_catalog.domain.names import is_dataset_name
from polderlab_catalog.web import files, previews
from polderlab_catalog.web.gateway.caller import Asked, lab_of

router = APIRouter()


@router.get("/datasets/{name}/preview")
def preview(request: Request, name: str, asked: Asked) -> wire.Preview:
    """Return the first rows of what this session may read; it counts as a read."""
    if not is_dataset_name(name):
        raise HTTPException(404)
    request.state.dataset = name
    lab = lab_of(request)
    readable = lab.reading.authorise_first(asked.token, asked.address, name)
    if readable.distribution.role is DistributionRole.LIVE:
        raise HTTPException(404)
    opened = files.open_beneath(lab.settings.data_folder, readable.distribution.path)
    with opened.stream as stream:
        rows = previews.of_parquet(stream, readable.scope)
    # What cannot be logged is not sent.
    lab.reads.begin(readable, rows.bytes)
    return wire.Preview(name, readable.version.number, rows.columns, rows.rows)
