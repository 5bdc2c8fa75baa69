"""The Intake catalogue of a session."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from pathlib import Path

import geopandas
import intake
import pandas as pd
import pytest
from tests.fakes.gateway import PORTAL, TOKEN, FakeDataset, FakeGateway
from tests.unit.polderlab.conftest import PLACES, parquet

import polderlab
from polderlab.catalog import LabCatalog
from polderlab.listing import find


@pytest.fixture
def cat(gateway: FakeGateway) -> LabCatalog:
    return polderlab.catalogue()


def test_it_lists_what_the_project_may_read(cat: LabCatalog) -> None:
    assert list(cat) == ["places", "water_bodies"]
    assert len(cat) == 2
    assert "places" in cat
    assert "growth_study" not in cat


def test_it_completes_names(cat: LabCatalog) -> None:
    assert cat._ipython_key_completions_() == ["places", "water_bodies"]
    assert "water_bodies" in dir(cat)


def test_a_table_reads_to_pandas_and_a_layer_to_geopandas(cat: LabCatalog) -> None:
    pd.testing.assert_frame_equal(cat["places"].read(), PLACES)
    layer = cat.water_bodies.read()
    assert isinstance(layer, geopandas.GeoDataFrame)
    assert len(cat["places"].read(columns=["name"]).columns) == 1


def test_a_file_and_a_version_can_be_named(cat: LabCatalog) -> None:
    assert len(cat["places/places.parquet"].read()) == 3
    older = cat["places@1/places.parquet"]
    assert len(older.read()) == 2
    assert older.metadata["version"] == 1


def test_a_reader_knows_the_other_versions(cat: LabCatalog) -> None:
    older = cat["places"].version(1)
    assert (len(older.read()), older.metadata["version"]) == (2, 1)
    assert older.version(2).metadata["version"] == 2
    with pytest.raises(KeyError, match="no such version"):
        older.version(9)


def test_ten_thousand_names_are_shown_in_short(cat: LabCatalog, gateway: FakeGateway) -> None:
    for number in range(10_000):
        gateway.add(FakeDataset(f"set_{number}", {1: b""}))
    assert len(list(cat)) == 10_002
    assert repr(cat).endswith("9902 more: list(cat)")
    assert cat._repr_html_().count("<tr>") == 102
    asked = [path for _, path, _ in gateway.requests]
    assert asked.count("/v1/names") == 1
    assert "/v1/datasets" not in asked


def test_metadata_tells_where_it_comes_from(cat: LabCatalog) -> None:
    told = cat["places"].metadata
    assert told["title"] == "A title"
    assert told["steward"] == "Waterdienst"
    assert told["licence"].startswith("http")
    assert told["page"] == f"{PORTAL}/datasets/places"
    assert told["columns"] == {"name": "The name"}
    assert told["version"] == 2


def test_what_is_refused_raises_permission_error_with_the_page(cat: LabCatalog) -> None:
    with pytest.raises(PermissionError, match="may not read growth_study") as caught:
        cat["growth_study"]
    assert f"{PORTAL}/datasets/growth_study" in str(caught.value)


def test_what_is_not_there_raises_key_error_with_the_choices(cat: LabCatalog) -> None:
    with pytest.raises(KeyError, match="Did you mean 'water_bodies'"):
        cat["water_body"]
    with pytest.raises(AttributeError):
        _ = cat.water_body


def test_a_new_grant_shows_and_reads_in_the_same_kernel(
    cat: LabCatalog, gateway: FakeGateway
) -> None:
    assert "growth_study" not in cat
    gateway.granted.add("growth_study")
    assert len(cat["growth_study"].read()) == 3
    assert "growth_study" in cat


def test_a_revoked_dataset_is_refused_by_a_reader_made_before(
    cat: LabCatalog, gateway: FakeGateway
) -> None:
    reader = cat["places"]
    gateway.granted.discard("places")
    with pytest.raises(PermissionError, match="may not read places"):
        reader.read()


def test_intakes_search_finds_descriptions(cat: LabCatalog) -> None:
    assert "places" in list(cat.search("places").entries)
    assert find(cat.listing, "places") is not None


def test_nobody_changes_it_from_a_notebook(cat: LabCatalog) -> None:
    with pytest.raises(TypeError, match=r"intake.Catalog\(\)"):
        cat["mine"] = intake.readers.PandasParquet("x.parquet")


def test_its_table_escapes_what_stewards_wrote(cat: LabCatalog, gateway: FakeGateway) -> None:
    title = "<script>alert('x')</script>"
    gateway.add(FakeDataset("loud", {1: parquet(PLACES)}, title=title))
    html = cat._repr_html_()
    assert "<script" not in html
    assert "&lt;script&gt;" in html
    assert f'href="{PORTAL}/datasets/loud"' in html


def test_the_token_shows_nowhere(cat: LabCatalog) -> None:
    reader = cat["places"]
    shown = [repr(cat), repr(reader), str(cat.to_dict()), str(reader.to_dict())]
    shown += [pickle.dumps(thing).decode("latin1") for thing in (cat, reader)]
    assert not [text for text in shown if TOKEN in text]


@pytest.mark.usefixtures("gateway")
@pytest.mark.parametrize(
    "first",
    ["intake", "polderlab.catalog, intake", "polderlab.live, intake", "intake.readers, intake"],
)
def test_intake_opens_it_by_its_usual_ways(first: str) -> None:
    program = (
        f"import {first}\n"
        "print(sorted(intake.cat))\n"
        f"print(sorted(intake.open_catalog({str(polderlab.catalog_file())!r})))\n"
        f"print(sorted(intake.from_yaml_file({str(polderlab.catalog_file())!r})))\n"
        "print(len(intake.cat['places'].read()))\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error::UserWarning", "-c", program],
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, "PYTHONPATH": "catalog"},
    )
    assert done.stdout.splitlines() == ["['places', 'water_bodies']"] * 3 + ["3"], done.stderr


def test_other_catalogues_still_open(gateway: FakeGateway, tmp_path: Path) -> None:
    mine = intake.readers.entry.Catalog()
    mine["table"] = intake.readers.PandasParquet(intake.readers.datatypes.Parquet("x.parquet"))
    mine.to_yaml_file(str(tmp_path / "mine.yml"))
    path = str(tmp_path / "mine.yml")
    program = (
        "import intake\n"
        f"print('table' in intake.from_yaml_file({path!r}))\n"
        f"print('table' in intake.open_catalog({path!r}))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=120
    )
    assert done.stdout == "True\nTrue\n", done.stderr
