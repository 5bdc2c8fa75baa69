"""Whether anything was committed since: what SQLite tells in a few microseconds.

``PRAGMA data_version`` begins a read transaction on a connection that stays open and looks, as
any read does, at where the database is; its number goes up when another connection committed
since this one last looked. This connection never writes, so all commits are by others.
"""

from __future__ import annotations

import sqlite3
from threading import Lock

from sqlalchemy import URL


class Revision:
    """The revision of the SQLite database in the file ``path``; see ``ports.Register``."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._connection: sqlite3.Connection | None = None
        self._closed = False
        # One connection for all threads: the numbers of two cannot be compared.
        self._turn = Lock()

    def now(self) -> int | None:
        """Return the revision; None when somebody else is looking or it cannot be told."""
        if not self._turn.acquire(blocking=False):
            return None
        try:
            if self._connection is None:
                self._connection = self._open()
            # to its end: a statement that is left half-way keeps its transaction open
            ((number,),) = self._connection.execute("PRAGMA data_version")
            return int(number)
        except sqlite3.Error:
            return None
        finally:
            self._turn.release()

    def close(self) -> None:
        """Let go of the database, for good: another connection would count anew."""
        with self._turn:
            self._closed = True
            if self._connection is not None:
                self._connection.close()

    def _open(self) -> sqlite3.Connection:
        if self._closed:
            raise sqlite3.ProgrammingError("closed")
        # timeout 0: whoever asks would rather look the long way than wait
        return sqlite3.connect(self._path, timeout=0, isolation_level=None, check_same_thread=False)


def revision_of(url: URL) -> Revision | None:
    """Return what tells the revision of the database at ``url``; None where nothing does.

    Only of a file that is opened without further ado: what connections with options of their
    own (a shared cache) tell each other is not relied on.
    """
    file = url.database
    plain = url.get_backend_name() == "sqlite" and not url.query
    if not plain or not file or file == ":memory:" or file.startswith("file:"):
        return None
    return Revision(file)
