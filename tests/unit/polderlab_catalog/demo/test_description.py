from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from polderlab_catalog.demo.datasets import DATASETS, DemoDataset
from polderlab_catalog.demo.people import ACCOUNTS, ALLOCATIONS, ORGANISATIONS, SIZES, projects
from polderlab_catalog.demo.read import READERS
from polderlab_catalog.domain.allocations import Level
from polderlab_catalog.domain.organisations import OrganisationKind
from polderlab_catalog.domain.people import LabRole
from polderlab_catalog.domain.texts import Text

PROJECTS = {project.slug: project for project in projects(date(2026, 6, 1))}
ORGANISATION_NAMES = {organisation.slug for organisation in ORGANISATIONS}


def in_both_languages(text: Text) -> bool:
    return bool(text.nl) and bool(text.en)


@pytest.mark.parametrize("demo", DATASETS, ids=lambda demo: demo.dataset.name)
def test_a_dataset_is_described_in_both_languages(demo: DemoDataset) -> None:
    assert in_both_languages(demo.dataset.title)
    assert in_both_languages(demo.dataset.description)
    assert all(in_both_languages(meaning) for meaning in demo.columns.values())


@pytest.mark.parametrize("demo", DATASETS, ids=lambda demo: demo.dataset.name)
def test_a_dataset_credits_its_source_and_states_its_licence(demo: DemoDataset) -> None:
    assert urlsplit(demo.dataset.licence).netloc
    assert "https://" in demo.dataset.source
    assert demo.dataset.organisation in ORGANISATION_NAMES


def test_every_dataset_can_be_read_from_its_package() -> None:
    assert {demo.dataset.name for demo in DATASETS} == set(READERS)


def test_every_member_works_in_a_project_that_exists() -> None:
    for account in ACCOUNTS:
        assert account.person.organisation in ORGANISATION_NAMES
        assert {project for project, _ in account.projects} <= set(PROJECTS)


def test_every_guest_organisation_has_an_administrator_of_its_own() -> None:
    role = LabRole.ORGANISATION_ADMINISTRATOR
    looked_after = {each.person.organisation for each in ACCOUNTS if role in each.person.roles}
    guests = {each.slug for each in ORGANISATIONS if each.kind is not OrganisationKind.LEAD}
    assert looked_after == guests


def test_the_tutorial_names_every_account() -> None:
    tutorial = Path(__file__).parents[4] / "docs/tutorials/first-session.md"
    named = set(re.findall(r"`([a-z]+-[a-z]+)`", tutorial.read_text("utf-8")))
    assert {account.person.username for account in ACCOUNTS} <= named


def test_every_project_has_a_purpose_and_somebody_who_works_in_it() -> None:
    staffed = {project for account in ACCOUNTS for project, _ in account.projects}
    assert staffed == set(PROJECTS)
    assert all(in_both_languages(project.purpose) for project in PROJECTS.values())


def test_every_organisation_has_room_for_two_sessions_of_the_largest_size() -> None:
    largest = max(SIZES, key=lambda size: size.memory_bytes)
    for organisation in ORGANISATIONS:
        allocation = ALLOCATIONS[Level.organisation(organisation.slug)]
        assert (allocation.memory_bytes or 0) >= 2 * largest.memory_bytes
        assert (allocation.cpus or 0) >= 2 * largest.cpus


def test_projects_run_on_the_last_day_of_a_year_and_a_year_from_then() -> None:
    for project in projects(date(2026, 12, 31)):
        assert project.starts <= date(2026, 12, 31)
        assert project.ends >= date(2027, 12, 31)
