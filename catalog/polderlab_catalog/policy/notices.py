"""What people are told, and when: the sentences, and how long before something ends."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from types import MappingProxyType

from polderlab_catalog.domain.notices import Notice, NoticeKind
from polderlab_catalog.policy.decisions import N_

DAYS_BEFORE = (7, 30)
"""How many days before an end people are told, the shortest first."""

SUBJECTS: Mapping[NoticeKind, str] = MappingProxyType(
    {
        NoticeKind.GRANT_ENDS: N_("Access to {dataset} ends on {date}"),
        NoticeKind.MEMBERSHIP_ENDS: N_("The membership of {person} in {project} ends on {date}"),
        NoticeKind.PROJECT_ENDS: N_("Project {project} ends on {date}"),
        NoticeKind.AGREEMENT_ENDS: N_("The agreement with {organisation} ends on {date}"),
        NoticeKind.CONFIRMATION_ASKED: N_("Confirm what stands before {date}"),
        NoticeKind.LAPSE_NEAR: N_("What is not confirmed ends on {date}"),
        NoticeKind.LAPSED: N_("Not confirmed, so it has ended: {what}"),
        NoticeKind.SESSION_STOPPED: N_("Your session in {project} was stopped"),
        NoticeKind.OFFBOARDED: N_("{what} has left the lab"),
        NoticeKind.CALLED_OFF: N_("The leaving of {what} is called off"),
        NoticeKind.ARCHIVE_KEPT: N_("{what} has left the lab; an archive is for you"),
        NoticeKind.HANDED_OVER: N_("Datasets of {organisation} are yours now"),
        NoticeKind.REPORT_KEPT: N_("The report of use and costs of {organisation} is there"),
        NoticeKind.REPORTS_KEPT: N_("The reports of use and costs of last month are there"),
        NoticeKind.ADMINISTRATOR_INVITED: N_(
            "{person} is invited as an administrator of {organisation}"
        ),
        NoticeKind.ADMINISTRATOR_NAMED: N_("{person} is an administrator of {organisation} now"),
        NoticeKind.ADMINISTRATOR_GONE: N_(
            "{person} is no administrator of {organisation} any more"
        ),
        NoticeKind.STEWARD_GONE: N_("{person} is no steward of {organisation} any more"),
        NoticeKind.ORGANISATION_WAITS: N_("{organisation} waits to be let in"),
        NoticeKind.PERSON_WAITS: N_("{person} waits to be checked"),
        NoticeKind.PERSON_CHECKED: N_("You can use the lab now"),
        NoticeKind.PROPOSAL_WAITS: N_("Project proposal {title} waits for you"),
        NoticeKind.PROPOSAL_RETURNED: N_("Your proposal {title} came back"),
        NoticeKind.PROPOSAL_REFUSED: N_("Your proposal {title} was refused"),
        NoticeKind.PROPOSAL_APPROVED: N_("Your proposal {title} is a project now"),
        NoticeKind.EXTENSION_WAITS: N_("{person} asks for more room for {title}"),
        NoticeKind.EXTENSION_GIVEN: N_("You have more room for {title}"),
        NoticeKind.EXTENSION_REFUSED: N_("More room for {title} was refused"),
        NoticeKind.REQUEST_WAITS: N_("Project {project} asks for access to {dataset}"),
        NoticeKind.REQUEST_QUESTIONED: N_("A question about your request for {dataset}"),
        NoticeKind.REQUEST_ANSWERED: N_("Project {project} wrote about its request for {dataset}"),
        NoticeKind.REQUEST_REFUSED: N_("The request for {dataset} was refused"),
        NoticeKind.REQUEST_APPROVED: N_("Project {project} may read {dataset}"),
        NoticeKind.ACCESS_CHANGED: N_("Access to {dataset} has changed"),
        NoticeKind.ACCESS_TAKEN: N_("Access to {dataset} was taken away"),
        NoticeKind.MAIL_TEST: N_("A mail to try the mail server"),
    }
)

_GONE = N_(
    "{by}, who is not of {organisation}, took the role away or closed the account. If nobody of "
    "you asked for it, talk to the lead agency."
)

BODIES: Mapping[NoticeKind, str] = MappingProxyType(
    {
        NoticeKind.GRANT_ENDS: N_(
            "Project {project} may read {dataset} up to and including {date}. To go on after that, "
            "the project asks for access again and a steward decides."
        ),
        NoticeKind.MEMBERSHIP_ENDS: N_(
            "{person} is a member of {project} up to and including {date}. A project lead or the "
            "organisation's administrator can extend it."
        ),
        NoticeKind.PROJECT_ENDS: N_(
            "Up to and including {date} members of {project} can work in it. After that no session "
            "starts and nothing can be read. Save what should be kept, or ask to extend the "
            "project."
        ),
        NoticeKind.AGREEMENT_ENDS: N_(
            "After {date} nobody of {organisation} can sign in, and its projects stop. The lab "
            "administrator can extend the agreement."
        ),
        NoticeKind.CONFIRMATION_ASKED: N_(
            "Look at what stands in the name of {organisation}: {count}. Confirm what should stay "
            "and end what should not. What is not confirmed ends on {date}."
        ),
        NoticeKind.LAPSE_NEAR: N_(
            "This has not been confirmed yet in the name of {organisation}: {count}. It ends on "
            "{date} unless you confirm it."
        ),
        NoticeKind.LAPSED: N_(
            "Nobody confirmed it in time in the name of {organisation}, so it ended on {date}."
        ),
        NoticeKind.SESSION_STOPPED: N_(
            "An administrator stopped it: {reason}. Your files are kept; you can start again when "
            "there is room."
        ),
        NoticeKind.OFFBOARDED: N_(
            "Access ended on {date}. Folders are kept read-only until {until}, and then deleted "
            "once their archive has been handed over."
        ),
        NoticeKind.REPORT_KEPT: N_(
            "It tells what the projects of {organisation} used and what that cost from {date} up "
            "to and including {until}. It is kept as it is now."
        ),
        NoticeKind.REPORTS_KEPT: N_(
            "They tell what each organisation used and what that cost from {date} up to and "
            "including {until}. They are kept as they are now."
        ),
        NoticeKind.CALLED_OFF: N_(
            "On {date} it was called off. Folders come back as they were; an account, memberships "
            "and access have to be given again."
        ),
        NoticeKind.ARCHIVE_KEPT: N_(
            "What they made in {project} belongs to your organisation. It is packed, and an "
            "operator hands that archive over to you."
        ),
        NoticeKind.HANDED_OVER: N_(
            "{organisation} left the lab and handed over: {what}. Access that projects have goes "
            "on for now. Confirm what should stay and end what should not: what is not confirmed "
            "ends on {date}."
        ),
        NoticeKind.ADMINISTRATOR_INVITED: N_(
            "{by}, who is not of {organisation}, sent the invitation. If nobody of you asked for "
            "it, talk to the lead agency."
        ),
        NoticeKind.ADMINISTRATOR_NAMED: N_(
            "{by}, who is not of {organisation}, gave this role. If nobody of you asked for it, "
            "talk to the lead agency."
        ),
        NoticeKind.ADMINISTRATOR_GONE: _GONE,
        NoticeKind.STEWARD_GONE: _GONE,
        NoticeKind.ORGANISATION_WAITS: N_(
            "{organisation} filled in its details and accepted the agreement. Look at them and "
            "decide."
        ),
        NoticeKind.PERSON_WAITS: N_(
            "{person} of {organisation} has an account now, and can do nothing with it until "
            "you have checked who they are."
        ),
        NoticeKind.PERSON_CHECKED: N_(
            "The lead agency has checked who you are. From now on you can work in your projects."
        ),
        NoticeKind.PROPOSAL_WAITS: N_(
            "{person} of {organisation} proposes it, and it waits for a decision."
        ),
        NoticeKind.PROPOSAL_RETURNED: N_("Change it and send it in again. This is asked: {reason}"),
        NoticeKind.PROPOSAL_REFUSED: N_("The reason: {reason}"),
        NoticeKind.PROPOSAL_APPROVED: N_(
            "You are its lead: add people, and ask for the data you need. {reason}"
        ),
        NoticeKind.EXTENSION_WAITS: N_(
            "{resource}: {amount} more, up to and including {date}. Give it, or refuse it with "
            "a reason."
        ),
        NoticeKind.EXTENSION_GIVEN: N_(
            "{resource}: {amount} more, up to and including {date}. It holds at once."
        ),
        NoticeKind.EXTENSION_REFUSED: N_(
            "You asked for {resource}: {amount} more. The reason: {reason}"
        ),
        NoticeKind.REQUEST_WAITS: N_("Look at what it is for, and decide or ask a question."),
        NoticeKind.REQUEST_QUESTIONED: N_(
            "Whoever decides on the request of {project} wants to know something first. Answer "
            "it, and the request goes on."
        ),
        NoticeKind.REQUEST_ANSWERED: N_("Read it, and decide or ask another question."),
        NoticeKind.REQUEST_REFUSED: N_(
            "Project {project} does not get access. The reason: {reason}"
        ),
        NoticeKind.REQUEST_APPROVED: N_(
            "The request was approved, up to and including {date}. The request tells which part, "
            "and under which conditions."
        ),
        NoticeKind.ACCESS_CHANGED: N_(
            "Project {project} may read it up to and including {date}. The part or the "
            "conditions may have changed too."
        ),
        NoticeKind.ACCESS_TAKEN: N_(
            "Project {project} cannot read it any more. Its owner can say why."
        ),
        NoticeKind.MAIL_TEST: N_("It works: from now on your notices come by mail as well."),
    }
)


def days_to_tell(days_left: int, days_long: int) -> int | None:
    """Return which of :data:`DAYS_BEFORE` has come; None when none has, or all is over.

    What lasts no longer than that itself is no news: it was known when it began.
    """
    if days_left < 0:
        return None
    come = [days for days in DAYS_BEFORE if days_left <= days < days_long]
    return come[0] if come else None


def say(
    notice: Notice,
    language: str,
    translate: Callable[[str], str],
    day: Callable[[date], str],
    number: Callable[[float], str],
) -> tuple[str, str]:
    """Return subject and body of ``notice`` in ``language``; ``day`` writes a date in full,
    ``number`` a number."""
    blanks: dict[str, str] = {}
    for name, value in notice.details.items():
        bare, _, last = name.rpartition("_")
        if last == language:
            blanks[bare] = value
        elif name in ("date", "until"):
            blanks[name] = day(date.fromisoformat(value))
        elif name == "amount":
            amount, space, unit = value.partition(" ")
            blanks[name] = number(float(amount)) + space + unit
        elif last not in ("nl", "en"):
            blanks[name] = translate(value) if name == "resource" else value
    return (
        translate(SUBJECTS[notice.kind]).format_map(blanks),
        translate(BODIES[notice.kind]).format_map(blanks).strip(),
    )
