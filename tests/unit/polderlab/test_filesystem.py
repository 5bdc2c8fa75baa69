"""``lab://`` as pandas, geopandas, pyarrow and DuckDB use it."""

from __future__ import annotations

import pickle

import geopandas
import pandas as pd
import pyarrow.dataset
import pyarrow.parquet
import pytest
from tests.fakes.gateway import TOKEN, FakeDataset, FakeGateway
from tests.unit.polderlab.conftest import PLACES, parquet, points

import polderlab
from polderlab.filesystem import LabFileSystem, LabPath
from polderlab.wire import SessionEnvironment

URL = "lab://places/places.parquet"


@pytest.mark.usefixtures("gateway")
def test_pandas_reads_a_table() -> None:
    pd.testing.assert_frame_equal(pd.read_parquet(URL), PLACES)


@pytest.mark.usefixtures("gateway")
def test_geopandas_reads_a_map_layer_with_its_crs() -> None:
    read = geopandas.read_parquet("lab://water_bodies/water_bodies.parquet")
    assert read.crs == points().crs
    assert read.geometry.geom_equals(points().geometry).all()


def test_pyarrow_reads_through_the_filesystem(lab: LabFileSystem) -> None:
    table = pyarrow.parquet.read_table("places/places.parquet", filesystem=lab, columns=["name"])
    assert table.column_names == ["name"]
    found = pyarrow.dataset.dataset("places", filesystem=lab)
    assert found.count_rows() == 3


@pytest.mark.usefixtures("gateway")
def test_duckdb_reads_lab_paths() -> None:
    with polderlab.duckdb() as connection:
        found = connection.sql(f"SELECT count(*), max(population) FROM '{URL}'").fetchall()
    assert found == [(3, 129840)]


def test_a_pinned_version_reads_that_version(lab: LabFileSystem) -> None:
    assert len(pd.read_parquet("lab://places@1/places.parquet")) == 2
    assert lab.info("places@2/places.parquet")["version"] == 2


def test_an_open_file_stays_with_its_version(lab: LabFileSystem, gateway: FakeGateway) -> None:
    with lab.open(URL) as file:
        gateway.datasets["places"].versions[3] = b"something else"
        pd.testing.assert_frame_equal(pd.read_parquet(file), PLACES)


def test_only_the_asked_columns_travel(lab: LabFileSystem, gateway: FakeGateway) -> None:
    wide = pd.DataFrame({f"column_{n}": range(20_000) for n in range(20)})
    content = parquet(wide)
    gateway.add(FakeDataset("wide", {1: content}))
    gateway.requests.clear()
    pd.read_parquet("lab://wide/wide.parquet", columns=["column_7"])
    spans = [
        tuple(map(int, r.removeprefix("bytes=").split("-"))) for *_, r in gateway.requests if r
    ]
    assert 0 < sum(last - first + 1 for first, last in spans) < len(content) / 4


def test_a_refusal_says_why_and_where_to_ask(lab: LabFileSystem) -> None:
    with pytest.raises(PermissionError, match="may not read growth_study") as caught:
        pd.read_parquet("lab://growth_study/growth_study.parquet")
    assert "http://lab.test/services/lab/datasets/growth_study" in str(caught.value)
    with pytest.raises(PermissionError):
        lab.cat_file("growth_study/growth_study.parquet")


@pytest.mark.usefixtures("gateway")
def test_a_refusal_speaks_the_language_of_the_session(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SessionEnvironment.LANGUAGE, "nl")
    with pytest.raises(PermissionError, match="mag growth_study niet lezen"):
        pd.read_parquet("lab://growth_study/growth_study.parquet")


def test_a_grant_given_while_the_kernel_runs_reads_at_once(
    lab: LabFileSystem, gateway: FakeGateway
) -> None:
    assert not lab.exists("growth_study/growth_study.parquet")
    gateway.granted.add("growth_study")
    assert len(pd.read_parquet("lab://growth_study/growth_study.parquet")) == 3


def test_a_revocation_holds_on_the_very_next_read(lab: LabFileSystem, gateway: FakeGateway) -> None:
    with lab.open(URL) as file:
        file.read(4)
        gateway.granted.discard("places")
        with pytest.raises(PermissionError, match="may not read places"):
            file.read(4)
    with pytest.raises(PermissionError, match="may not read places"):
        pd.read_parquet(URL)


def test_an_unknown_dataset_names_what_may_have_been_meant(lab: LabFileSystem) -> None:
    with pytest.raises(FileNotFoundError, match="Did you mean 'places'"):
        lab.info("place/place.parquet")


def test_a_session_that_ended_is_told_so(
    lab: LabFileSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(SessionEnvironment.TOKEN, "another")
    with pytest.raises(PermissionError, match="session has ended"):
        lab.ls("")


def test_folders_and_files_are_listed(lab: LabFileSystem) -> None:
    assert lab.ls("", detail=False) == ["places", "water_bodies"]
    assert lab.ls("lab://places", detail=False) == ["places/places.parquet"]
    assert lab.isdir("places")
    assert lab.isfile("places/places.parquet")
    assert not lab.isdir("nothing_here")
    assert lab.glob("places/*.parquet") == ["places/places.parquet"]
    assert lab.unstrip_protocol("places") == "lab://places"


def test_bytes_arrive_as_they_are(lab: LabFileSystem, gateway: FakeGateway) -> None:
    content = gateway.datasets["places"].versions[2]
    assert lab.cat_file(URL) == content
    assert lab.cat_file(URL, start=10, end=20) == content[10:20]
    with lab.open(URL) as file:
        assert file.read() == content
        file.seek(-4, 2)
        assert file.read() == b"PAR1"


@pytest.mark.parametrize("path", ["../secret", "a/b/c", "places/../x", "places@x/f", "../.."])
def test_a_path_that_is_none_of_the_labs_is_refused_here(path: str) -> None:
    with pytest.raises(FileNotFoundError, match="lab://dataset/file"):
        LabPath.parse(path)


def test_the_token_shows_nowhere(lab: LabFileSystem, gateway: FakeGateway) -> None:
    lab.cat_file(URL)
    shown = [repr(lab), str(lab.storage_options), lab.to_json(), pickle.dumps(lab).decode("latin1")]
    with pytest.raises(PermissionError) as caught:
        lab.info("growth_study/growth_study.parquet")
    error: BaseException | None = caught.value
    while error is not None:
        shown.append(repr(error))
        error = error.__cause__ or error.__context__
    assert not [text for text in shown if TOKEN in text]


def test_a_pickled_filesystem_reads_again(lab: LabFileSystem) -> None:
    again: LabFileSystem = pickle.loads(pickle.dumps(lab))
    assert again.exists(URL)


def test_a_gateway_that_is_away_is_told_plainly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SessionEnvironment.GATEWAY, "http://127.0.0.1:9/v1")
    LabFileSystem.clear_instance_cache()
    with pytest.raises(ConnectionError, match="variables are safe"):
        LabFileSystem(skip_instance_cache=True).ls("")


def test_outside_a_session_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(SessionEnvironment.GATEWAY, raising=False)
    with pytest.raises(ConnectionError, match="inside a session"):
        LabFileSystem(skip_instance_cache=True).ls("")
