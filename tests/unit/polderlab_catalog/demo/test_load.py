from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from tests.fakes.clock import NOON

from polderlab_catalog.bootstrap import Lab
from polderlab_catalog.demo import publish as publishing
from polderlab_catalog.demo.datasets import DATASETS
from polderlab_catalog.demo.load import GRANTED, GRANTED_TO, is_loaded, load
from polderlab_catalog.domain.actors import Actor
from polderlab_catalog.domain.sessions import Image
from polderlab_catalog.domain.texts import Text

pytestmark = pytest.mark.usefixtures("_packages")

IMAGE = Image("python-geo", "1", Text("Python", "Python"), "sha256:1")


def loaded(lab: Lab) -> bool:
    return load(lab, Path("sources"), [IMAGE], lambda _: None).new


def test_loading_publishes_every_dataset_with_its_file(lab: Lab) -> None:
    assert loaded(lab)
    with lab.register.read() as t:
        versions = t.datasets.newest_versions()
    assert set(versions) == {demo.dataset.name for demo in DATASETS}
    for version in versions.values():
        (file,) = version.distributions
        assert (lab.settings.data_folder / file.path).stat().st_size == file.bytes


def test_the_growth_study_is_granted_to_its_owners_project_alone(lab: Lab) -> None:
    loaded(lab)
    (grant,) = lab.grants.of_dataset(GRANTED)
    assert grant.project == GRANTED_TO
    assert grant.live(NOON)
    assert grant.live(NOON + timedelta(days=360))


def test_analysts_can_start_the_demos_projects(lab: Lab) -> None:
    loaded(lab)
    assert lab.sessions.check("rivierstad-analyst", "river-access")
    assert lab.sessions.check("kustregio-analyst", "youth-health", "python-geo", "medium")
    assert not lab.sessions.check("rivierstad-analyst", "youth-health")


def test_loading_again_changes_nothing(lab: Lab) -> None:
    loaded(lab)
    before = lab.audit.verify().count
    assert not loaded(lab)
    assert lab.audit.verify().count == before


def test_loading_again_undoes_nothing_that_people_did(lab: Lab) -> None:
    loaded(lab)
    lab.grants.revoke(Actor.lab(), GRANTED, GRANTED_TO)
    lab.members.remove(Actor.lab(), "river-access", "rivierstad-analyst")
    lab.organisations.suspend(Actor.lab(), "kustregio")
    loaded(lab)
    assert not lab.sessions.check("rivierstad-analyst", "river-access")
    assert not lab.sessions.check("kustregio-analyst", "youth-health")
    assert not [grant for grant in lab.grants.of_dataset(GRANTED) if grant.live(NOON)]


def test_a_rebuilt_image_is_offered_when_the_demo_is_there_already(lab: Lab) -> None:
    loaded(lab)
    rebuilt = replace(IMAGE, version="2", digest="sha256:2")
    load(lab, Path("sources"), [rebuilt], lambda _: None)
    with lab.register.read() as t:
        assert t.offer.image("python-geo") == rebuilt


def test_a_load_that_broke_off_is_completed(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: object) -> None:
        raise ConnectionError

    with monkeypatch.context() as patched:
        patched.setattr(publishing, "READERS", {**publishing.READERS, "places": fail})
        with pytest.raises(ConnectionError):
            loaded(lab)
    assert not is_loaded(lab)
    assert loaded(lab)
    with lab.register.read() as t:
        assert [version.number for version in t.datasets.versions("water_bodies")] == [1]
