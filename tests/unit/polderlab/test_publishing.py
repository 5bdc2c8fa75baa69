"""Publishing from a notebook, against a gateway that takes everything or refuses it."""

from __future__ import annotations

import io
from pathlib import Path

import geopandas
import pandas as pd
import pytest
from shapely import Point
from tests.fakes.gateway import PORTAL, FakeGateway, problem

import polderlab
from polderlab.publishing import PublishingError

DONE = {
    "id": "1",
    "dataset": "bathing_days",
    "state": "done",
    "classification": "internal",
    "progress": 1.0,
    "version": 2,
    "derived_from": ["water_bodies@1"],
    "page": f"{PORTAL}/datasets/bathing_days",
    "a-field-of-a-newer-lab": True,
}
BUSY = {**DONE, "state": "running", "progress": 0.5, "version": None}
FRAME = pd.DataFrame({"water": ["Lek", "Waal"], "days": [3, 4]})


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("polderlab.publishing.EVERY_SECONDS", 0.01)


def test_a_frame_arrives_as_parquet_with_what_was_said_of_it(gateway: FakeGateway) -> None:
    gateway.states = [BUSY, BUSY, DONE]

    published = polderlab.publish(FRAME, "bathing_days", title="Bathing days", note="First")

    (received,) = gateway.received
    assert pd.read_parquet(io.BytesIO(received.content)).equals(FRAME)
    assert received.described["name"] == "bathing_days"
    assert received.described["file"] == "bathing_days.parquet"
    assert received.described["title"] == "Bathing days"
    assert received.described["classification"] is None
    assert (published.version, published.derived_from) == (2, ("water_bodies@1",))


def test_a_map_layer_keeps_its_coordinates(gateway: FakeGateway) -> None:
    gateway.states = [DONE]
    layer = geopandas.GeoDataFrame(FRAME, geometry=[Point(1, 2), Point(3, 4)], crs="EPSG:28992")

    polderlab.publish(layer, "bathing_days", title="Bathing days")

    arrived = geopandas.read_parquet(io.BytesIO(gateway.received[0].content))
    assert arrived.crs.to_epsg() == 28992
    assert arrived.geometry.iloc[1] == Point(3, 4)


def test_a_meaningful_index_goes_along(gateway: FakeGateway) -> None:
    gateway.states = [DONE]
    polderlab.publish(FRAME.set_index("water"), "bathing_days", title="Bathing days")

    arrived = pd.read_parquet(io.BytesIO(gateway.received[0].content))
    assert list(arrived.index) == ["Lek", "Waal"]


def test_a_file_is_sent_as_it_is(gateway: FakeGateway, tmp_path: Path) -> None:
    gateway.states = [DONE]
    path = tmp_path / "Days per water.csv"
    content = b"water;days\nLek;3,5\n" * 200_000
    path.write_bytes(content)

    polderlab.publish(str(path), "bathing_days", title="Bathing days")

    assert gateway.received[0].content == content
    assert gateway.received[0].described["file"] == "Days per water.csv"


def test_progress_is_one_line_that_is_gone_afterwards(
    gateway: FakeGateway, capsys: pytest.CaptureFixture[str]
) -> None:
    gateway.states = [BUSY, DONE]
    polderlab.publish(FRAME, "bathing_days", title="Bathing days")

    said = capsys.readouterr().out
    assert "\n" not in said
    assert said.endswith("\r")


def test_what_came_of_it_is_told_in_text_and_in_html(gateway: FakeGateway) -> None:
    gateway.states = [{**DONE, "findings": ["<b>Two rows</b> were empty."]}]
    published = polderlab.publish(FRAME, "bathing_days", title="Bathing days")

    assert "bathing_days, version 2, is published." in repr(published)
    assert "Made with: water_bodies@1" in repr(published)
    html = published._repr_html_()
    assert "&lt;b&gt;Two rows" in html
    assert f'href="{PORTAL}/datasets/bathing_days"' in html


def test_a_refusal_is_a_permission_error_before_the_file_is_sent(gateway: FakeGateway) -> None:
    gateway.refusal = problem(403, "Choose another name.", "Kies een andere naam.", PORTAL)

    with pytest.raises(PermissionError, match="Choose another name") as caught:
        polderlab.publish(FRAME, "water_bodies")

    assert gateway.received == []
    assert not [path for method, path, _ in gateway.requests if path.endswith("/publications")]
    assert "token" not in str(caught.value)


def test_a_file_the_lab_cannot_use_says_why(gateway: FakeGateway) -> None:
    failed = {**DONE, "state": "failed", "version": None, "findings": ["Column a occurs twice."]}
    gateway.states = [failed]

    with pytest.raises(PublishingError, match=r"bathing_days could not.*\n.*occurs twice"):
        polderlab.publish(FRAME, "bathing_days", title="Bathing days")


def test_what_is_no_data_no_file_or_no_name_is_told_at_once(
    gateway: FakeGateway, tmp_path: Path
) -> None:
    picture = tmp_path / "a.png"
    picture.touch()
    with pytest.raises(TypeError, match="A dict cannot be published"):
        polderlab.publish({}, "bathing_days")
    with pytest.raises(ValueError, match=r"ends in one of \.csv"):
        polderlab.publish(picture, "bathing_days")
    with pytest.raises(FileNotFoundError, match="Check the path"):
        polderlab.publish(tmp_path / "not.csv", "bathing_days")
    with pytest.raises(ValueError, match="cannot name a dataset"):
        polderlab.publish(FRAME, "Bathing days")
    assert gateway.requests == []


def test_a_lab_that_is_silent_gives_no_token_away(
    gateway: FakeGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POLDERLAB_GATEWAY", "http://127.0.0.1:9/v1")
    with pytest.raises(ConnectionError) as caught:
        polderlab.publish(FRAME, "bathing_days", title="Bathing days")
    assert "token" not in repr(caught.value)
    assert caught.value.__cause__ is None


def test_publishing_twice_works_for_the_name_is_a_function_still(gateway: FakeGateway) -> None:
    gateway.states = [DONE]
    polderlab.publish(FRAME, "bathing_days", title="Bathing days")
    polderlab.publish(FRAME, "bathing_days")
    assert len(gateway.received) == 2
