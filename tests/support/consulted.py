"""A dataset of the tests' lab that is consulted in a PostgreSQL of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.support.lab import SOURCE_PORT, Lab
from tests.support.postgresql import Cluster

DATASET = "dike_readings"
OWNER = "kustregio"
ADDRESS = f"postgresql://localhost:{SOURCE_PORT}/postgres"
"""Where it is in the tests' lab."""
PASSWORD = "dijkwacht-7d1f2c9e"
_SETUP = f"""
CREATE ROLE reader LOGIN PASSWORD '{PASSWORD}';
CREATE TABLE readings AS SELECT n AS id, 'dike ' || n % 7 AS dike, n / 4.0::float8 AS level
  FROM generate_series(1, 5000) AS t(n);
GRANT SELECT ON readings TO reader;
"""


@contextmanager
def database(port: int = SOURCE_PORT) -> Iterator[Cluster]:
    """Start the database where the lab may go."""
    running = Cluster(port)
    try:
        running.start(password=True)
        running.sql(_SETUP)
        yield running
    finally:
        running.stop()


def connect(lab: Lab) -> None:
    """Describe the dataset and connect its source, from the command line alone."""
    known = lab.polderlab("dataset", "describe", DATASET, check=False).returncode == 0
    if not known:  # a lab that was kept has it from the time before
        lab.polderlab(
            "dataset", "register", "--name", DATASET, "--organisation", OWNER,
            "--title", "Dijkmetingen", "--title-en", "Dike readings",
            "--classification", "internal",
            "--licence", "https://creativecommons.org/licenses/by/4.0/",
        )  # fmt: skip
    with TemporaryDirectory() as folder:
        secret = Path(folder) / "password"
        secret.touch(mode=0o600)
        secret.write_text(f"{PASSWORD}\n", "utf-8")
        lab.polderlab(
            "source", "register", DATASET, "--table", "public.readings",
            "--address", ADDRESS, "--username", "reader", "--password-file", str(secret),
        )  # fmt: skip
