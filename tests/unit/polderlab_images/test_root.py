"""Where the first image comes from: the engine, a registry, or Debian's archive."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from docker.errors import APIError, ImageNotFound

from polderlab_images import root, settings
from polderlab_images.spec import RootSpec

SPEC = RootSpec(image="debian:trixie-slim", suite="trixie")


class Engine:
    """An engine that has some images and sees a registry, or does not."""

    def __init__(self, *, has: tuple[str, ...] = (), registry: bool = False) -> None:
        self.has, self.registry, self.pulled = set(has), registry, list[str]()
        self.images = SimpleNamespace(get=self._get, pull=self.pulled.append)
        self.api = SimpleNamespace(inspect_distribution=self._inspect)

    def _get(self, tag: str) -> str:
        if tag not in self.has:
            raise ImageNotFound(tag)
        return tag

    def _inspect(self, image: str) -> dict[str, Any]:
        if not self.registry:
            raise APIError(f"no registry answers for {image}")
        return {}

    def close(self) -> None:
        """Hang up."""


@pytest.fixture
def bootstrapped(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the tags that were bootstrapped; the real thing is in the engine tests."""
    made: list[str] = []
    monkeypatch.setattr(
        root, "_bootstrap", lambda _client, _suite, tag, _settings: made.append(tag)
    )
    return made


@pytest.mark.parametrize(
    ("engine", "expected", "pulled", "made"),
    [
        (Engine(registry=True), "debian:trixie-slim", ["debian:trixie-slim"], []),
        (Engine(), "polderlab/debian:trixie", [], ["polderlab/debian:trixie"]),
        (Engine(has=("debian:trixie-slim",)), "debian:trixie-slim", [], []),
        (
            Engine(has=("polderlab/debian:trixie",), registry=True),
            "polderlab/debian:trixie",
            [],
            [],
        ),
    ],
    ids=["a registry answers", "none answers", "pulled before", "bootstrapped before"],
)
def test_the_registrys_debian_is_taken_where_there_is_one_and_made_where_not(
    engine: Engine,
    expected: str,
    pulled: list[str],
    made: list[str],
    bootstrapped: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(root.docker, "from_env", lambda **_: engine)
    found = root.ensure(engine, SPEC, settings.BuildSettings(), lambda _: None)  # type: ignore[arg-type]
    assert (found, engine.pulled, bootstrapped) == (expected, pulled, made)
