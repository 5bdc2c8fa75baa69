"""What a dataset's page shows of the data itself: its first rows, and its shapes on a map."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path

import pyarrow as pa

from polderlab_catalog.application.previews import Preview
from polderlab_catalog.web import previews
from polderlab_catalog.web.files import FileUnavailableError, open_beneath
from polderlab_catalog.web.shapes import Drawing, draw

ROWS, COLUMNS = 10, 30

_log = logging.getLogger(__name__)


def read(folder: Path, preview: Preview) -> tuple[previews.Rows | None, Drawing | None]:
    """Return the first rows and the shapes, as far as ``preview`` lets them be seen.

    A file that cannot be read leaves the page without them, not without the rest.
    """
    file, whole = preview.distribution, preview.scope.whole
    try:
        with open_beneath(folder, file.path).stream as stream:
            rows = previews.of_parquet(stream, preview.scope)
            drawing = draw(stream, file.crs) if file.crs and whole else None
    except (FileUnavailableError, pa.ArrowException, OSError, ValueError, KeyError):
        _log.warning("cannot show rows of %s", file.name, exc_info=True)
        return None, None
    shown = replace(
        rows, columns=rows.columns[:COLUMNS], rows=[r[:COLUMNS] for r in rows.rows[:ROWS]]
    )
    return (shown if shown.rows else None), drawing
