"""Building and removing images, on the real engine."""

from __future__ import annotations

import io
from collections.abc import Iterator

import docker
import pytest

from polderlab_images import build_all
from polderlab_images.build import remove_all
from polderlab_images.smoke import test as smoke_test

MARK = "polderlab.test-of-removal"


@pytest.fixture
def engine() -> Iterator[docker.DockerClient]:
    client = docker.from_env()
    yield client
    client.close()


def build(engine: docker.DockerClient, dockerfile: str, label: str) -> str:
    image, _ = engine.images.build(
        fileobj=io.BytesIO(dockerfile.encode()), labels={f"{MARK}.{label}": "yes"}, rm=True
    )
    return str(image.id)


def test_an_image_that_is_there_is_found_rather_than_built() -> None:
    (image,) = build_all(lambda _: None)
    said: list[str] = []
    assert build_all(said.append) == [image]
    assert said == []
    assert image.digest.startswith("sha256:")


def test_the_curated_image_passes_its_own_test() -> None:
    found = smoke_test("python-geo")
    assert found["uid"] == 1000
    assert found["node"] is None
    assert "tutorials" in found["home"]
    for extension in ("resource-usage", "jupyter-leaflet", "jupyterlab-manager"):
        assert extension in found["extensions"]


def test_nothing_of_the_building_host_is_left_in_the_image(engine: docker.DockerClient) -> None:
    (built,) = build_all(lambda _: None)
    image = engine.images.get(built.digest)
    told = str(image.history()) + str(image.attrs["Config"]["Env"])
    assert "build-host" not in told
    assert "pip.conf" not in told
    seen = engine.containers.run(built.digest, ["ls", "/run", "/tmp"], remove=True)
    assert b"build-host" not in seen
    assert b"requirements" not in seen


def test_removing_takes_children_before_parents(engine: docker.DockerClient) -> None:
    parent = build(engine, "FROM scratch\nCOPY Dockerfile /parent\n", "image")
    build(engine, f"FROM {parent}\nENV STEP=1\n", "stage")
    child = build(engine, f"FROM {parent}\nENV STEP=2\n", "image")
    build(engine, f"FROM {child}\nENV STEP=3\n", "image")
    labels = (f"{MARK}.image", f"{MARK}.stage")
    remove_all(lambda _: None, labels)
    for label in labels:
        assert engine.images.list(all=True, filters={"label": label}) == []
