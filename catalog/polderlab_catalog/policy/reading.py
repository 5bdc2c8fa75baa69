"""Who may read what: the session that asks, and the grant its project holds."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, tzinfo
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Protocol

from polderlab_catalog.domain import grants as terms
from polderlab_catalog.domain.datasets import (
    Classification,
    Dataset,
    Distribution,
    DistributionRole,
)
from polderlab_catalog.domain.grants import Grant
from polderlab_catalog.domain.projects import Project
from polderlab_catalog.domain.scopes import WHOLE, Scope
from polderlab_catalog.domain.sessions import Session, SessionState
from polderlab_catalog.policy.decisions import ALLOWED, Code, Decision, refused


def session_holds(session: Session | None, address: str) -> Decision:
    """Decide whether a session's key works now, used from network ``address``."""
    if session is None:
        return refused(Code.NOT_SIGNED_IN)
    if session.state is SessionState.CLOSED:
        return refused(Code.SESSION_CLOSED)
    if session.state is SessionState.STARTING:
        return refused(Code.SESSION_NOT_READY)
    if session.address is None or not _same(session.address, address):
        return refused(Code.WRONG_ADDRESS)
    return ALLOWED


class Described(Protocol):
    """What decides about a dataset: its name, classification, and whom to ask."""

    @property
    def name(self) -> str: ...
    @property
    def classification(self) -> Classification: ...
    @property
    def steward(self) -> str: ...
    @property
    def remote(self) -> str: ...


def may_read(
    project: Project, dataset: Described, grants: Sequence[Grant], now: datetime, zone: tzinfo
) -> Decision:
    """Decide whether ``project`` may read ``dataset`` at ``now``.

    ``grants`` are all the project's grants of the dataset, ended ones too, so that the refusal
    can say what happened to the access; dates in it are days in ``zone``.
    """
    if dataset.remote:
        return refused(Code.DATASET_LIES_ELSEWHERE, dataset=dataset.name, page=dataset.remote)
    if dataset.classification is Classification.PUBLIC:
        return ALLOWED
    if live_grant(grants, project.slug, dataset.name, now) is not None:
        return ALLOWED
    return _why_not(project, dataset, grants, now, zone)


def live_grant(grants: Sequence[Grant], project: str, dataset: str, now: datetime) -> Grant | None:
    """Return the grant that gives ``project`` access to ``dataset`` at ``now``, the longest."""
    live = [
        grant
        for grant in grants
        if grant.project == project and grant.dataset == dataset and grant.live(now)
    ]
    return max(live, key=lambda grant: grant.ends, default=None)


def scope_of(project: Project, dataset: Dataset, grants: Sequence[Grant], now: datetime) -> Scope:
    """Return the part of ``dataset`` that ``project`` may read, as :func:`may_read` allowed it.

    All of public data; of the rest what the grant says that :func:`live_grant` chooses.
    """
    if dataset.classification is Classification.PUBLIC:
        return WHOLE
    grant = live_grant(grants, project.slug, dataset.name, now)
    if grant is None:
        raise LookupError("decide with may_read first")
    return grant.scope


def may_read_file(dataset: Dataset, file: Distribution, scope: Scope) -> Decision:
    """Decide whether ``scope`` lets ``file`` be read: an original holds more than a part."""
    if not scope.whole and file.role is DistributionRole.ORIGINAL:
        return refused(Code.ONLY_A_PART, dataset=dataset.name)
    return ALLOWED


def _why_not(
    project: Project, dataset: Described, grants: Sequence[Grant], now: datetime, zone: tzinfo
) -> Decision:
    """Say what happened to the access, if there ever was any."""
    known = {"project": project.slug, "dataset": dataset.name, "steward": dataset.steward}
    mine = [g for g in grants if g.project == project.slug and g.dataset == dataset.name]
    coming = [g for g in mine if g.revoked is None and g.starts > now]
    if coming:
        starts = min(grant.starts for grant in coming)
        return refused(
            Code.GRANT_NOT_STARTED, **known, date=starts.astimezone(zone).date().isoformat()
        )
    if not mine:
        return refused(Code.NO_GRANT, **known)
    last = max(mine, key=lambda grant: grant.revoked or grant.ends)
    if last.revoked is not None:
        day = last.revoked.astimezone(zone).date()
        return refused(Code.GRANT_REVOKED, **known, date=day.isoformat())
    return refused(Code.GRANT_ENDED, **known, date=last_day(last, zone))


def last_day(grant: Grant, zone: tzinfo) -> str:
    """Return the last day (ISO 8601) on which the grant gives access; its end is exclusive."""
    return terms.last_day(grant.ends, zone).isoformat()


def _same(bound: str, used: str) -> bool:
    """Compare addresses, not spellings: ``::ffff:10.0.0.2`` is ``10.0.0.2``."""
    address = _address(bound)
    return address is not None and address == _address(used)


@lru_cache(maxsize=4096)
def _address(written: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(written)
    except ValueError:
        return None
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address
