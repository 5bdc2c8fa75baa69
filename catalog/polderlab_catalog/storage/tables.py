"""All tables of the register, in one import."""

from polderlab_catalog.storage.audit import audit_log
from polderlab_catalog.storage.datasets import datasets, versions
from polderlab_catalog.storage.distributions import distributions
from polderlab_catalog.storage.grants import grants
from polderlab_catalog.storage.harvests import harvested, harvests
from polderlab_catalog.storage.ingests import ingests
from polderlab_catalog.storage.offer import images, sizes
from polderlab_catalog.storage.organisations import organisations
from polderlab_catalog.storage.people import credentials_table, people
from polderlab_catalog.storage.projects import memberships, projects
from polderlab_catalog.storage.quality import quality_runs
from polderlab_catalog.storage.reads import reads
from polderlab_catalog.storage.requests import requests
from polderlab_catalog.storage.search import search, search_values
from polderlab_catalog.storage.sessions import sessions
from polderlab_catalog.storage.sources import sources
from polderlab_catalog.storage.types import metadata

__all__ = [
    "audit_log",
    "credentials_table",
    "datasets",
    "distributions",
    "grants",
    "harvested",
    "harvests",
    "images",
    "ingests",
    "memberships",
    "metadata",
    "organisations",
    "people",
    "projects",
    "quality_runs",
    "reads",
    "requests",
    "search",
    "search_values",
    "sessions",
    "sizes",
    "sources",
    "versions",
]
