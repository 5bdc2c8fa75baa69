"""A real SMTP server on this machine, with TLS and an account, that can be told to fail."""

from __future__ import annotations

import datetime
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

HOST = "127.0.0.1"
USER, PASSWORD = "lab@example.org", "the mail password"


def certificate(folder: Path) -> Path:
    """Write key and certificate of ``HOST`` into one file, and return it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(IPv4Address(HOST))]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
        .sign(key, hashes.SHA256())
    )
    file = folder / "server.pem"
    file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return file


@dataclass
class MailServer:
    """What came in, and what to answer next instead of taking it."""

    port: int = 0
    taken: list[EmailMessage] = field(default_factory=list)
    over_tls: list[bool] = field(default_factory=list)
    logins: list[bool] = field(default_factory=list)
    answer: str = ""
    at_address: str = ""

    async def handle_RCPT(  # noqa: N802  (aiosmtpd's name)
        self, server: Any, session: Any, envelope: Any, address: str, options: Any
    ) -> str:
        if self.at_address:
            return self.at_address
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Any) -> str:  # noqa: N802
        if self.answer == "hang up":
            self.taken.append(_message(envelope))
            server.transport.abort()
            return ""
        if self.answer:
            return self.answer
        self.taken.append(_message(envelope))
        tls = server.transport.get_extra_info("ssl_object")
        self.over_tls.append(tls is not None)
        return "250 taken"

    def authenticate(self, server: Any, session: Any, envelope: Any, how: str, data: Any) -> Any:
        good = isinstance(data, LoginPassword) and (data.login, data.password) == (
            USER.encode(),
            PASSWORD.encode(),
        )
        self.logins.append(good)
        return AuthResult(success=good, handled=good)


def _message(envelope: Any) -> EmailMessage:
    made = message_from_bytes(envelope.content, policy=policy.default)
    assert isinstance(made, EmailMessage)
    return made


@contextmanager
def running(pem: Path, security: str) -> Iterator[MailServer]:
    """Run a server for a while: one of STARTTLS insists on that and on its account, the others
    take mail from anyone (aiosmtpd takes TLS from the first byte for none, and then no account).
    """
    server = MailServer()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    wants = {
        "authenticator": server.authenticate,
        "auth_required": True,
    }
    if security == "starttls":
        wants |= {"tls_context": context, "require_starttls": True}
    else:
        wants = {}
    controller = Controller(
        server,
        hostname=HOST,
        port=0,
        ssl_context=context if security == "tls" else None,
        **wants,
    )
    # Controller wants to know its port beforehand; the system chooses one.
    with socket.create_server((HOST, 0)) as free:
        controller.port = server.port = free.getsockname()[1]
    controller.start()
    try:
        yield server
    finally:
        controller.stop()
