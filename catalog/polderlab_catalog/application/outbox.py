"""Send the mail of notices: each once, again later when the server is away, never twice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from polderlab_catalog.application.errors import Refused, Unavailable
from polderlab_catalog.application.ports import Clock, Post, Register, Undeliverable
from polderlab_catalog.domain.actors import Actor
from polderlab_catalog.domain.names import printable
from polderlab_catalog.domain.notices import FAREWELLS, MailState, Notice
from polderlab_catalog.domain.people import Person
from polderlab_catalog.policy.oversight import may_read_audit

LONGEST_SENDING = timedelta(minutes=15)
"""After this a mail that was being sent counts as unsure: its worker died on the way."""
_WAITS = tuple(timedelta(minutes=each) for each in (1, 5, 15, 60, 240))
GIVES_UP = 60
"""Tries; about ten days."""


class Outbox:
    """Works the outbox off.

    A mail is claimed in one transaction, sent, and noted in another. Whoever dies in between
    leaves it claimed: it may have arrived, so it is not sent again but shown to administrators.
    """

    def __init__(self, register: Register, clock: Clock, post: Post | None) -> None:
        self._register, self._clock, self._post = register, clock, post

    @property
    def on(self) -> bool:
        """Whether a mail server was set."""
        return self._post is not None

    def send_due(self) -> int:
        """Send what is due; return how many mails went. Stops when the server is away."""
        sent = 0
        while self._post is not None:
            claimed = self._claim()
            if claimed is None:
                break
            after = self._send(self._post, claimed)
            with self._register.write() as t:
                read = (t.notices.get(claimed.id) or claimed).read
                t.notices.put(replace(after, read=read))
            sent += after.mail is MailState.SENT
            if after.mail is MailState.WAITING:
                break
        return sent

    def trouble(self, actor: Actor) -> Sequence[Notice]:
        """Return notices whose mail met trouble, newest first; raise ``Refused``."""
        decision = may_read_audit(actor)
        if not decision:
            raise Refused(decision)
        with self._register.read() as t:
            return t.notices.failed()

    def _claim(self) -> Notice | None:
        now = self._clock()
        with self._register.write() as t:
            for held in t.notices.outbox(now):
                if held.mail is MailState.SENDING:
                    lost = "the lab stopped while sending it; it may have arrived"
                    t.notices.put(replace(held, mail=MailState.UNSURE, error=lost))
                    continue
                person = t.people.get(held.username)
                if person is None or not person.email or not _reaches(held, person):
                    t.notices.put(replace(held, mail=MailState.NONE))
                    continue
                claimed = replace(
                    held,
                    mail=MailState.SENDING,
                    tries=held.tries + 1,
                    next_try=now + LONGEST_SENDING,
                )
                t.notices.put(claimed)
                return claimed
        return None

    def _send(self, post: Post, claimed: Notice) -> Notice:
        with self._register.read() as t:
            person = t.people.get(claimed.username)
        if person is None:
            return replace(claimed, mail=MailState.NONE)
        try:
            post.deliver(claimed, person)
        except Unavailable as error:
            if claimed.tries >= GIVES_UP:
                return _with(claimed, MailState.FAILED, error)
            wait = _WAITS[min(claimed.tries, len(_WAITS)) - 1]
            return replace(_with(claimed, MailState.WAITING, error), next_try=self._clock() + wait)
        except Undeliverable as error:
            return _with(claimed, MailState.FAILED, error)
        except Exception as error:  # noqa: BLE001  (whatever it is, it may have arrived)
            return _with(claimed, MailState.UNSURE, error)
        return replace(claimed, mail=MailState.SENT, error="", next_try=None)


def _reaches(held: Notice, person: Person) -> bool:
    return person.active or held.kind in FAREWELLS


def _with(claimed: Notice, state: MailState, error: Exception) -> Notice:
    return replace(claimed, mail=state, error=printable(str(error), 200), next_try=None)
