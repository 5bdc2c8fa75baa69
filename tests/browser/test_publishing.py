"""A steward brings data in through the pages of a running lab: a table and a map."""

from __future__ import annotations

import uuid
from pathlib import Path

import geopandas as gpd
import pytest
from playwright.sync_api import Browser, Page, expect
from shapely.geometry import Point
from tests.support.browser import sign_in, window
from tests.support.lab import PORTAL, Lab

STEWARD = "kustregio-steward"
PATIENCE = 60_000
"""Milliseconds for the worker, on a machine that does other things as well."""


@pytest.fixture
def steward(lab: Lab, browser: Browser) -> Page:
    page = window(browser, lab.url, language="en")
    sign_in(page, lab.accounts[STEWARD])
    return page


def register(page: Page, name: str, title: str) -> None:
    """Fill in the form as a steward in a hurry does."""
    page.goto(f"{PORTAL}/publishing")
    page.get_by_role("link", name="Register a dataset").click()
    page.locator("#title_en").fill(title)
    page.locator("#name").fill(name)
    page.locator("#description_en").fill("One row per measurement.")
    page.get_by_label("Internal").check()
    page.locator("#steward").fill("Kustregio, data")
    page.locator("#contact").fill("data@kustregio.example")
    page.get_by_role("button", name="Register and go on to the file").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Hand in the first file")


def hand_in(page: Page, file: Path) -> None:
    page.locator("#file").set_input_files(file)
    page.get_by_role("button", name="Hand in the file").click()
    expect(page.get_by_text("How shall we read this file?")).to_be_visible(timeout=PATIENCE)


def publish(page: Page) -> None:
    page.get_by_role("button", name="Publish it like this").click()
    expect(page.get_by_text("Version 1 is published.")).to_be_visible(timeout=PATIENCE)
    page.get_by_role("link", name="To the dataset").click()


def test_a_table_with_decimal_commas_is_described_confirmed_and_published(
    steward: Page, tmp_path: Path
) -> None:
    file = tmp_path / "meting.csv"
    file.write_text("plek;waarde\nstrand;1,5\nplas;2,25\n", "utf-8")
    name = f"bathing_{uuid.uuid4().hex[:8]}"
    register(steward, name, "Bathing water")
    hand_in(steward, file)
    assert steward.locator("#decimal").input_value() == ","
    assert steward.locator("#delimiter").input_value() == ";"
    expect(steward.get_by_role("cell", name="1,5")).to_be_visible()
    publish(steward)
    expect(steward.get_by_role("rowheader", name="waarde")).to_be_visible()
    expect(steward.locator("#versions")).to_contain_text("2 rows")
    with steward.expect_download() as download:
        steward.get_by_role("link", name="Download").first.click()
    assert download.value.path().read_bytes() == file.read_bytes()


def test_a_map_is_published_and_its_extent_drawn(steward: Page, tmp_path: Path) -> None:
    file = tmp_path / "beaches.gpkg"
    points = gpd.GeoDataFrame(
        {"name": ["north", "south"]},
        geometry=[Point(100_000, 450_000), Point(110_000, 460_000)],
        crs="EPSG:28992",
    )
    points.to_file(file, layer="beaches", driver="GPKG")
    register(steward, f"beaches_{uuid.uuid4().hex[:8]}", "Beaches")
    hand_in(steward, file)
    publish(steward)
    expect(steward.locator("rect.pl-map-extent").first).to_be_attached()
    expect(steward.locator("#versions")).to_contain_text("2 rows")
