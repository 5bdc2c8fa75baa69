"""A map, a table with decimal commas and a database: asked for, and read in one notebook.

The data is real: large waters and places from the packages the demo comes from.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from tests.support import consulted
from tests.support.browser import SECONDS, sign_in, window
from tests.support.kernel import Kernel
from tests.support.lab import Lab

from polderlab_catalog.demo.fetch import fetch
from polderlab_catalog.demo.read import places, water_bodies

ANALYST, PROJECT = "rivierstad-analyst", "river-access"
TITLES = {
    "waters_map": "Waters as handed in",
    "places_table": "Places as handed in",
    consulted.DATASET: "Dike readings",
}
MAP = """
import matplotlib; matplotlib.use("Agg")
import geopandas, io
towns = geopandas.GeoDataFrame(
    places, geometry=geopandas.points_from_xy(places.longitude, places.latitude), crs=4326
).to_crs(waters.crs)
axes = waters.plot(figsize=(8, 8))
towns.plot(ax=axes, markersize=3)
image = io.BytesIO(); axes.figure.savefig(image)
print(waters.crs.to_epsg(), len(waters), places.latitude.dtype, len(dikes), image.tell() > 10_000)
"""


@pytest.fixture(scope="module")
def registered(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Bring all three in from the command line, as internal data of another organisation."""
    folder = tmp_path_factory.mktemp("real")
    folder.chmod(0o755)
    sources = fetch(lab.state / "demo", lambda _line: None)
    water_bodies(sources).to_file(folder / "waters.gpkg", layer="waters")
    places(sources).drop(columns="geometry", errors="ignore").to_csv(
        folder / "places.csv", sep=";", decimal=",", index=False
    )
    for name, file in (("waters_map", "waters.gpkg"), ("places_table", "places.csv")):
        _register(lab, name, folder / file)
    with consulted.database():
        consulted.connect(lab)
        yield


@pytest.fixture(scope="module")
def kernel(lab: Lab, registered: None) -> Iterator[Kernel]:
    lab.start(ANALYST, PROJECT, language="en")
    with lab.kernel(ANALYST, PROJECT) as running:
        running.out("import intake, polderlab\ncat = intake.cat")
        yield running
    for name in TITLES:
        lab.polderlab("revoke", name, PROJECT, check=False)


def test_they_are_asked_for_in_the_notebook(kernel: Kernel) -> None:
    for name in TITLES:
        assert kernel.run(f"cat['{name}'].read()").error.startswith("PermissionError: ")
        kernel.out(f"polderlab.request_access('{name}', purpose='Dikes, towns and water')")


def test_the_steward_approves_them(lab: Lab, browser: Browser, kernel: Kernel) -> None:
    page = window(browser, lab.url)
    sign_in(page, lab.accounts["kustregio-steward"])
    for title in TITLES.values():
        page.get_by_role("link", name=re.compile("^Requests")).first.click()
        page.get_by_role("link", name=title).first.click()
        page.get_by_role("button", name="Give access").click()
        expect(page.locator("main")).to_contain_text("approved", timeout=20 * SECONDS)
    page.context.close()


def test_all_three_are_read_and_drawn(kernel: Kernel) -> None:
    kernel.out("waters, places = cat['waters_map'].read(), cat['places_table'].read()")
    kernel.out(f"dikes = cat['{consulted.DATASET}'].read()")

    assert kernel.out(MAP).split() == ["28992", "14", "float64", "5000", "True"]


def test_after_revoking_none_is_read(lab: Lab, kernel: Kernel) -> None:
    for name in TITLES:
        lab.polderlab("revoke", name, PROJECT)
        assert kernel.run(f"cat['{name}'].read()").error.startswith("PermissionError: ")
    assert kernel.out("print(len(cat['places'].read()) > 1000)") == "True"


def _register(lab: Lab, name: str, file: Path) -> None:
    if lab.polderlab("dataset", "describe", name, check=False).returncode == 0:
        return  # a lab that was kept has it from the time before
    file.chmod(0o644)
    lab.polderlab(
        "dataset", "register", str(file), "--name", name, "--organisation", "kustregio",
        "--title", TITLES[name], "--title-en", TITLES[name], "--classification", "internal",
        "--licence", "https://creativecommons.org/licenses/by/4.0/", "--yes",
    )  # fmt: skip
