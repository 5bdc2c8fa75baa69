"""Images and sizes in the database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from sqlalchemy import BigInteger, Column, Connection, Float, Integer, String, Table

from polderlab_catalog.application import ports
from polderlab_catalog.domain.sessions import Image, Size
from polderlab_catalog.storage.rows import many, one, upsert
from polderlab_catalog.storage.types import Bilingual, metadata

images = Table(
    "images",
    metadata,
    Column("name", String, primary_key=True),
    Column("version", String, nullable=False),
    Column("title", Bilingual, nullable=False),
    Column("digest", String, nullable=False),
)

sizes = Table(
    "sizes",
    metadata,
    Column("name", String, primary_key=True),
    Column("title", Bilingual, nullable=False),
    Column("cpus", Float, nullable=False),
    Column("memory_bytes", BigInteger, nullable=False),
    Column("pids", Integer, nullable=False),
)


class Offer(ports.Offer):
    """Images and sizes by name."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def image(self, name: str) -> Image | None:
        row = one(self._connection, images, images.c.name == name)
        return Image(**row) if row else None

    def images(self) -> Sequence[Image]:
        return [Image(**row) for row in many(self._connection, images)]

    def put_image(self, image: Image) -> None:
        upsert(self._connection, images, {**asdict(image), "title": image.title})

    def size(self, name: str) -> Size | None:
        row = one(self._connection, sizes, sizes.c.name == name)
        return Size(**row) if row else None

    def sizes(self) -> Sequence[Size]:
        return [Size(**row) for row in many(self._connection, sizes)]

    def put_size(self, size: Size) -> None:
        upsert(self._connection, sizes, {**asdict(size), "title": size.title})
