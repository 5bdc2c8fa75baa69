"""What waits, and what was answered: on the page of notices and in the mail, in both languages."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from tests.fakes.partners import CONTACT, DETAILS, PLAN, actor, bring
from tests.fakes.world import AMSTERDAM
from tests.service.conftest import PREFIX, Service
from tests.support.mail import HOST, certificate, running
from tests.support.web import words

from polderlab_catalog.application.organisations import AgreementText
from polderlab_catalog.application.outbox import Outbox
from polderlab_catalog.domain.allocations import Allocation, Level, Resource
from polderlab_catalog.domain.notices import NoticeKind
from polderlab_catalog.domain.requests import ApprovalRole
from polderlab_catalog.domain.texts import Text
from polderlab_catalog.mail import Smtp, SmtpPost

STUDY, PROJECT = "growth_study", "river-access"
ASKER, LEAD, PROPOSER = "rivierstad-analyst", "rivierstad-lead", "rivierstad-proposer"
STEWARD, OWN, LAB = "kustregio-steward", "rivierstad-admin", "waterdienst-admin"
JUNE = date(2027, 6, 30)
GOOD = "a long enough password of mine"
LINK = re.compile(r'href="([^"#]+)[^"]*">(?:Go there|Ga erheen)')

SENTENCES = {
    LAB: {
        "en": (
            "Municipality of Duinrand waits to be let in",
            "Dora waits to be checked",
            "Project proposal Green nearby waits for you",
        ),
        "nl": (
            "Gemeente Duinrand wacht op toelating",
            "Dora wacht tot je nagaat wie dit is",
            "Projectvoorstel Groen in de buurt wacht op jou",
        ),
    },
    OWN: {
        "en": (
            "Pia of Rivierstad proposes it",
            "Ravi asks for more room for river-access",
            "processor-hours: 5 more, up to and including 30 November 2026",
        ),
        "nl": (
            "Pia van Rivierstad stelt het voor",
            "Ravi vraagt meer ruimte voor river-access",
            "processoruren: 5 erbij, tot en met 30 november 2026",
        ),
    },
    PROPOSER: {
        "en": ("This is asked: Which trees?", "is a project now", "Good luck"),
        "nl": ("Dit wordt gevraagd: Which trees?", "is nu een project", "Good luck"),
    },
    "dora": {"en": ("You can use the lab now",), "nl": ("Je kunt nu met het lab werken",)},
    STEWARD: {
        "en": ("asks for access to growth_study", "wrote about its request"),
        "nl": ("vraagt toegang tot growth_study", "schreef over het verzoek"),
    },
    ASKER: {
        "en": (
            "More room for river-access was refused",
            "The reason: Wait for May",
            "A question about your request for growth_study",
            "may read growth_study",
            "Access to growth_study was taken away",
        ),
        "nl": (
            "Meer ruimte voor river-access is geweigerd",
            "De reden: Wait for May",
            "Een vraag over je verzoek om growth_study",
            "mag growth_study lezen",
            "De toegang tot growth_study is ingetrokken",
        ),
    },
}


@pytest.fixture
def told(service: Service) -> Service:
    """Let everything happen that somebody is told."""
    world = service.world
    bring(world)
    with world.register.write() as t:
        home = t.organisations.get("rivierstad")
        assert home is not None
        t.organisations.put(replace(home, vetting=True))
        for person in t.people.all():
            t.people.put(replace(person, email=f"{person.username}@example.org"))
    sent = world.organisations.invite(world.operator, "duinrand", Text("Duinrand"), CONTACT)
    world.organisations.submit(sent.secret, DETAILS, AgreementText("1", "text"))
    sent = world.invitations.invite_person(actor(OWN), "rivierstad", CONTACT)
    world.invitations.accept(sent.secret, "dora", "Dora", GOOD, GOOD)
    world.people.vet(actor(LAB), "dora")

    proposed = world.proposals.propose(actor(PROPOSER), PLAN).id
    world.proposals.send_back(actor(OWN), proposed, "Which trees?")
    world.proposals.change(actor(PROPOSER), proposed, PLAN)
    world.proposals.endorse(actor(OWN), proposed)
    world.proposals.approve(actor(LAB), proposed, "Good luck")

    world.allocations.set(world.operator, Level.project(PROJECT), Allocation(cpu_hours=10))
    asked = world.extensions.ask(actor(ASKER), PROJECT, Resource.CPU_HOURS, 5, why="One run")
    world.extensions.refuse(actor(OWN), asked.id, "Wait for May")

    request = world.requests.ask(actor(ASKER), STUDY, PROJECT, "Compare", until=JUNE).id
    world.requests.question(world.steward, request, "Why?")
    world.requests.answer(actor(ASKER), request, "So")
    world.requests.approve(world.steward, request, ApprovalRole.STEWARD)
    world.requests.approve(world.privacy_officer, request, ApprovalRole.PRIVACY_OFFICER)
    world.grants.revoke(world.steward, STUDY, PROJECT)
    return service


@pytest.mark.parametrize("language", ["nl", "en"])
async def test_what_concerns_somebody_is_on_their_page_and_leads_to_where_to_go_on(
    told: Service, language: str
) -> None:
    for username, sentences in SENTENCES.items():
        async with told.visit(username, language) as client:
            page = await client.get(f"{PREFIX}/notices")
            for sentence in sentences[language]:
                assert sentence in words(page), (username, sentence)
            links = set(LINK.findall(page.text))
            assert len(links) >= 1
            for address in links:
                assert (await client.get(address)).status_code == 200, (username, address)


async def test_nobody_reads_what_was_said_in_a_request_but_on_its_page(told: Service) -> None:
    for username in SENTENCES:
        async with told.visit(username) as client:
            page = words(await client.get(f"{PREFIX}/notices"))
            assert "Why?" not in page
            assert "Compare" not in page


def test_the_mail_says_it_in_both_languages_once(told: Service, tmp_path: Path) -> None:
    with running(certificate(tmp_path), "none") as server:
        smtp = Smtp(HOST, server.port, "none", "", "", "polderlab@example.org")
        post = SmtpPost(smtp, "https://lab.example/services/lab", AMSTERDAM)
        outbox = Outbox(told.lab.register, told.world.clock, post)
        while outbox.send_due():
            pass
        mails = defaultdict(list)
        for mail in server.taken:
            mails[str(mail["To"].addresses[0].addr_spec)].append(
                " ".join(str(mail["Subject"]).split()) + " " + " ".join(mail.get_content().split())
            )
    for username, sentences in SENTENCES.items():
        address = f"{username}@example.org" if username != "dora" else CONTACT.email
        for sentence in sentences["en"] + sentences["nl"]:
            assert any(sentence in mail for mail in mails[address]), (username, sentence)
    with told.lab.register.read() as t:
        kinds = {each.kind for person in t.people.all() for each in t.notices.of(person.username)}
    assert len(server.taken) == len({str(mail["Message-ID"]) for mail in server.taken})
    assert {NoticeKind.REQUEST_WAITS, NoticeKind.ACCESS_TAKEN} <= kinds
