"""Live sources: the same in every store."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from tests.fakes.world import World

from polderlab_catalog.domain.scopes import Condition, Operator, Scope
from polderlab_catalog.domain.sources import Parameter, Source, SourceKind

SOURCE = Source(
    "soil_survey",
    SourceKind.SQL,
    "postgresql://db.example.nl/soil",
    sealed="gAAAAA-sealed",
    query="select * from samples where year = :year",
    parameters=(Parameter("year", "integer", "2024"), Parameter("place", "text")),
    scope=Scope(("id", "ph"), (Condition("ph", Operator.IN, (5, 6.5)),)),
    timeout_seconds=30,
    row_limit=3_000_000_000,
)


def test_a_source_is_kept_changed_and_removed(world: World) -> None:
    later = replace(
        SOURCE,
        snapshot_hours=24,
        snapshot_at=datetime(2026, 11, 5, 3, tzinfo=UTC),
        problem="source-changed",
        problem_columns="ph",
        problem_at=datetime(2026, 11, 5, 4, tzinfo=UTC),
    )
    with world.register.write() as t:
        t.sources.put(SOURCE)
        assert t.sources.get("soil_survey") == SOURCE
        t.sources.put(later)
        t.sources.put(Source("growth_study", SourceKind.URL, "https://example.nl/a.csv"))
    with world.register.write() as t:
        assert t.sources.get("soil_survey") == later
        assert t.sources.get("water_bodies") is None
        assert [each.dataset for each in t.sources.all()] == ["growth_study", "soil_survey"]
        assert t.sources.remove("soil_survey")
        assert not t.sources.remove("soil_survey")
        assert t.sources.get("soil_survey") is None


def test_sealed_credentials_do_not_show() -> None:
    assert "gAAAAA" not in repr(SOURCE)
