"""Which quality checks can be declared."""

from __future__ import annotations

from datetime import date

from polderlab_catalog.domain.quality import Check, CheckKind
from polderlab_catalog.policy.decisions import N_

MOST_CHECKS, MOST_COLUMNS, MOST_VALUES = 50, 20, 200
LONGEST = 200
MOST_DAYS = 36_500


def mistakes(check: Check) -> dict[str, str]:
    """Return what must be mended: field → sentence (a message id); empty when all is well."""
    errors: dict[str, str] = {}
    if not _columns(check):
        errors["columns"] = N_("Name the columns this is about, with commas between them")
    match check.kind:
        case CheckKind.RANGE if not _bounds(check):
            errors["minimum"] = N_("Give a lowest or a highest value: a number or a date")
        case CheckKind.ALLOWED if not _values(check):
            errors["values"] = N_("Give the values that may occur, one on each line")
        case CheckKind.FRESHNESS if not _days(check):
            errors["days"] = N_("Give a number of days, at least 1")
        case _:
            pass
    return errors


def _columns(check: Check) -> bool:
    needed = 0 if check.kind is CheckKind.FRESHNESS else 1
    most = 1 if check.kind is CheckKind.FRESHNESS else MOST_COLUMNS
    return needed <= len(check.columns) <= most and all(_short(each) for each in check.columns)


def _bounds(check: Check) -> bool:
    bounds = [check.options.get(each, "") for each in ("minimum", "maximum")]
    given = [str(each) for each in bounds if each != ""]
    return bool(given) and all(_measure(each) for each in given)


def _measure(value: str) -> bool:
    for kind in (float, date.fromisoformat):
        try:
            kind(value)
        except ValueError:
            continue
        return value.isascii() and len(value) <= LONGEST
    return False


def _values(check: Check) -> bool:
    values = check.options.get("values", ())
    return (
        isinstance(values, tuple)
        and 1 <= len(values) <= MOST_VALUES
        and all(_short(each) for each in values)
    )


def _days(check: Check) -> bool:
    days = str(check.options.get("days", ""))
    return days.isascii() and days.isdigit() and 1 <= int(days[:6]) <= MOST_DAYS


def _short(value: str) -> bool:
    return 0 < len(value) <= LONGEST and value.isprintable()
