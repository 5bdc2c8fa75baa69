"""A large register, filled in bulk: a hundred thousand datasets in seconds.

The rows go straight into the tables; the search index is built the way the product builds it for
a register that has none.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, Table, insert, text

from polderlab_catalog.domain.datasets import Classification
from polderlab_catalog.domain.texts import Text
from polderlab_catalog.storage.datasets import datasets, versions
from polderlab_catalog.storage.distributions import distributions
from polderlab_catalog.storage.grants import grants
from polderlab_catalog.storage.search_again import index_everything
from tests.fakes.world import World

ORGANISATIONS, PLACES, FEW = 340, 400, 20
AT_ONCE = 10_000
EVERYTHING, A_FEW = "youth-health", "river-access"
"""The project that was granted everything, and the one that was granted a few datasets."""

SUBJECTS = re.findall(
    r"\w+",
    """
    waterkwaliteit grondwater waterschap riolering bodem bodemdaling hoogte landgebruik
    natuur bomen groen lucht geluid energie zonnepanelen warmte verkeer parkeren
    fietspaden bruggen woningen huishoudens inwoners leeftijd inkomen werkgelegenheid
    bedrijven winkels scholen leerlingen sport jeugd gezondheid zorg huisartsen groei
    vaccinatie veiligheid brandweer verkiezingen subsidies belastingen begroting
    vergunningen monumenten archeologie musea
    """,
)
FILLERS = re.findall(
    r"\w+",
    """
    gegevens overzicht kaart tabel register meting metingen locaties gebieden grenzen
    aantal gemiddelde per gemeente wijk buurt provincie jaar maand van voor met ligging
    kenmerken status eigenaar type oppervlakte lengte datum bron toelichting versie
    actueel historisch
    """,
)
THEMES = ("AGRI", "ECON", "EDUC", "ENER", "ENVI", "GOVE", "HEAL", "JUST", "REGI", "SOCI", "TECH")


def fill(world: World, count: int) -> None:
    """Add ``count`` datasets of a version and a file each to ``world``."""
    chance, numbers = random.Random(1), range(count)
    described = [_dataset(number, chance) for number in numbers]
    published = [_version(number, chance, world.clock()) for number in numbers]
    files = [_file(number, chance) for number in numbers]
    closed = [each["name"] for each in described if each["classification"] != "public"]
    some = closed[:: len(closed) // FEW]
    with world.register.write() as t:
        owner = next(iter(t.organisations.all()))
        for number in range(ORGANISATIONS):
            name = Text(f"Organisatie {number}")
            t.organisations.put(replace(owner, slug=f"org-{number}", name=name))
    with world.register.engine.begin() as connection:
        insert_rows(connection, datasets, described)
        insert_rows(connection, versions, published)
        insert_rows(connection, distributions, files)
        insert_rows(connection, grants, list(_grants(EVERYTHING, closed, world.clock())))
        insert_rows(connection, grants, list(_grants(A_FEW, some, world.clock())))
        index_everything(connection)
    settle(world.register.engine)


def settle(engine: Engine) -> None:
    """Do at once what PostgreSQL does by itself within a minute of so many new rows."""
    postgresql = engine.dialect.name == "postgresql"
    with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        connection.execute(text("VACUUM ANALYZE" if postgresql else "ANALYZE"))


def insert_rows(connection: Connection, table: Table, rows: Sequence[dict[str, Any]]) -> None:
    """Insert ``rows``, some thousands at a time."""
    for start in range(0, len(rows), AT_ONCE):
        connection.execute(insert(table), rows[start : start + AT_ONCE])


def _dataset(number: int, chance: random.Random) -> dict[str, Any]:
    subject = chance.choice(SUBJECTS)
    title = f"{subject} {' '.join(chance.sample(FILLERS, 3))} {number}"
    about = " ".join(chance.choices(SUBJECTS + FILLERS * 2, k=40))
    return {
        "name": f"dataset_{number}",
        "title": Text(title.capitalize(), f"Data on {subject} {number}"),
        "description": Text(about, "In Dutch only"),
        "organisation": f"org-{chance.randrange(ORGANISATIONS)}",
        "steward": "Data",
        "classification": chance.choices(list(Classification), (6, 3, 1))[0].value,
        "licence": "",
        "source": "",
        "theme": chance.choice(THEMES),
        "keywords": chance.sample(SUBJECTS, 3),
        "place": f"Plaats {chance.randrange(PLACES)}",
    }


def _version(number: int, chance: random.Random, now: datetime) -> dict[str, Any]:
    created = now - timedelta(days=chance.randrange(2000))
    return {
        "dataset": f"dataset_{number}", "number": 1, "created": created, "note": Text(""),
        "withdrawn": False,
    }  # fmt: skip


def _file(number: int, chance: random.Random) -> dict[str, Any]:
    return {
        "dataset": f"dataset_{number}", "version": 1, "name": "data.parquet", "position": 0,
        "media_type": "application/vnd.apache.parquet", "path": f"dataset_{number}/data.parquet",
        "bytes": 1000, "sha256": "0" * 64, "rows": 10, "crs": chance.choice((None, "EPSG:28992")),
        "columns": [[word, "string", word, ""] for word in chance.sample(FILLERS, 6)],
    }  # fmt: skip


def _grants(project: str, names: Sequence[str], now: datetime) -> Iterator[dict[str, Any]]:
    for name in names:
        yield {
            "id": f"{project}-{name}", "dataset": name, "project": project,
            "starts": now - timedelta(days=9), "ends": now + timedelta(days=90),
            "granted_by": "lab", "reason": "",
        }  # fmt: skip
