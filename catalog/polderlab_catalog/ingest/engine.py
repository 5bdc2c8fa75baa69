"""DuckDB as the lab uses it: bounded memory, spilling to disk, and nothing from the network."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

MIB = 1024**2


@contextmanager
def engine(
    scratch: Path | None = None, *, memory_mib: int = 256, threads: int = 2
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Yield a DuckDB of its own; ``scratch`` is where it may put what does not fit in memory."""
    config: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": f"{memory_mib}MiB",
        "threads": threads,
        "temp_directory": str(scratch) if scratch else "",
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "allow_community_extensions": False,
    }
    connection = duckdb.connect(":memory:", config=config)
    try:
        connection.execute("SET enable_progress_bar = false")
        connection.execute("SET python_enable_replacements = false")
        connection.execute("SET lock_configuration = true")
        yield connection
    finally:
        connection.close()


def quoted(name: str) -> str:
    """Return ``name`` as an SQL identifier, whatever is in it."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """Return ``text`` as an SQL string, for the places that take no parameter."""
    return "'" + text.replace("'", "''") + "'"
