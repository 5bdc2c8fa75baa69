"""Ask for access, talk about it, and decide: from a project's question to its grant."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, tzinfo
from uuid import uuid4

from polderlab_catalog.application.callers import session_holder
from polderlab_catalog.application.errors import Invalid, NotFound, Refused, must
from polderlab_catalog.application.grants import Grants, Terms, checked
from polderlab_catalog.application.lookups import (
    as_before,
    standing,
    the_dataset,
    the_project,
)
from polderlab_catalog.application.news import Messenger
from polderlab_catalog.application.ports import Clock, Register, Transaction
from polderlab_catalog.application.request_cards import (
    RequestCard,
    case_of,
    desk_of,
    request_card,
    visible,
    waits_for,
)
from polderlab_catalog.domain.actors import Actor
from polderlab_catalog.domain.audit import AuditAction, AuditEvent, Outcome
from polderlab_catalog.domain.names import legible, printable
from polderlab_catalog.domain.projects import LegalBasis, Project
from polderlab_catalog.domain.requests import (
    AccessRequest,
    Approval,
    ApprovalRole,
    Message,
    RequestState,
)
from polderlab_catalog.domain.scopes import WHOLE, Scope, both
from polderlab_catalog.policy.decisions import ALLOWED, Code, Decision, refused
from polderlab_catalog.policy.requests import (
    Case,
    can_see,
    last_day_for,
    may_approve,
    may_ask,
    may_decide,
    may_end,
    may_speak_for_asker,
    still_needed,
)
from polderlab_catalog.policy.scopes import columns_of, fits
from polderlab_catalog.policy.standing import may_belong

MAX_PURPOSE = 2000
MAX_MESSAGE = 2000
MAX_MESSAGES = 200


Deed = Callable[[Transaction, Case], AccessRequest | Decision]
"""What an act makes of its request; a :class:`Decision` says why it cannot, nothing written."""


class Requests:
    """A project asks, the dataset's owner answers; the last approval makes the grant."""

    def __init__(
        self, register: Register, clock: Clock, grants: Grants, *, timezone: tzinfo
    ) -> None:
        self._register, self._clock, self._grants = register, clock, grants
        self._timezone = timezone

    def ask(
        self,
        actor: Actor,
        dataset: str,
        project: str,
        purpose: str,
        *,
        legal_basis: LegalBasis | None = None,
        until: date | None = None,
        columns: Sequence[str] = (),
    ) -> AccessRequest:
        """Ask that ``project`` may read ``columns`` (none: all) of ``dataset`` through ``until``.

        Legal basis and last day default to the project's. Raises :class:`Refused`,
        :class:`NotFound` or :class:`Invalid`.
        """
        why = said("purpose", purpose, MAX_PURPOSE)
        username = actor.person.username if actor.person else ""
        now = self._clock()
        with self._register.write() as t:
            facts = standing(t, username, project, self._today())
            wanted = the_dataset(t, dataset)
            if facts.project is None or facts.membership is None:
                raise Refused(may_belong(facts))
            last = until or facts.project.ends
            others = t.requests.find(dataset=wanted.name, project=project, open_only=True)
            decision = may_ask(facts, wanted, until=last, another_open=bool(others))
            if decision:
                decision = fits(
                    Scope(tuple(columns)), wanted.name, columns_of(t.datasets.version(wanted.name))
                )
            request = AccessRequest(
                id=str(uuid4()),
                dataset=wanted.name,
                project=facts.project.slug,
                asked_by=actor.name,
                asked=now,
                purpose=why,
                legal_basis=legal_basis or facts.project.legal_basis,
                until=last,
                columns=tuple(dict.fromkeys(columns)),
            )
            if decision:
                t.requests.put(request)
                Messenger(t, actor, now, self._timezone).request(None, request)
            self._log(t, AuditAction.REQUEST_MADE, actor, request, decision)
        must(decision)
        return request

    def askable(self, actor: Actor, dataset: str) -> list[Project]:
        """Return the projects for which ``actor`` may ask for ``dataset`` now."""
        if actor.person is None:
            return []
        found = []
        with self._register.read() as t:
            wanted = the_dataset(t, dataset)
            others = {each.project for each in t.requests.find(dataset=dataset, open_only=True)}
            for membership in t.projects.memberships(username=actor.person.username):
                facts = standing(t, actor.person.username, membership.project, self._today())
                last = facts.project.ends if facts.project else self._today()
                asked = membership.project in others
                if may_ask(facts, wanted, until=last, another_open=asked) and facts.project:
                    found.append(facts.project)
        return found

    def ask_from_session(
        self,
        token: str,
        address: str,
        dataset: str,
        purpose: str,
        *,
        until: date | None = None,
        columns: Sequence[str] = (),
    ) -> AccessRequest:
        """Ask for the project of the session whose key this is, as the person working in it."""
        with self._register.read() as t:
            actor, project = self._holder(t, token, address)
        return self.ask(actor, dataset, project, purpose, until=until, columns=columns)

    def of_session(self, token: str, address: str) -> list[RequestCard]:
        """Return the requests of the session's project that its person may see."""
        with self._register.read() as t:
            actor, project = self._holder(t, token, address)
        return self.of_project(actor, project)

    def question(self, actor: Actor, request_id: str, text: str) -> AccessRequest:
        """Ask the project something; the request then waits for its answer."""
        action, deed = AuditAction.REQUEST_QUESTIONED, self._say(text, RequestState.QUESTIONED)
        return self._act(actor, request_id, action, may_decide, deed)

    def answer(self, actor: Actor, request_id: str, text: str) -> AccessRequest:
        """Answer, or add something; the request waits for the owner again."""
        action, deed = AuditAction.REQUEST_ANSWERED, self._say(text, RequestState.OPEN)
        return self._act(actor, request_id, action, may_speak_for_asker, deed)

    def withdraw(self, actor: Actor, request_id: str) -> AccessRequest:
        """Take the request back."""
        action, deed = AuditAction.REQUEST_WITHDRAWN, self._end(RequestState.WITHDRAWN, "")
        return self._act(actor, request_id, action, may_speak_for_asker, deed)

    def refuse(self, actor: Actor, request_id: str, reason: str) -> AccessRequest:
        """Refuse the request, with the reason."""
        deed = self._end(RequestState.REFUSED, said("reason", reason, MAX_MESSAGE))
        return self._act(actor, request_id, AuditAction.REQUEST_REFUSED, may_decide, deed)

    def approve(
        self,
        actor: Actor,
        request_id: str,
        role: ApprovalRole,
        *,
        until: date | None = None,
        scope: Scope = WHOLE,
        conditions: str = "",
        note: str = "",
    ) -> AccessRequest:
        """Approve in ``role``; the last approval needed makes the grant, in the same transaction.

        Each approval can only narrow what was asked and approved before: an earlier end, fewer
        columns, more conditions. So whoever comes last cannot widen what the other agreed to.
        """
        terms = checked(Terms(until or date.max, "", scope, conditions))
        approval = Approval(role, actor.name, self._clock(), said("note", note, 500, empty=True))

        def deed(t: Transaction, case: Case) -> AccessRequest | Decision:
            project = the_project(t, case.request.project)
            asked = replace(terms, until=until or last_day_for(case.request, project))
            narrowed = self._narrowed(t, case, project, asked)
            if isinstance(narrowed, Decision):
                return narrowed
            approved = replace(narrowed, approvals=(*narrowed.approvals, approval))
            if still_needed(case.dataset, approved):
                return approved
            granted = Terms(
                approved.granted_until or asked.until,
                scope=approved.scope,
                conditions=approved.conditions,
                request=approved.id,
            )
            self._grants.give(t, actor, case.dataset, project, granted)
            now, by = self._clock(), actor.name
            return replace(approved, state=RequestState.APPROVED, decided=now, decided_by=by)

        return self._act(
            actor,
            request_id,
            AuditAction.REQUEST_APPROVED,
            lambda case: may_approve(case, role),
            deed,
            role=role.value,
        )

    def show(self, actor: Actor, request_id: str) -> RequestCard:
        """Return a request to those it concerns; to others it does not exist."""
        with self._register.read() as t:
            return request_card(t, self._case(t, actor, request_id))

    def of_dataset(self, actor: Actor, dataset: str) -> list[RequestCard]:
        """Return the requests for ``dataset`` that ``actor`` may see, newest first."""
        with self._register.read() as t:
            found = t.requests.find(dataset=the_dataset(t, dataset).name)
            return [request_card(t, case) for case in visible(t, actor, found, self._today())]

    def of_project(self, actor: Actor, project: str) -> list[RequestCard]:
        """Return the requests of ``project`` that ``actor`` may see, newest first."""
        with self._register.read() as t:
            found = t.requests.find(project=the_project(t, project).slug)
            return [request_card(t, case) for case in visible(t, actor, found, self._today())]

    def of(self, actor: Actor) -> list[RequestCard]:
        """Return every request that concerns ``actor``: to decide on, or their project's own."""
        with self._register.read() as t:
            return [request_card(t, case) for case in desk_of(t, actor, self._today())]

    def waiting_for(self, t: Transaction, actor: Actor) -> list[AccessRequest]:
        """Return the requests that wait for ``actor`` to do something, newest first."""
        desk = desk_of(t, actor, self._today(), open_only=True)
        return [case.request for case in desk if waits_for(case)]

    def _act(
        self,
        actor: Actor,
        request_id: str,
        action: AuditAction,
        may: Callable[[Case], Decision],
        deed: Deed,
        **details: str,
    ) -> AccessRequest:
        """Do ``deed`` if ``may`` allows it, and log it either way; a refusal is raised."""
        with self._register.write() as t:
            case = self._case(t, actor, request_id)
            decision = as_before(t, actor) and may(case)
            done = deed(t, case) if decision else decision
            if isinstance(done, Decision):
                self._log(t, action, actor, case.request, done, **details)
            else:
                t.requests.put(done)
                self._log(t, action, actor, done, ALLOWED, **details)
                messenger = Messenger(t, actor, self._clock(), self._timezone)
                messenger.request(case.request, done)
        if isinstance(done, Decision):
            raise Refused(done)
        return done

    def _say(self, text: str, state: RequestState) -> Deed:
        line = said("text", text, MAX_MESSAGE)

        def deed(_t: Transaction, case: Case) -> AccessRequest:
            spoken = case.request.messages
            if len(spoken) >= MAX_MESSAGES:
                raise Invalid({"text": "this conversation is full: decide, or ask anew"})
            message = Message(case.actor.name, self._clock(), line)
            return replace(case.request, state=state, messages=(*spoken, message))

        return deed

    def _end(self, state: RequestState, reason: str) -> Deed:
        def deed(_t: Transaction, case: Case) -> AccessRequest:
            now, by = self._clock(), case.actor.name
            return replace(case.request, state=state, reason=reason, decided=now, decided_by=by)

        return deed

    def _narrowed(
        self, t: Transaction, case: Case, project: Project, terms: Terms
    ) -> AccessRequest | Decision:
        """Return the request with ``terms`` laid over what was asked and approved before."""
        request, columns = case.request, columns_of(t.datasets.version(case.dataset.name))
        decision = may_end(terms.until, request, project, self._today())
        if decision:
            decision = fits(terms.scope, case.dataset.name, columns)
        if not decision:
            return decision
        before = both(Scope(request.columns), request.scope)
        scope = both(before, terms.scope) if before else None
        if scope is None:  # never the empty tuple, which would mean all columns
            left = before.columns if before else request.columns
            return refused(Code.NO_COLUMN_LEFT, choices=", ".join(left))
        decision = fits(scope, case.dataset.name, columns)
        if not decision:
            return decision
        conditions = "\n".join(filter(None, (request.conditions, terms.conditions)))
        return replace(request, granted_until=terms.until, scope=scope, conditions=conditions)

    def _case(self, t: Transaction, actor: Actor, request_id: str) -> Case:
        known = printable(request_id, 36) == request_id
        request = t.requests.get(request_id) if known else None
        case = case_of(t, actor, request, self._today()) if request else None
        if case is None or not can_see(case):
            raise NotFound("request", printable(request_id, 36))
        return case

    def _holder(self, t: Transaction, token: str, address: str) -> tuple[Actor, str]:
        """Return who works in the session whose key this is, and its project."""
        holder = session_holder(t, token, address, self._clock(), self._timezone)
        return Actor.for_person(holder.person, address), holder.project.slug

    def _log(
        self,
        t: Transaction,
        action: AuditAction,
        actor: Actor,
        request: AccessRequest,
        decision: Decision,
        **details: str,
    ) -> None:
        code = {} if decision else {"code": decision.code.value}
        event = AuditEvent(
            action,
            actor=actor.name,
            outcome=Outcome.OK if decision else Outcome.REFUSED,
            object=request.dataset,
            project=request.project,
            purpose=printable(" ".join(request.purpose.split()), 500),
            origin=actor.origin,
            details={"request": request.id, **details, **code},
        )
        t.audit.append(event, self._clock())

    def _today(self) -> date:
        return self._clock().astimezone(self._timezone).date()


def said(field: str, text: str, most: int, *, empty: bool = False) -> str:
    """Return ``text`` fit to keep; raise :class:`Invalid` where it is too long, or empty."""
    if len(text) > most:
        raise Invalid({field: f"keep it to {most} characters"})
    kept = legible(text, most)
    if not kept and not empty:
        raise Invalid({field: "write something"})
    return kept
