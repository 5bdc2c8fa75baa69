"""Proposals: a project as somebody would like it, on its way to the lead agency's yes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from polderlab_catalog.domain.projects import LegalBasis
from polderlab_catalog.domain.texts import Text


class ProposalState(StrEnum):
    """Where a proposal is. ``submitted`` waits for its organisation's administrator,
    ``endorsed`` for the lead agency, ``returned`` for the proposer."""

    SUBMITTED = "submitted"
    ENDORSED = "endorsed"
    RETURNED = "returned"
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"

    @property
    def open(self) -> bool:
        """Whether somebody still has to do something."""
        return self in (self.SUBMITTED, self.ENDORSED, self.RETURNED)


class Assessment(StrEnum):
    """Assessments of what a project does to people: the pre-scan and the assessment of GDPR
    article 35, the one of human rights and algorithms (IAMA), and others."""

    PRE_SCAN = "pre-scan"
    DPIA = "dpia"
    IAMA = "iama"
    DATA_TRANSFER = "data-transfer"
    ETHICS = "ethics"


class Step(StrEnum):
    """What was done with a proposal, in the order it happened."""

    PROPOSED = "proposed"
    ENDORSED = "endorsed"
    RETURNED = "returned"
    CHANGED = "changed"
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Remark:
    """One step, by whom (an actor's name), when, and what they said with it."""

    step: Step
    by: str
    at: datetime
    text: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is proposed: the project, and its entry in the register of processing activities.

    ``ground`` is the law it rests on, in words; ``categories`` and ``subjects`` say which data
    of whom; ``retention`` how long results with personal data are kept; ``processing_id`` its
    number in the organisation's own register of processing activities (GDPR article 30).
    """

    title: Text
    purpose: Text
    legal_basis: LegalBasis
    starts: date
    ends: date
    ground: str = ""
    categories: str = ""
    subjects: str = ""
    retention: str = ""
    processing_id: str = ""
    assessments: tuple[Assessment, ...] = ()
    internet: bool = False
    datasets: tuple[str, ...] = ()
    sizes: tuple[str, ...] = ()
    images: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Proposal:
    """A plan of an organisation, by one of its people; ``project`` is what became of it."""

    id: str
    organisation: str
    proposed_by: str
    made: datetime
    plan: Plan
    state: ProposalState = ProposalState.SUBMITTED
    remarks: tuple[Remark, ...] = ()
    project: str = ""

    @property
    def open(self) -> bool:
        """Whether it is still to be decided."""
        return self.state.open
