"""Notices as mail: plain text in both languages, through one SMTP server (RFC 5321, 3207, 4954).

What counts is whether the server took the message. Until it said so the message was certainly not
taken, and may be tried again; when the line breaks between the message's end and the answer, nobody
knows, and it is not sent again.
"""

from __future__ import annotations

import hashlib
import smtplib
import ssl
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import tzinfo
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path

from polderlab_catalog.application import ports
from polderlab_catalog.application.errors import Unavailable
from polderlab_catalog.domain.notices import Notice
from polderlab_catalog.domain.people import Person
from polderlab_catalog.domain.texts import LANGUAGES
from polderlab_catalog.policy.notices import say
from polderlab_catalog.speech import Speech

SECONDS = 30
_TAKEN, _PERMANENT = 250, 500


@dataclass(frozen=True, slots=True)
class Smtp:
    """A mail server: where, how the way is protected (``starttls``, ``tls``, ``none``), who."""

    host: str
    port: int
    security: str
    user: str
    password: str = field(repr=False)
    sender: str
    ca: Path | None = None


class SmtpPost(ports.Post):
    """Sends one mail per notice."""

    def __init__(self, server: Smtp, portal_url: str, zone: tzinfo) -> None:
        self._server, self._portal_url = server, portal_url
        self._speech = [Speech(language, zone) for language in LANGUAGES]

    def deliver(self, notice: Notice, person: Person) -> None:
        """Send ``notice`` to ``person``; see :class:`.ports.Post` for what is raised."""
        try:
            message = self.message(notice, person)
        except (ValueError, IndexError, MessageError) as error:
            raise ports.Undeliverable("the address is none") from error
        try:
            smtp = self._connected()
            try:
                self._hand_over(smtp, message, person.email)
            finally:
                with suppress(OSError, smtplib.SMTPException):  # all that counts has been said
                    smtp.quit()
        except (OSError, smtplib.SMTPException) as error:
            # Never the server's own words: they can hold the account's name.
            raise Unavailable(f"the mail server is away ({type(error).__name__})") from error

    def message(self, notice: Notice, person: Person) -> EmailMessage:
        """Return the mail, the same each time it is made."""
        said = [say(notice, s.language, s.gettext, s.day, s.number) for s in self._speech]
        made = EmailMessage()
        subject = " / ".join(dict.fromkeys(subject for subject, _ in said))
        made["Subject"] = " ".join(subject.split())
        made["From"] = Address("PolderLab", addr_spec=self._server.sender)
        made["To"] = Address(" ".join(person.display_name.split()), addr_spec=person.email)
        made["Date"] = format_datetime(notice.made)
        host = self._server.sender.rpartition("@")[2]
        made["Message-ID"] = f"<{hashlib.sha256(notice.id.encode()).hexdigest()[:40]}@{host}>"
        made["Auto-Submitted"] = "auto-generated"
        page = f"{self._portal_url}{notice.path or '/'}"
        parts = [f"{subject}\n\n{body}\n\n{page}\n" for subject, body in said]
        made.set_content(f"\n{'-' * 40}\n\n".join(parts))
        return made

    def _connected(self) -> smtplib.SMTP:
        s = self._server
        context = ssl.create_default_context(cafile=str(s.ca) if s.ca else None)
        smtp: smtplib.SMTP
        if s.security == "tls":
            smtp = smtplib.SMTP_SSL(s.host, s.port, timeout=SECONDS, context=context)
        else:
            smtp = smtplib.SMTP(s.host, s.port, timeout=SECONDS)
        try:
            if s.security == "starttls":
                smtp.starttls(context=context)  # raises where the server does not offer it
            if s.user:
                smtp.login(s.user, s.password)
        except BaseException:
            smtp.close()
            raise
        return smtp

    def _hand_over(self, smtp: smtplib.SMTP, message: EmailMessage, to: str) -> None:
        smtp.ehlo_or_helo_if_needed()
        _check(smtp.mail(self._server.sender), "the sender")
        _check(smtp.rcpt(to), "the address")
        code, _ = smtp.docmd("DATA")
        if code != 354:
            _check((code, b""), "the message")
        try:
            smtp.send(_lines(message))
            answer = smtp.getreply()
        except (OSError, smtplib.SMTPException) as error:
            smtp.close()
            raise RuntimeError("the line broke before the mail server answered") from error
        _check(answer, "the message")


def _lines(message: EmailMessage) -> bytes:
    """Return the message as it goes over the line: CRLF, dots doubled, a dot at the end."""
    text = message.as_bytes(policy=message.policy.clone(linesep="\r\n"))
    end = b".\r\n" if text.endswith(b"\r\n") else b"\r\n.\r\n"
    return text.replace(b"\r\n.", b"\r\n..") + end


def _check(answer: tuple[int, bytes], what: str) -> None:
    code = answer[0]
    if code in (_TAKEN, 251):
        return
    if code >= _PERMANENT:
        raise ports.Undeliverable(f"the mail server refused {what} ({code})")
    raise Unavailable(f"the mail server does not take {what} now ({code})")
