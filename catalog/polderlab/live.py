"""Read live sources: what a database or service holds now, as a DataFrame or GeoDataFrame.

The gateway sends one Arrow stream. A part is never taken for the whole: when the gateway breaks
off, its last batch says why, and that is raised.
"""

from __future__ import annotations

import http.client
import io
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode, urlsplit

from intake.readers.datatypes import BaseData
from intake.readers.readers import BaseReader

from polderlab import errors
from polderlab.versions import Versions
from polderlab.wire import LIVE_MEDIA_TYPE, Problem, SessionEnvironment

if TYPE_CHECKING:
    import pyarrow as pa

SECONDS = 120
"""How long the gateway may be silent."""
_PROBLEM = b"polderlab.problem"


class LiveSource(BaseData):
    """A dataset that is consulted where it is, at ``lab://dataset/dataset.arrow``."""

    mimetypes = LIVE_MEDIA_TYPE

    def __init__(self, url: str, metadata: dict[str, Any] | None = None) -> None:
        self.url = url
        super().__init__(metadata=metadata)


class LiveTable(Versions, BaseReader):
    """Reads a live source into pandas.

    ``read(columns=["a", "b"], limit=1000, parameters={"year": 2024})`` asks for less; what is
    not asked for never leaves the source.
    """

    implements = {LiveSource}  # noqa: RUF012  (how Intake declares it)
    imports = {"pandas", "pyarrow"}  # noqa: RUF012
    output_instance = "pandas:DataFrame"

    def _read(self, data: LiveSource, **asked: Any) -> Any:
        return table(data.url, **asked).to_pandas()


class LiveFeatures(LiveTable):
    """Reads a live source with shapes into geopandas."""

    imports = {"geopandas", "pyarrow"}  # noqa: RUF012
    output_instance = "geopandas:GeoDataFrame"

    def _read(self, data: LiveSource, **asked: Any) -> Any:
        import geopandas  # only here: slow to import

        found = table(data.url, **asked)
        if b"geo" not in (found.schema.metadata or {}):
            return found.to_pandas()
        return geopandas.GeoDataFrame.from_arrow(found)


def table(
    url: str,
    *,
    columns: Sequence[str] = (),
    limit: int | None = None,
    parameters: Mapping[str, object] | None = None,
) -> pa.Table:
    """Return what ``url`` (``lab://dataset/dataset.arrow``) gives as an Arrow table.

    Raises:
        PermissionError: refused, with the reason and where to go.
        ValueError: a column, limit or parameter that cannot be asked for.
        ConnectionError: the source or the gateway does not answer, or broke off; the reason.
    """
    import pyarrow as pa  # only here: slow to import

    asked: dict[str, object] = {}
    if columns:
        asked["columns"] = ",".join([columns] if isinstance(columns, str) else columns)
    if limit is not None:
        asked["limit"] = limit
    asked |= {f"param.{name}": value for name, value in (parameters or {}).items()}
    with _answer(url, asked) as response:
        batches = []
        with pa.ipc.open_stream(_Whole(response)) as reader:
            while True:
                try:
                    batch, told = reader.read_next_batch_with_custom_metadata()
                except StopIteration:
                    break
                if told and _PROBLEM in dict(told):
                    raise _exception(errors.problem(503, bytes(dict(told)[_PROBLEM])))
                batches.append(batch)
            return pa.Table.from_batches(batches, reader.schema)


class _Whole(io.RawIOBase):
    """A body that ends well or raises: half a stream is no stream."""

    def __init__(self, response: http.client.HTTPResponse) -> None:
        super().__init__()
        self._response = response

    def readable(self) -> bool:
        return True

    def read_buffer(self, size: int) -> pa.Buffer:
        """Return the next ``size`` bytes where they arrived; pyarrow asks this before ``read``,
        which would copy them."""
        import pyarrow as pa

        made = pa.allocate_buffer(size)
        got = self.readinto(made)
        return made if got == size else made.slice(0, got)

    def readinto(self, buffer: Any) -> int:
        """Fill ``buffer`` as far as there is something to fill it with."""
        try:
            return self._response.readinto(buffer)
        except (http.client.HTTPException, OSError):
            raise ConnectionError(_BROKEN) from None


_BROKEN = (
    "The read was broken off before its end. Your session and its variables are safe: read again, "
    "and tell the dataset's steward if it lasts."
)


@contextmanager
def _answer(url: str, asked: Mapping[str, object]) -> Iterator[http.client.HTTPResponse]:
    gateway = urlsplit(os.environ.get(SessionEnvironment.GATEWAY, ""))
    if not gateway.hostname:
        raise ConnectionError("Live sources are read inside a session of the lab only.")
    made = http.client.HTTPSConnection if gateway.scheme == "https" else http.client.HTTPConnection
    connection = made(gateway.hostname, gateway.port, timeout=SECONDS)
    path = f"{gateway.path}/datasets/{quote(url.removeprefix('lab://'), safe='/@')}"
    headers = {
        "Authorization": f"Bearer {os.environ.get(SessionEnvironment.TOKEN, '')}",
        "Accept-Language": _language(),
    }
    try:
        try:
            connection.request("GET", f"{path}?{urlencode(asked)}", headers=headers)
            response = connection.getresponse()
        except (http.client.HTTPException, OSError):
            raise ConnectionError(
                "The data gateway does not answer. Your session and its variables are safe: try "
                "again in a moment, and tell the lab administrator if it lasts."
            ) from None
        if response.status != 200:
            raise _exception(errors.problem(response.status, response.read()))
        yield response
    finally:
        connection.close()


def _exception(told: Problem) -> Exception:
    if told.code in ("unknown-column", "unknown-parameter", "unfit-parameter", "invalid"):
        return ValueError(told.messages.get(_language()) or told.detail)
    return errors.exception(told, _language())


def _language() -> str:
    return os.environ.get(SessionEnvironment.LANGUAGE, "nl")
