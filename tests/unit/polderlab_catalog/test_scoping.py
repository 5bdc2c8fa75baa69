"""A scope lets through what it names, and nothing that it cannot judge."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal

import pyarrow as pa
import pytest

from polderlab_catalog.domain.scopes import WHOLE, Condition, Operator, Scope
from polderlab_catalog.scoping import ScopeError, apply, schema

TABLE = pa.table(
    {
        "id": pa.array([1, 2, 3, None], pa.int16()),
        "name": ["Lek", "Waal", "O'Brien", None],
        "kind": pa.array(["a", "b", "a", None]).dictionary_encode(),
        "depth": [1.5, float("nan"), 3.5, None],
        "cost": pa.array([Decimal("1.10"), Decimal("2.20"), Decimal("3.30"), None]),
        "open": [True, False, True, None],
        "day": [date(2024, 1, 1), date(2025, 1, 1), date(2026, 1, 1), None],
        "at": pa.array([datetime(2024, 1, n, tzinfo=UTC) for n in (1, 2, 3)] + [None]),
    }
)


@pytest.mark.parametrize(
    ("column", "operator", "values", "ids"),
    [
        ("id", Operator.AT_LEAST, (2,), [2, 3]),
        ("id", Operator.LESS, (100_000,), [1, 2, 3]),
        ("name", Operator.EQUALS, ("O'Brien",), [3]),
        ("name", Operator.NOT_EQUALS, ("Lek",), [2, 3]),
        ("name", Operator.IN, ("Lek", "Waal", "' OR 1=1 --"), [1, 2]),
        ("kind", Operator.EQUALS, ("a",), [1, 3]),
        ("depth", Operator.GREATER, (1,), [1, 3]),
        ("depth", Operator.NULL, (), [2, None]),
        ("cost", Operator.AT_MOST, (2.2,), [1, 2]),
        ("open", Operator.EQUALS, (True,), [1, 3]),
        ("day", Operator.GREATER, ("2024-12-31",), [2, 3]),
        ("at", Operator.EQUALS, ("2024-01-02T01:00:00+01:00",), [2]),
        ("id", Operator.NOT_NULL, (), [1, 2, 3]),
    ],
)
def test_rows_are_compared_as_sql_compares_them(column, operator, values, ids) -> None:
    scope = Scope(rows=(Condition(column, operator, values),))
    assert apply(TABLE, scope)["id"].to_pylist() == ids
    (batch,) = TABLE.to_batches()
    assert apply(batch, scope)["id"].to_pylist() == ids


def test_all_conditions_must_hold_and_may_be_about_columns_that_are_left_out() -> None:
    rows = (
        Condition("kind", Operator.EQUALS, ("a",)),
        Condition("depth", Operator.GREATER, (2,)),
    )
    found = apply(TABLE, Scope(("name", "id"), rows))
    assert found.to_pylist() == [{"name": "O'Brien", "id": 3}]
    assert found.schema == schema(TABLE.schema, Scope(("name", "id"), rows))


@pytest.mark.parametrize(
    "scope",
    [
        Scope(("gone",)),
        Scope(rows=(Condition("gone", Operator.NULL),)),
        Scope(rows=(Condition("id", Operator.EQUALS, ("1",)),)),
        Scope(rows=(Condition("day", Operator.EQUALS, ("never",)),)),
        Scope(rows=(Condition("name", Operator.EQUALS, (1,)),)),
        Scope(rows=(Condition("id", Operator.EQUALS, ()),)),
        Scope(rows=(Condition("open", Operator.EQUALS, ("yes",)),)),
        Scope(rows=(Condition("id", Operator.EQUALS, (True,)),)),
    ],
)
def test_what_cannot_be_judged_is_not_let_through(scope: Scope) -> None:
    with pytest.raises(ScopeError):
        apply(TABLE, scope)


def test_the_whole_is_the_whole() -> None:
    assert apply(TABLE, WHOLE) is TABLE


def test_a_map_layer_stays_one_without_what_is_left_out() -> None:
    bbox = {corner: ["bbox", corner] for corner in ("xmin", "ymin", "xmax", "ymax")}
    geo = {
        "version": "1.1.0",
        "primary_column": "geometry",
        "columns": {"geometry": {"encoding": "WKB", "covering": {"bbox": bbox}}},
    }
    layer = pa.table({"geometry": [b""], "bbox": [1], "name": ["Lek"]})
    layer = layer.replace_schema_metadata({"geo": json.dumps(geo), "pandas": "{}", "own": "kept"})
    whole = apply(layer, Scope(("geometry", "bbox"))).schema.metadata
    assert json.loads(whole[b"geo"]) == geo
    assert whole[b"own"] == b"kept"
    assert b"pandas" not in whole
    kept = json.loads(apply(layer, Scope(("name", "geometry"))).schema.metadata[b"geo"])
    assert kept["columns"] == {"geometry": {"encoding": "WKB"}}
    assert b"geo" not in apply(layer, Scope(("name",))).schema.metadata
