"""The register over SQLAlchemy."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from threading import Lock

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from polderlab_catalog.application import ports
from polderlab_catalog.application.errors import Unavailable
from polderlab_catalog.storage.allocations import Allocations
from polderlab_catalog.storage.announcements import Announcements
from polderlab_catalog.storage.audit import AuditLog
from polderlab_catalog.storage.confirmations import Confirmations
from polderlab_catalog.storage.datasets import Datasets
from polderlab_catalog.storage.endings import Offboardings
from polderlab_catalog.storage.engine import for_reading, for_writing, open_engine, serialise
from polderlab_catalog.storage.grants import Grants
from polderlab_catalog.storage.harvests import Harvests
from polderlab_catalog.storage.identities import Identities
from polderlab_catalog.storage.ingests import Ingests
from polderlab_catalog.storage.invitations import Invitations
from polderlab_catalog.storage.notices import Notices
from polderlab_catalog.storage.offer import Offer
from polderlab_catalog.storage.organisations import Organisations
from polderlab_catalog.storage.people import People
from polderlab_catalog.storage.projects import Projects
from polderlab_catalog.storage.proposals import Proposals
from polderlab_catalog.storage.quality import Quality
from polderlab_catalog.storage.reads import Reads
from polderlab_catalog.storage.reports import Reports
from polderlab_catalog.storage.requests import Requests
from polderlab_catalog.storage.revision import revision_of
from polderlab_catalog.storage.search import Search
from polderlab_catalog.storage.sessions import Sessions
from polderlab_catalog.storage.sign_ins import SignIns
from polderlab_catalog.storage.sources import Sources
from polderlab_catalog.storage.usage import Usage

_AWAY = "The register's database does not answer. Try again in a moment."


class SqlTransaction(ports.Transaction):
    """One database transaction, by concept."""

    def __init__(self, connection: Connection) -> None:
        self.organisations = Organisations(connection)
        self.people = People(connection)
        self.sign_ins = SignIns(connection)
        self.identities = Identities(connection)
        self.projects = Projects(connection)
        self.datasets = Datasets(connection)
        self.grants = Grants(connection)
        self.sessions = Sessions(connection)
        self.offer = Offer(connection)
        self.audit = AuditLog(connection)
        self.ingests = Ingests(connection)
        self.quality = Quality(connection)
        self.search = Search(connection)
        self.harvests = Harvests(connection)
        self.sources = Sources(connection)
        self.requests = Requests(connection)
        self.allocations = Allocations(connection)
        self.usage = Usage(connection)
        self.reports = Reports(connection)
        self.invitations = Invitations(connection)
        self.proposals = Proposals(connection)
        self.reads = Reads(connection)
        self.announcements = Announcements(connection)
        self.notices = Notices(connection)
        self.confirmations = Confirmations(connection)
        self.offboardings = Offboardings(connection)


class SqlRegister(ports.Register):
    """The register in the database at ``url``. Safe for use by many threads and processes."""

    def __init__(self, url: str) -> None:
        self.engine: Engine = open_engine(url)
        self._reading, self._writing = for_reading(self.engine), for_writing(self.engine)
        self._revision = revision_of(self.engine.url)
        # SQLite's writers poll for their turn; within one process they can simply queue.
        self._turn: AbstractContextManager[object] = (
            Lock() if self.engine.dialect.name == "sqlite" else nullcontext()
        )

    def read(self) -> AbstractContextManager[SqlTransaction]:
        """Return a transaction that sees one moment."""
        return self._read()

    def write(self) -> AbstractContextManager[SqlTransaction]:
        """Return a transaction that no other write transaction overlaps."""
        return self._write()

    def revision(self) -> int | None:
        """Return the database's revision, where it tells one."""
        return self._revision.now() if self._revision else None

    def close(self) -> None:
        """Let go of the database."""
        if self._revision:
            self._revision.close()
        self.engine.dispose()

    @contextmanager
    def _read(self) -> Iterator[SqlTransaction]:
        with _mapped(), self._reading.begin() as connection:
            yield SqlTransaction(connection)

    @contextmanager
    def _write(self) -> Iterator[SqlTransaction]:
        with _mapped(), self._turn, self._writing.begin() as connection:
            serialise(connection)
            yield SqlTransaction(connection)


@contextmanager
def _mapped() -> Iterator[None]:
    """Turn a database that is away into :class:`Unavailable`; a mistake of ours stays one."""
    try:
        yield
    except (OperationalError, InterfaceError, PoolTimeoutError) as error:
        raise Unavailable(_AWAY) from error
    except DBAPIError as error:
        if error.connection_invalidated:
            raise Unavailable(_AWAY) from error
        raise
