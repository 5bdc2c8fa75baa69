"""The quality of a dataset: its checks, run and their history."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from polderlab_catalog.application.catalogue import DatasetCard
from polderlab_catalog.application.errors import Invalid, Refused
from polderlab_catalog.domain.datasets import DistributionRole
from polderlab_catalog.domain.quality import Check, CheckKind, OnFailure, QualityRun
from polderlab_catalog.policy.checks import mistakes
from polderlab_catalog.policy.decisions import N_
from polderlab_catalog.policy.grants import is_steward
from polderlab_catalog.policy.previews import counts_shown
from polderlab_catalog.web.languages import Speech
from polderlab_catalog.web.pages.describing import SentForm
from polderlab_catalog.web.pages.refusals import dataset_refused
from polderlab_catalog.web.portal import Portal
from polderlab_catalog.web.rendering import render
from polderlab_catalog.web.visitors import ThePortal, Visiting, Visitor

router = APIRouter(prefix="/datasets/{name}")

_EMPTY = {"kind": "required", "columns": "", "minimum": "", "maximum": "", "values": "", "days": ""}
_SHOWN = 12
"""Runs in the picture; a year when they run every month."""


@dataclass(frozen=True, slots=True)
class Run:
    """A run as the history shows it: ``share`` is the part of the checks that passed, 0 to 1."""

    run: QualityRun
    passed: int
    share: float


@router.get("/checks")
def show_checks(request: Request, portal: ThePortal, visitor: Visiting, name: str) -> Response:
    """Show what is declared, and ask for another check."""
    return _page(request, portal, visitor, name)


@router.post("/checks")
def add_check(
    request: Request, portal: ThePortal, visitor: Visiting, name: str, sent: SentForm
) -> Response:
    """Declare one more check."""
    form = {field: sent.get(field, "") for field in _EMPTY}
    check, errors = _read(form)
    if check and not errors:
        refusal = _change(portal, visitor, name, lambda checks: (*checks, check))
        if isinstance(refusal, Refused):
            return dataset_refused(request, portal, visitor, name, refusal.decision)
        errors = refusal or {}
    if errors:
        return _page(request, portal, visitor, name, form=form, errors=errors)
    return _back(portal, name)


@router.post("/checks/{number}/removal")
def remove_check(
    request: Request, portal: ThePortal, visitor: Visiting, name: str, number: int
) -> Response:
    """Take back the check of this place in the list, counted from 1."""
    refusal = _change(
        portal,
        visitor,
        name,
        lambda checks: tuple(each for at, each in enumerate(checks, 1) if at != number),
    )
    if isinstance(refusal, Refused):
        return dataset_refused(request, portal, visitor, name, refusal.decision)
    return _back(portal, name)


@router.post("/checks/on-failure")
def choose_on_failure(
    request: Request, portal: ThePortal, visitor: Visiting, name: str, sent: SentForm
) -> Response:
    """Say what a failing check does to a new version."""
    wanted = OnFailure.BLOCK if sent.get("on_failure") == OnFailure.BLOCK else OnFailure.MARK
    try:
        portal.lab.publishing.describe(
            visitor.actor, name, lambda dataset: replace(dataset, on_failure=wanted)
        )
    except Refused as refusal:
        return dataset_refused(request, portal, visitor, name, refusal.decision)
    return _back(portal, name)


@router.post("/quality-runs")
def run_now(request: Request, portal: ThePortal, visitor: Visiting, name: str) -> Response:
    """Run the checks on the current version now."""
    card = portal.lab.catalogue.card(visitor.person, name)
    decision = is_steward(visitor.actor, card.dataset, card.organisation, portal.lab.today())
    if not decision:
        return dataset_refused(request, portal, visitor, name, decision)
    try:
        portal.lab.quality.run(name)
    except Invalid:
        sentence = N_("Declare a check, and publish a file for it to look at")
        return _page(request, portal, visitor, name, errors={"columns": sentence})
    return RedirectResponse(f"{portal.prefix}/datasets/{name}#quality", HTTPStatus.SEE_OTHER)


def quality_part(portal: Portal, visitor: Visitor, card: DatasetCard) -> dict[str, object]:
    """Return what ``dataset_quality.html`` shows."""
    found = [_run(each) for each in portal.lab.quality.history(card.dataset.name, _SHOWN)]
    steward = bool(is_steward(visitor.actor, card.dataset, card.organisation, portal.lab.today()))
    counts = counts_shown(card.dataset, steward=steward)
    return {
        "checks": [said(check, visitor.speech) for check in card.dataset.checks],
        "runs": found,
        "last_results": _results(found[0].run, visitor.speech, counts=counts) if found else [],
        "may_check": steward,
        "checkable": _checkable(card),
        "only_live": card.version is not None and not _checkable(card),
    }


def said(check: Check, speech: Speech) -> str:
    """Return what a check asks, in a sentence."""
    _ = speech.gettext
    options = check.options
    words = {
        "columns": ", ".join(check.columns),
        "minimum": str(options.get("minimum", "")),
        "maximum": str(options.get("maximum", "")),
        "days": str(options.get("days", "")),
    }
    values = options.get("values", ())
    words["values"] = ", ".join(values if isinstance(values, tuple) else (str(values),))
    match check.kind:
        case CheckKind.REQUIRED:
            sentence = _("{columns}: filled in everywhere")
        case CheckKind.UNIQUE if len(check.columns) > 1:
            sentence = _("{columns}: no combination occurs twice")
        case CheckKind.UNIQUE:
            sentence = _("{columns}: no value occurs twice")
        case CheckKind.ALLOWED:
            sentence = _("{columns}: one of {values}")
        case CheckKind.FRESHNESS if check.columns:
            sentence = _("{columns}: the newest day is at most {days} days ago")
        case CheckKind.FRESHNESS:
            sentence = _("the version is at most {days} days old")
        case _ if not words["maximum"]:
            sentence = _("{columns}: at least {minimum}")
        case _ if not words["minimum"]:
            sentence = _("{columns}: at most {maximum}")
        case _:
            sentence = _("{columns}: from {minimum} to {maximum}")
    return sentence.format_map(words)


def _read(form: Mapping[str, str]) -> tuple[Check | None, dict[str, str]]:
    try:
        kind = CheckKind(form["kind"])
    except ValueError:
        return None, {"kind": N_("Choose from the list")}
    columns = tuple(each.strip() for each in form["columns"].split(",") if each.strip())
    lines = tuple(each.strip() for each in form["values"].splitlines() if each.strip())
    bounds = {each: form[each].strip().replace(",", ".") for each in ("minimum", "maximum")}
    options: dict[str, str | int | float | tuple[str, ...]] = {}
    if kind is CheckKind.RANGE:
        options = {each: value for each, value in bounds.items() if value}
    elif kind is CheckKind.ALLOWED:
        options = {"values": lines}
    elif kind is CheckKind.FRESHNESS:
        options = {"days": form["days"].strip()}
    check = Check(kind, columns, options)
    return check, mistakes(check)


def _change(
    portal: Portal,
    visitor: Visitor,
    name: str,
    change: Callable[[tuple[Check, ...]], tuple[Check, ...]],
) -> Refused | dict[str, str] | None:
    """Change the declared checks; return why not, if not."""
    try:
        portal.lab.publishing.describe(
            visitor.actor, name, lambda dataset: replace(dataset, checks=change(dataset.checks))
        )
    except Refused as refusal:
        return refusal
    except Invalid as invalid:
        return invalid.fields
    return None


def _run(run: QualityRun) -> Run:
    passed = sum(result.passed for result in run.results)
    return Run(run, passed, passed / len(run.results) if run.results else 1.0)


def _results(run: QualityRun, speech: Speech, *, counts: bool) -> list[tuple[bool, str, str]]:
    """Return the results of a run: passed, what was asked, and what was found (with ``counts``,
    in how many rows)."""
    found = []
    for result in run.results:
        if result.error:
            told = speech.gettext("could not be run")
        elif result.passed:
            told = speech.gettext("holds")
        elif result.check.kind is CheckKind.FRESHNESS:
            told = speech.gettext("too old")
        elif not counts:
            told = speech.gettext("does not hold")
        else:
            told = speech.ngettext(
                "fails for {count} row", "fails for {count} rows", result.failing
            ).format(count=speech.number(result.failing))
        found.append((result.passed, said(result.check, speech), told))
    return found


def _checkable(card: DatasetCard) -> bool:
    files = card.version.distributions if card.version else ()
    return any(file.role is DistributionRole.DATA for file in files)


def _back(portal: Portal, name: str) -> Response:
    return RedirectResponse(f"{portal.prefix}/datasets/{name}/checks", HTTPStatus.SEE_OTHER)


def _page(
    request: Request,
    portal: Portal,
    visitor: Visitor,
    name: str,
    *,
    form: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
) -> Response:
    card = portal.lab.catalogue.card(visitor.person, name)
    decision = is_steward(visitor.actor, card.dataset, card.organisation, portal.lab.today())
    if not decision:
        return dataset_refused(request, portal, visitor, name, decision)
    files = card.version.data if card.version else ()
    return render(
        request,
        "checks.html",
        visitor,
        status=HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK,
        section="publishing",
        card=card,
        checks=[said(check, visitor.speech) for check in card.dataset.checks],
        columns=[column.name for file in files for column in file.columns],
        checkable=_checkable(card),
        only_live=card.version is not None and not _checkable(card),
        form=form or _EMPTY,
        errors={field: visitor.speech.gettext(each) for field, each in (errors or {}).items()},
    )
