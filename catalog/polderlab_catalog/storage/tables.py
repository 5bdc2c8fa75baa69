"""All tables of the register, in one import."""

from polderlab_catalog.storage.allocations import allocations, extensions
from polderlab_catalog.storage.announcements import announcements
from polderlab_catalog.storage.audit import audit_log
from polderlab_catalog.storage.confirmations import confirmations
from polderlab_catalog.storage.datasets import datasets, versions
from polderlab_catalog.storage.distributions import distributions
from polderlab_catalog.storage.endings import offboardings
from polderlab_catalog.storage.grants import grants
from polderlab_catalog.storage.harvests import harvested, harvests
from polderlab_catalog.storage.identities import bindings
from polderlab_catalog.storage.ingests import ingests
from polderlab_catalog.storage.invitations import invitations
from polderlab_catalog.storage.notices import notices
from polderlab_catalog.storage.offer import images, sizes
from polderlab_catalog.storage.organisations import organisations, particulars
from polderlab_catalog.storage.people import credentials_table, people
from polderlab_catalog.storage.projects import memberships, projects
from polderlab_catalog.storage.proposals import proposals
from polderlab_catalog.storage.quality import quality_runs
from polderlab_catalog.storage.reads import reads
from polderlab_catalog.storage.reports import reports
from polderlab_catalog.storage.requests import requests
from polderlab_catalog.storage.search import search, search_values
from polderlab_catalog.storage.sessions import sessions
from polderlab_catalog.storage.sign_ins import links_table, tries_table
from polderlab_catalog.storage.sources import sources
from polderlab_catalog.storage.types import metadata
from polderlab_catalog.storage.usage import disk_samples

__all__ = [
    "allocations",
    "announcements",
    "audit_log",
    "bindings",
    "confirmations",
    "credentials_table",
    "datasets",
    "disk_samples",
    "distributions",
    "extensions",
    "grants",
    "harvested",
    "harvests",
    "images",
    "ingests",
    "invitations",
    "links_table",
    "memberships",
    "metadata",
    "notices",
    "offboardings",
    "organisations",
    "particulars",
    "people",
    "projects",
    "proposals",
    "quality_runs",
    "reads",
    "reports",
    "requests",
    "search",
    "search_values",
    "sessions",
    "sizes",
    "sources",
    "tries_table",
    "versions",
]
