"""How the building host reaches its archives."""

from __future__ import annotations

from pathlib import Path

import pytest

from polderlab_images.settings import from_environment, index_options


def test_index_options_come_from_pip_itself_without_local_folders() -> None:
    listed = "\n".join(
        [
            "global.index-url='https://file.example/simple'",
            ":env:.index-url='https://env.example/simple'",
            "global.extra-index-url='file:///opt/simple https://more.example/simple'",
            "global.find-links='/opt/wheels'",
            "global.constraint='/etc/constraints.txt'",
        ]
    )
    assert index_options(listed) == {
        "index-url": "https://env.example/simple",
        "extra-index-url": "https://more.example/simple",
    }


def test_a_named_bundle_wins_over_the_hosts(tmp_path: Path) -> None:
    bundle = tmp_path / "agency.pem"
    bundle.write_text("certificates")
    assert from_environment({"POLDERLAB_CA_BUNDLE": str(bundle)}).ca_bundle == bundle


def test_a_bundle_that_is_not_there_is_said_at_once() -> None:
    with pytest.raises(FileNotFoundError, match=r"POLDERLAB_CA_BUNDLE names /nowhere\.pem"):
        from_environment({"POLDERLAB_CA_BUNDLE": "/nowhere.pem"})


def test_a_mirror_brings_its_security_archive_and_proxies_pass() -> None:
    settings = from_environment(
        {"POLDERLAB_DEBIAN_MIRROR": "http://mirror/debian/", "https_proxy": "http://proxy:3128"}
    )
    assert settings.debian_mirror == "http://mirror/debian"
    assert settings.debian_security_mirror == "http://mirror/debian-security"
    assert settings.proxies == {"https_proxy": "http://proxy:3128"}
