"""Names and titles are one line, whatever was sent, and no longer than they may be."""

from __future__ import annotations

from dataclasses import replace

from tests.fakes.partners import CONTACT, DETAILS, PLAN, actor, bring
from tests.fakes.world import World

from polderlab_catalog.application.organisations import AgreementText
from polderlab_catalog.domain.organisations import Organisation
from polderlab_catalog.domain.texts import Text
from polderlab_catalog.policy.organisations import MAX_NAME

TWO_LINES, ONE_LINE = "Gemeente\r\n\u2028 Duinrand", "Gemeente Duinrand"
AGREEMENT = AgreementText("1", "text")


def organisation(world: World) -> Organisation:
    with world.register.read() as t:
        found = t.organisations.get("duinrand")
    assert found is not None
    return found


def test_the_name_of_an_organisation_is(world: World) -> None:
    two, long = Text(TWO_LINES, TWO_LINES), Text("x" * 10_000, "y" * 10_000)
    sent = world.organisations.invite(world.operator, "duinrand", two, CONTACT)
    assert organisation(world).name == Text(ONE_LINE, ONE_LINE)
    for name, kept in ((two, ONE_LINE), (long, "x" * MAX_NAME + "…")):
        world.organisations.submit(sent.secret, replace(DETAILS, name=name), AGREEMENT)
        assert organisation(world).name.nl == kept
        sent = world.organisations.send_back(world.operator, "duinrand", "nog eens")


def test_the_title_and_number_of_a_proposal_are(world: World) -> None:
    bring(world)
    plan = replace(PLAN, title=Text(TWO_LINES, TWO_LINES), processing_id=TWO_LINES)
    kept = world.proposals.propose(actor("rivierstad-proposer"), plan).plan
    assert (kept.title, kept.processing_id) == (Text(ONE_LINE, ONE_LINE), ONE_LINE)
    told = world.proposals.propose(
        actor("rivierstad-proposer"), replace(PLAN, purpose=Text("een\ntwee", ""))
    )
    assert told.plan.purpose.nl == "een\ntwee"
