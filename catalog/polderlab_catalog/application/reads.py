"""Reads: what sessions read, one line of the log per use of a dataset.

A notebook reads a file by many small ranges. The first of them puts a read in the register,
in a transaction that decides once more; every further one is noted in this process's journal
before its bytes leave. When a read has been silent for a while it becomes one line of the log,
in the transaction that removes it: exactly once, whatever is killed when.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import timedelta
from threading import Lock
from uuid import uuid4

from polderlab_catalog.application.ports import Clock, Journal, Journals, Register, Transaction
from polderlab_catalog.application.reading import Readable, Reading
from polderlab_catalog.domain.audit import AuditAction, AuditEvent
from polderlab_catalog.domain.reads import Noted, Read

LONGEST = timedelta(hours=1)
"""A read that never falls silent is logged this often, so that the log is never far behind."""
LARGEST_JOURNAL = 16 * 1024**2
"""Bytes after which a new journal is begun."""

Key = tuple[str, str, int, str]
"""What makes requests one read: session, dataset, version, file."""


@dataclass(slots=True)
class _UnderWay:
    """A read, and what was let go of it since it was put in the register as it is."""

    read: Read
    noted: Noted

    @property
    def whole(self) -> Read:
        """The read with all that was let go."""
        return self.read.plus(self.noted)


class Reads:
    """Counts what is let go; what cannot be counted is not sent."""

    def __init__(
        self,
        register: Register,
        clock: Clock,
        reading: Reading,
        journals: Journals,
        *,
        silence: timedelta = timedelta(minutes=1),
    ) -> None:
        self._register, self._clock, self._reading = register, clock, reading
        self._journals, self.silence = journals, silence
        self._journal: Journal | None = None
        self._under_way: dict[Key, _UnderWay] = {}
        # Held for microseconds: every request passes here.
        self._counting = Lock()
        # Held while the register is written: a read begins, or some become lines of the log.
        self._writing = Lock()

    def begin(self, readable: Readable, bytes_: int) -> str:
        """Count a request and its ``bytes_`` bytes; call it before the first of them leaves.

        Returns the read's id, by which other logs can be joined to the audit log.

        Raises :class:`Refused` when the read is not allowed any more.
        """
        return self._count(readable, 1, bytes_)

    def more(self, readable: Readable, bytes_: int) -> str | None:
        """Count as :meth:`begin` does where that takes no waiting; None, uncounted, otherwise."""
        if not self._counting.acquire(blocking=False):
            return None
        try:
            return self._note(_key(readable), 1, bytes_)
        finally:
            self._counting.release()

    def add(self, readable: Readable, bytes_: int) -> None:
        """Count ``bytes_`` more bytes of the same request, before they leave."""
        self._count(readable, 0, bytes_)

    def under_way(self, dataset: str | None = None) -> list[Read]:
        """Return the reads that are no lines of the log yet, the oldest first.

        Exact for those of this process; of others', what they had when they began.
        """
        with self._register.read() as t:
            found = t.reads.find(dataset=dataset)
        with self._counting:
            mine = {each.read.id: each.whole for each in self._under_way.values()}
        return [mine.get(read.id, read) for read in found]

    def seal(self, *, everything: bool = False) -> int:
        """Make lines of the log of the reads that are over; return how many.

        Over is what was silent, what lasts too long, and what a closed session read.
        """
        with self._writing:
            still_open = self._open_sessions()
            with self._counting:
                due = {
                    key: each
                    for key, each in self._under_way.items()
                    if everything or self._over(each, still_open)
                }
                for key in due:
                    del self._under_way[key]
            if due:
                try:
                    with self._register.write() as t:
                        for each in due.values():
                            self._log(t, each.whole)
                except BaseException:
                    # nobody can have begun these anew: that takes the lock held here
                    with self._counting:
                        self._under_way |= due
                    raise
            self._renew_journal(everything=everything)
        return len(due)

    def recover(self) -> int:
        """Make lines of the log of what processes that are gone left behind; return how many."""
        count = 0
        for journal in self._journals.orphans():
            try:
                noted = journal.noted()
                with self._register.write() as t:
                    for read in t.reads.find(journal=journal.name):
                        more = noted.get(read.id)
                        self._log(t, read.plus(more) if more else read)
                        count += 1
            except BaseException:
                journal.close()
                raise
            journal.remove()
        return count + self._recover_lost()

    def sync(self) -> None:
        """Bring what was noted to the disk."""
        with self._writing:  # which keeps the journal there; noting goes on meanwhile
            if self._journal is not None:
                self._journal.sync()

    def _count(self, readable: Readable, requests: int, bytes_: int) -> str:
        key = _key(readable)
        noted = self._noted(key, requests, bytes_)
        if noted is not None:
            return noted
        with self._writing:
            noted = self._noted(key, requests, bytes_)
            return noted or self._begin(key, readable, requests, bytes_)

    def _noted(self, key: Key, requests: int, bytes_: int) -> str | None:
        """Note more of a read that is under way and return its id; None where there is none."""
        with self._counting:
            return self._note(key, requests, bytes_)

    def _note(self, key: Key, requests: int, bytes_: int) -> str | None:
        found = self._under_way.get(key)
        if found is None or self._journal is None:
            return None
        now = self._clock()
        self._journal.note(found.read.id, requests, bytes_, now)
        found.noted = Noted(found.noted.requests + requests, found.noted.bytes + bytes_, now)
        return found.read.id

    def _begin(self, key: Key, readable: Readable, requests: int, bytes_: int) -> str:
        if self._journal is None:
            self._journal = self._journals.begin()
        now = self._clock()
        read = Read(
            id=uuid4().hex,
            session=readable.session.id,
            username=readable.session.username,
            project=readable.project.slug,
            purpose=readable.project.purpose.in_("nl"),
            origin=readable.session.address or "",
            dataset=readable.dataset.name,
            version=readable.version.number,
            file=readable.distribution.name,
            started=now,
            last=now,
            requests=requests,
            bytes=bytes_,
            journal=self._journal.name,
        )
        # What was revoked since it was authorised is refused here, so that the log never holds
        # a read that was not allowed.
        with self._reading.deciding_again(readable) as t:
            t.reads.put(read)
        with self._counting:
            self._under_way[key] = _UnderWay(read, Noted(0, 0, now))
        return read.id

    def _over(self, each: _UnderWay, open_sessions: Collection[str]) -> bool:
        now = self._clock()
        return (
            now - each.noted.last >= self.silence
            or now - each.read.started >= LONGEST
            or each.read.session not in open_sessions
        )

    def _open_sessions(self) -> Collection[str]:
        if not self._under_way:
            return ()
        with self._register.read() as t:
            return {session.id for session in t.sessions.open()}

    def _log(self, t: Transaction, read: Read) -> None:
        t.audit.append(
            AuditEvent(
                AuditAction.DATASET_READ,
                actor=f"person:{read.username}",
                object=read.dataset,
                project=read.project,
                purpose=read.purpose,
                session=read.session,
                origin=read.origin,
                details={
                    "version": read.version,
                    "file": read.file,
                    "requests": read.requests,
                    "bytes": read.bytes,
                    "first": read.started.isoformat(timespec="seconds"),
                    "last": read.last.isoformat(timespec="seconds"),
                    "read": read.id,
                },
            ),
            self._clock(),
        )
        t.reads.remove(read.id)

    def _renew_journal(self, *, everything: bool) -> None:
        """Throw the journal away when it holds nothing that counts, or begin a smaller one."""
        with self._counting:
            if self._journal is None:
                return
            if not self._under_way:
                if everything or self._journal.size():
                    self._journal.remove()
                    self._journal = None
                return
            if self._journal.size() < LARGEST_JOURNAL:
                return
            renewed = self._journals.begin()
            moved = {
                key: _UnderWay(
                    replace(each.whole, journal=renewed.name), Noted(0, 0, each.noted.last)
                )
                for key, each in self._under_way.items()
            }
            try:
                with self._register.write() as t:
                    for each in moved.values():
                        t.reads.put(each.read)
            except BaseException:
                renewed.remove()
                raise
            self._journal.remove()
            self._journal, self._under_way = renewed, moved

    def _recover_lost(self) -> int:
        """Log reads whose journal is gone altogether, by what the register holds of them."""
        with self._register.write() as t:
            found = t.reads.find()
            # Looked up within the transaction: no process can renew its journal meanwhile.
            there = self._journals.names()
            lost = [read for read in found if read.journal not in there]
            for read in lost:
                self._log(t, read)
        return len(lost)


def _key(readable: Readable) -> Key:
    return (
        readable.session.id,
        readable.dataset.name,
        readable.version.number,
        readable.distribution.name,
    )
