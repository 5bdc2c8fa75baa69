"""Codes of the register in words."""

from __future__ import annotations

from polderlab_catalog.policy.decisions import N_

FREQUENCIES = {
    "CONT": N_("continuously"),
    "UPDATE_CONT": N_("continuously"),
    "HOURLY": N_("every hour"),
    "DAILY": N_("every day"),
    "WEEKLY": N_("every week"),
    "MONTHLY": N_("every month"),
    "QUARTERLY": N_("every quarter"),
    "ANNUAL_2": N_("twice a year"),
    "ANNUAL": N_("every year"),
    "BIENNIAL": N_("every two years"),
    "IRREG": N_("irregularly"),
    "AS_NEEDED": N_("irregularly"),
    "NEVER": N_("never again"),
    "NOT_PLANNED": N_("never again"),
}
"""How often data is updated: the EU's codes most used, as people say them."""
