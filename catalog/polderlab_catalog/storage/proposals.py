"""Project proposals in the database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Column, Connection, ForeignKey, RowMapping, String, Table

from polderlab_catalog.application import ports
from polderlab_catalog.domain.projects import LegalBasis
from polderlab_catalog.domain.proposals import (
    Assessment,
    Plan,
    Proposal,
    ProposalState,
    Remark,
    Step,
)
from polderlab_catalog.domain.texts import Text
from polderlab_catalog.storage.rows import many, one, upsert
from polderlab_catalog.storage.types import Instant, metadata

_OPEN = tuple(state.value for state in ProposalState if state.open)
_WORDS = ("ground", "categories", "subjects", "retention", "processing_id")
_NAMES = ("datasets", "sizes", "images")

proposals = Table(
    "proposals",
    metadata,
    Column("id", String, primary_key=True),
    Column("organisation", ForeignKey("organisations.slug"), nullable=False, index=True),
    Column("proposed_by", ForeignKey("people.username"), nullable=False, index=True),
    Column("made", Instant, nullable=False),
    Column("plan", JSON, nullable=False),
    Column("state", String, nullable=False, index=True),
    Column("remarks", JSON, nullable=False),
    Column("project", String, nullable=False, index=True),
)


class Proposals(ports.Proposals):
    """Proposals by id, organisation, proposer and project."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, proposal_id: str) -> Proposal | None:
        row = one(self._connection, proposals, proposals.c.id == proposal_id)
        return _proposal(row) if row else None

    def find(
        self,
        *,
        organisation: str | None = None,
        proposed_by: str | None = None,
        project: str | None = None,
        open_only: bool = False,
    ) -> Sequence[Proposal]:
        where = []
        if organisation is not None:
            where.append(proposals.c.organisation == organisation)
        if proposed_by is not None:
            where.append(proposals.c.proposed_by == proposed_by)
        if project is not None:
            where.append(proposals.c.project == project)
        if open_only:
            where.append(proposals.c.state.in_(_OPEN))
        order = (proposals.c.made.desc(), proposals.c.id.desc())
        return [_proposal(row) for row in many(self._connection, proposals, *where, order=order)]

    def put(self, proposal: Proposal) -> None:
        upsert(
            self._connection,
            proposals,
            {
                "id": proposal.id,
                "organisation": proposal.organisation,
                "proposed_by": proposal.proposed_by,
                "made": proposal.made,
                "plan": _plan_json(proposal.plan),
                "state": proposal.state.value,
                "remarks": [
                    [each.step.value, each.by, each.at.isoformat(), each.text]
                    for each in proposal.remarks
                ],
                "project": proposal.project,
            },
        )


def _plan_json(plan: Plan) -> dict[str, object]:
    return {
        "title": [plan.title.nl, plan.title.en],
        "purpose": [plan.purpose.nl, plan.purpose.en],
        "legal_basis": plan.legal_basis.value,
        "starts": plan.starts.isoformat(),
        "ends": plan.ends.isoformat(),
        "assessments": [each.value for each in plan.assessments],
        "internet": plan.internet,
        **{name: getattr(plan, name) for name in _WORDS},
        **{name: list(getattr(plan, name)) for name in _NAMES},
    }


def _plan(kept: Mapping[str, Any]) -> Plan:
    stored: dict[str, Any] = {
        **kept,
        "title": Text(*kept["title"]),
        "purpose": Text(*kept["purpose"]),
        "legal_basis": LegalBasis(kept["legal_basis"]),
        "starts": date.fromisoformat(kept["starts"]),
        "ends": date.fromisoformat(kept["ends"]),
        "assessments": tuple(Assessment(each) for each in kept["assessments"]),
        **{name: tuple(kept[name]) for name in _NAMES},
    }
    return Plan(**stored)


def _proposal(row: RowMapping) -> Proposal:
    stored: dict[str, Any] = {
        **row,
        "plan": _plan(row["plan"]),
        "state": ProposalState(row["state"]),
        "remarks": tuple(
            Remark(Step(step), by, datetime.fromisoformat(at), said)
            for step, by, at, said in row["remarks"]
        ),
    }
    return Proposal(**stored)
