"""Column types: what the databases say differently, said once."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, DateTime, Dialect, MetaData, TypeDecorator

from polderlab_catalog.domain.texts import Text

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)
"""All tables of the register; constraints get the same names in every database."""


class Instant(TypeDecorator[datetime]):
    """A timezone-aware moment, in UTC both ways (SQLite itself knows no time zones)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """Convert to UTC; a moment without a time zone is a mistake."""
        if value is None:
            return None
        if value.tzinfo is None:
            msg = "a moment without a time zone cannot be stored"
            raise ValueError(msg)
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """Return it in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Bilingual(TypeDecorator[Text]):
    """A :class:`Text` as ``{"nl": …, "en": …}``."""

    impl = JSON
    cache_ok = True

    def process_bind_param(self, value: Text | None, _dialect: Dialect) -> dict[str, str] | None:
        """Return both languages."""
        return None if value is None else {"nl": value.nl, "en": value.en}

    def process_result_value(self, value: Any, _dialect: Dialect) -> Text | None:
        """Return the text."""
        return None if value is None else Text(**value)
