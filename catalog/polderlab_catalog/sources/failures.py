"""What goes wrong at a source, in our own words.

Drivers put addresses, queries and values in their messages, so none of those goes further: an
error of theirs becomes one of these, and only its kind is told.

SourceError
├── Down       it does not answer
├── Denied     it does not accept the credentials, or they do not open this data
├── TooSlow    it took longer than the steward allows
├── Changed    columns are gone or of another type; ``columns`` names them
├── Stopped    we cancelled it ourselves
└── Failed     anything else
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import httpx
import pyarrow as pa
from adbc_driver_manager import Error as AdbcError
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from polderlab_catalog.application.ports import SourceError
from polderlab_catalog.policy.decisions import Code


class Down(SourceError):  # noqa: N818  (reads as the verdict it is)
    """The source does not answer."""

    code = Code.SOURCE_DOWN


class Denied(SourceError):  # noqa: N818  (reads as the verdict it is)
    """The source does not let us in, or not at this."""

    code = Code.SOURCE_DENIED


class TooSlow(SourceError):  # noqa: N818  (reads as the verdict it is)
    """The source took longer than the steward allows."""

    code = Code.SOURCE_TOO_SLOW


class Changed(SourceError):  # noqa: N818  (reads as the verdict it is)
    """Columns are gone, or of another type."""

    code = Code.SOURCE_CHANGED

    def __init__(self, columns: Sequence[str]) -> None:
        super().__init__()
        self.columns = tuple(columns)


class Stopped(SourceError):  # noqa: N818  (reads as the verdict it is)
    """We cancelled it ourselves."""

    code = Code.SOURCE_FAILED


class Failed(SourceError):  # noqa: N818  (reads as the verdict it is)
    """The source could not carry it out."""

    code = Code.SOURCE_FAILED


_BY_STATE = {
    "08": Down, "28": Denied, "3D": Down, "42501": Denied, "53": Down, "57014": TooSlow,
    "57P": Down,
}  # fmt: skip
"""SQLSTATE, by its beginning: https://www.postgresql.org/docs/current/errcodes-appendix.html."""


_OURS_OR_THEIRS = (OSError, ValueError, KeyError, TypeError)
"""What libraries raise on data that is not what it says to be, or when their file is gone."""


@contextmanager
def mapped() -> Iterator[None]:
    """Turn what drivers and libraries raise into a :class:`SourceError`, without its message."""
    try:
        yield
    except AdbcError as error:
        raise _by_state(error) from None
    except httpx.TimeoutException:
        raise TooSlow from None
    except httpx.HTTPStatusError as error:
        raise by_status(error.response.status_code) from None
    except httpx.TransportError:
        raise Down from None
    except DBAPIError as error:
        if error.connection_invalidated or "OperationalError" in type(error.orig).__name__:
            raise Down from None
        raise Failed from None
    except (httpx.HTTPError, SQLAlchemyError, pa.ArrowException, *_OURS_OR_THEIRS):
        raise Failed from None


def by_status(status: int) -> SourceError:
    """Return the error that an HTTP status means."""
    if status in (401, 403):
        return Denied()
    return Down() if status in (429, 500, 502, 503, 504) else Failed()


def _by_state(error: AdbcError) -> SourceError:
    state = error.sqlstate or ""
    for beginning, kind in _BY_STATE.items():
        if state.startswith(beginning):
            return kind()
    if state:
        return Failed()
    # Before there is a connection libpq knows no state, only words.
    words = ("authentication failed", "no password supplied", "does not exist")
    return Denied() if any(word in str(error) for word in words) else Down()
