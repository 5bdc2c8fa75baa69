"""What an image is made of, and when it counts as changed."""

from __future__ import annotations

import tarfile
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from polderlab_images import context
from polderlab_images.settings import BuildSettings
from polderlab_images.spec import ImageSpec, read


@pytest.fixture
def image(tmp_path: Path) -> ImageSpec:
    (tmp_path / "Dockerfile").write_text("FROM scratch\n")
    (tmp_path / "start").write_text("#!/bin/sh\n")
    (tmp_path / "start").chmod(0o755)
    return ImageSpec("plain", "1", {"nl": "Kaal", "en": "Plain"}, tmp_path)


def test_the_same_inputs_have_the_same_hash(image: ImageSpec) -> None:
    first = context.inputs(image, "debian")
    (image.folder / "Dockerfile").touch()
    (image.folder / "__pycache__").mkdir()
    (image.folder / "__pycache__" / "x.pyc").write_bytes(b"compiled")
    assert context.inputs(image, "debian").hash == first.hash
    assert len(first.hash) == 12


def test_a_changed_file_mode_or_parent_changes_the_hash(image: ImageSpec) -> None:
    seen = {context.inputs(image, "debian").hash, context.inputs(image, "other").hash}
    (image.folder / "start").chmod(0o644)
    seen.add(context.inputs(image, "debian").hash)
    (image.folder / "Dockerfile").write_text("FROM scratch\nUSER 1\n")
    seen.add(context.inputs(image, "debian").hash)
    assert len(seen) == 4


def test_an_image_for_analysts_gets_client_and_tutorials() -> None:
    python_geo = read().named("python-geo")
    files = context.inputs(python_geo, "parent").files
    assert any(name.startswith("client/polderlab-") for name in files)
    assert any(name.startswith("tutorials/") for name in files)
    without = context.inputs(replace(python_geo, client=False), "parent").files
    assert not any(name.startswith(("client/", "tutorials/")) for name in without)


def test_the_hosts_own_settings_travel_apart_and_do_not_count(
    image: ImageSpec, tmp_path: Path
) -> None:
    bundle = tmp_path.parent / "ca.pem"
    bundle.write_text("certificates")
    settings = BuildSettings(ca_bundle=bundle, pip={"index-url": "https://u:secret@index/simple"})
    with ExitStack() as exits:
        packed = exits.enter_context(context.pack(context.inputs(image, "debian"), settings))
        tar = exits.enter_context(tarfile.open(fileobj=packed))
        conf = tar.extractfile("build-host/pip.conf")
        assert conf is not None
        told = conf.read().decode()
        assert tar.getmember("start").mode == 0o755
        assert tar.getmember("Dockerfile").mode == 0o644
    assert "index-url = https://u:secret@index/simple" in told
    assert "cert = /run/build-host/ca.pem" in told
    assert "secret" not in repr(settings)
