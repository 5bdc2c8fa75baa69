"""Scopes on Arrow data: leave out the rows and columns that may not be read.

Rows are compared as SQL compares them: an empty value meets no comparison. Anything that does
not fit raises :class:`ScopeError`, so that what cannot be judged is never sent.
"""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import reduce
from typing import Any, TypeVar

import pyarrow as pa
import pyarrow.compute as pc

from polderlab_catalog.domain.scopes import Condition, Operator, Scope, Value

Data = TypeVar("Data", pa.Table, pa.RecordBatch)

_COMPARE = {
    Operator.EQUALS: pc.equal,
    Operator.NOT_EQUALS: pc.not_equal,
    Operator.LESS: pc.less,
    Operator.AT_MOST: pc.less_equal,
    Operator.GREATER: pc.greater,
    Operator.AT_LEAST: pc.greater_equal,
}


class ScopeError(ValueError):
    """The scope does not fit this data; the message names the column."""


def apply(data: Data, scope: Scope) -> Data:
    """Return the rows and columns of a table or record batch that ``scope`` lets through."""
    if scope.whole:
        return data
    if scope.rows:
        masks = [_mask(data, condition) for condition in scope.rows]
        data = data.filter(reduce(pc.and_kleene, masks))
    if not scope.columns:
        return data
    missing = [name for name in scope.columns if name not in data.schema.names]
    if missing:
        raise ScopeError(f"column {missing[0]} is not there")
    kept = data.select(list(scope.columns))
    return kept.replace_schema_metadata(metadata(data.schema.metadata, scope.columns))


def schema(whole: pa.Schema, scope: Scope) -> pa.Schema:
    """Return the schema :func:`apply` makes of data with schema ``whole``."""
    return apply(whole.empty_table(), scope).schema


def metadata(known: dict[bytes, bytes] | None, columns: tuple[str, ...]) -> dict[bytes, bytes]:
    """Return a schema's metadata for ``columns`` alone.

    Of GeoParquet's ``geo`` only the geometries that stay are told; what pandas noted is dropped,
    for it speaks of columns that may be gone.
    """
    left = {key: value for key, value in (known or {}).items() if key not in (b"geo", b"pandas")}
    told = json.loads((known or {}).get(b"geo", b"null"))
    if not told:
        return left
    shapes = {name: about for name, about in told["columns"].items() if name in columns}
    if told["primary_column"] not in shapes:
        return left
    for about in shapes.values():
        covering = about.get("covering", {}).get("bbox", {})
        if any(path[0] not in columns for path in covering.values()):
            del about["covering"]
    left[b"geo"] = json.dumps(told | {"columns": shapes}).encode()
    return left


def _mask(data: pa.Table | pa.RecordBatch, condition: Condition) -> Any:
    if condition.column not in data.schema.names:
        raise ScopeError(f"column {condition.column} is not there")
    values = data.column(condition.column)
    if pa.types.is_dictionary(values.type):
        values = values.cast(values.type.value_type)
    operator = condition.operator
    if operator is Operator.NULL:
        return pc.is_null(values, nan_is_null=True)
    if operator is Operator.NOT_NULL:
        return pc.invert(pc.is_null(values, nan_is_null=True))
    try:
        if operator is Operator.IN:
            wanted = [_compare(pc.equal, values, value) for value in condition.values]
            return reduce(pc.or_kleene, wanted, pa.scalar(False))
        (value,) = condition.values
        return _compare(_COMPARE[operator], values, value)
    except (pa.ArrowException, ValueError, TypeError, ArithmeticError) as error:
        raise ScopeError(f"column {condition.column} cannot be compared like that") from error


def _compare(compare: Any, values: Any, value: Value) -> Any:
    return compare(values, _scalar(value, values.type))


def _scalar(value: Value, type_: pa.DataType) -> pa.Scalar:
    """Return ``value`` as something of ``type_``; raise where it is none."""
    if pa.types.is_boolean(type_) or isinstance(value, bool):
        if not (pa.types.is_boolean(type_) and isinstance(value, bool)):
            raise TypeError("yes or no fits yes or no only")
        return pa.scalar(value)
    if pa.types.is_integer(type_) or pa.types.is_floating(type_):
        return pa.scalar(_number(value))
    if pa.types.is_decimal(type_):
        return pa.scalar(Decimal(str(_number(value))))
    if pa.types.is_date(type_):
        return pa.scalar(date.fromisoformat(_text(value)), type_)
    if pa.types.is_timestamp(type_):
        moment = datetime.fromisoformat(_text(value))
        if type_.tz is None:
            moment = moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment
        elif moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        return pa.scalar(moment, type_)
    if pa.types.is_string(type_) or pa.types.is_large_string(type_):
        return pa.scalar(_text(value), type_)
    raise TypeError(f"{type_} is not compared")


def _number(value: Value) -> int | float:
    if isinstance(value, str):
        raise TypeError("text is no number")
    return value


def _text(value: Value) -> str:
    if not isinstance(value, str):
        raise TypeError("a number is no text")
    return value
