from __future__ import annotations

from pathlib import Path

import pytest

from polderlab_catalog.bootstrap import Lab
from polderlab_catalog.cli.lab_file import read_file
from polderlab_catalog.cli.lab_picture import picture_in, text_of
from polderlab_catalog.demo.load import load
from polderlab_catalog.demo.people import ACCOUNTS
from polderlab_catalog.domain.actors import Actor
from polderlab_catalog.domain.sessions import Image
from polderlab_catalog.domain.texts import Text

pytestmark = pytest.mark.usefixtures("_packages")

ROOT = Actor.operator("root")
IMAGE = Image("python-geo", "1", Text("Python", "Python"), "sha256:1")


def test_the_demo_exported_and_applied_is_the_same_demo(lab: Lab) -> None:
    load(lab, Path("sources"), [IMAGE], lambda _: None)
    before = lab.declarations.picture(ROOT)
    text, count = text_of(before), lab.audit.verify().count
    assert all(account.person.username in text for account in ACCOUNTS)
    assert "growth_study:" in text
    assert lab.declarations.apply(ROOT, picture_in(read_file(text)[0])) == ()
    assert lab.declarations.picture(ROOT) == before
    assert lab.audit.verify().count == count
