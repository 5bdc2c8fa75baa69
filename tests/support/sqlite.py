"""A register in SQLite as migrations lay it out: migrated once, copied from then on."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from polderlab_catalog.storage.migrate import upgrade
from polderlab_catalog.storage.register import SqlRegister


def new_database(path: Path) -> str:
    """Make a migrated database at ``path``; return its address."""
    path.write_bytes(_migrated())
    return f"sqlite:///{path}"


@cache
def _migrated() -> bytes:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "register.sqlite"
        register = SqlRegister(f"sqlite:///{path}")
        upgrade(register.engine)
        register.close()
        assert [each.name for each in Path(folder).iterdir()] == [path.name]  # all is in it
        return path.read_bytes()
