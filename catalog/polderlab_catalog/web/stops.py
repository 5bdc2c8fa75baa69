"""Why the lab stopped a session, or will, as its person reads it."""

from __future__ import annotations

from polderlab_catalog.policy.decisions import N_, Code
from polderlab_catalog.web.languages import Speech

_WHY = {
    Code.HOURS_OVER_ORGANISATION: N_("The organisation has used all its hours of this month."),
    Code.HOURS_OVER_PROJECT: N_("The project has used all its hours of this month."),
    Code.HOURS_OVER_PERSON: N_("You have used all your hours of this month."),
    Code.PROJECT_ENDED: N_("The project has ended."),
    Code.PROJECT_NOT_STARTED: N_("The project has not started yet."),
    Code.NOT_A_MEMBER: N_("You are no longer a member of this project."),
    Code.MEMBERSHIP_ENDED: N_("Your membership of this project has ended."),
    Code.VIEWER_STARTS_NO_SESSION: N_("You are a viewer in this project now."),
    Code.ORGANISATION_SUSPENDED: N_("Access for the organisation is suspended."),
    Code.ORGANISATION_NOT_ACTIVE: N_("The organisation no longer takes part in the lab."),
    Code.AGREEMENT_ENDED: N_("The agreement with the organisation has ended."),
    Code.PERSON_INACTIVE: N_("This account is closed."),
    Code.PERSON_NOT_VETTED: N_("The lead agency has to look at this account first."),
}


def why_stopped(reason: str, speech: Speech) -> str:
    """Return the sentence for a session's reason; empty when the lab did not stop it itself."""
    sentence = _WHY.get(Code(reason)) if reason in _CODES else None
    return speech.gettext(sentence) if sentence else ""


_CODES = frozenset(code.value for code in Code)
