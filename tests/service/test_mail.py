"""Mail through a real SMTP server: over TLS, with an account, once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from tests.support.mail import HOST, PASSWORD, USER, MailServer, certificate, running

from polderlab_catalog.application.errors import Unavailable
from polderlab_catalog.application.ports import Undeliverable
from polderlab_catalog.domain.notices import Notice, NoticeKind
from polderlab_catalog.domain.people import Person
from polderlab_catalog.mail import Smtp, SmtpPost

NOTICE = Notice(
    "grant-ends:1",
    "ravi",
    NoticeKind.GRANT_ENDS,
    datetime(2026, 9, 1, 8, 0, tzinfo=UTC),
    {
        "dataset_nl": "Groei van kinderen",
        "dataset_en": "Growth of children",
        "project_nl": ".Één punt",
        "project_en": "One dot",
        "date": "2026-09-30",
    },
    "/datasets/growth_study",
)
PERSON = Person("ravi", "Raví Analist", "rivierstad", email="ravi@example.org")
ZONE = ZoneInfo("Europe/Amsterdam")
PORTAL = "https://lab.example/services/lab"


@pytest.fixture(scope="module")
def pem(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return certificate(tmp_path_factory.mktemp("mail"))


@pytest.fixture(params=["starttls", "tls"])
def server(request: pytest.FixtureRequest, pem: Path) -> Iterator[tuple[MailServer, Smtp]]:
    with running(pem, request.param) as made:
        user = USER if request.param == "starttls" else ""
        yield (
            made,
            Smtp(HOST, made.port, request.param, user, PASSWORD, "polderlab@example.org", pem),
        )


def deliver(smtp: Smtp, notice: Notice = NOTICE, person: Person = PERSON) -> None:
    SmtpPost(smtp, PORTAL, ZONE).deliver(notice, person)


def test_a_notice_arrives_in_both_languages_over_tls(server: tuple[MailServer, Smtp]) -> None:
    made, smtp = server
    deliver(smtp)
    (mail,) = made.taken
    assert made.over_tls == [True]
    assert made.logins == ([True] if smtp.user else [])
    assert mail["To"] == "Raví Analist <ravi@example.org>"
    assert mail["Subject"] == (
        "De toegang tot Groei van kinderen eindigt op 30 september 2026 / "
        "Access to Growth of children ends on 30 September 2026"
    )
    text = mail.get_content()
    assert "Één punt" in text
    assert "One dot" in text
    assert text.count(f"{PORTAL}/datasets/growth_study") == 2
    assert mail["Auto-Submitted"] == "auto-generated"


def test_the_same_notice_is_the_same_mail(server: tuple[MailServer, Smtp]) -> None:
    made, smtp = server
    deliver(smtp)
    deliver(smtp)
    first, second = made.taken
    assert first["Message-ID"] == second["Message-ID"]
    assert first.as_bytes() == second.as_bytes()


@pytest.mark.parametrize("server", ["starttls"], indirect=True)
@pytest.mark.parametrize("what", ["user", "password"])
def test_wrong_credentials_are_trouble_to_try_again_and_say_nothing(
    server: tuple[MailServer, Smtp], what: str
) -> None:
    made, smtp = server
    wrong = replace(smtp, **{what: "a wrong secret"})
    with pytest.raises(Unavailable) as error:
        deliver(wrong)
    assert made.taken == []
    assert made.logins
    assert not any(made.logins)
    assert "secret" not in str(error.value)
    assert PASSWORD not in repr(smtp)


def test_a_server_with_another_certificate_gets_nothing(server: tuple[MailServer, Smtp]) -> None:
    made, smtp = server
    with pytest.raises(Unavailable):
        deliver(replace(smtp, ca=None))
    assert made.logins == []
    assert made.taken == []


def test_a_server_without_tls_gets_no_password_where_tls_is_wanted(pem: Path) -> None:
    with running(pem, "none") as made:
        smtp = Smtp(HOST, made.port, "starttls", USER, PASSWORD, "polderlab@example.org", pem)
        with pytest.raises(Unavailable):
            deliver(smtp)
        assert made.logins == []
        deliver(replace(smtp, security="none", user=""))  # it does take mail
        assert len(made.taken) == 1


def test_a_server_that_is_not_there_is_trouble_to_try_again(pem: Path) -> None:
    with running(pem, "none") as made:
        port = made.port
    with pytest.raises(Unavailable):
        deliver(Smtp(HOST, port, "none", "", "", "polderlab@example.org"))


@pytest.mark.parametrize(
    ("at_address", "answer", "error"),
    [
        ("550 no such box", "", Undeliverable),
        ("450 busy", "", Unavailable),
        ("", "552 too large", Undeliverable),
        ("", "451 later", Unavailable),
        ("", "hang up", RuntimeError),
    ],
)
def test_the_servers_answers_are_told_apart(
    server: tuple[MailServer, Smtp], at_address: str, answer: str, error: type[Exception]
) -> None:
    made, smtp = server
    made.at_address, made.answer = at_address, answer
    with pytest.raises(error) as raised:
        deliver(smtp)
    assert type(raised.value) is error


@pytest.mark.parametrize(
    "address",
    ["ravi@example.org\r\nBcc: all@example.org", "no address", "", "a@b@c", "ravi@example.org>"],
)
def test_an_address_that_is_none_reaches_no_server(
    server: tuple[MailServer, Smtp], address: str
) -> None:
    made, smtp = server
    with pytest.raises(Undeliverable):
        deliver(smtp, person=replace(PERSON, email=address))
    assert made.taken == []


def test_a_name_or_title_brings_no_header_of_its_own(server: tuple[MailServer, Smtp]) -> None:
    made, smtp = server
    evil = "x\r\nBcc: all@example.org"
    deliver(smtp, person=replace(PERSON, display_name=evil))
    deliver(smtp, replace(NOTICE, details={**NOTICE.details, "dataset_nl": evil}))
    named, titled = made.taken
    assert named["Bcc"] is None
    assert titled["Bcc"] is None
    assert named["To"] == '"x Bcc: all@example.org" <ravi@example.org>'
    assert titled["Subject"].startswith("De toegang tot x Bcc: all@example.org eindigt op")
