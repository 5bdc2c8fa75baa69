"""Words in the database's own full-text index: FTS5 in SQLite, GIN over tsvector in PostgreSQL.

Both get words that are cut, folded and stemmed already (:mod:`.words`) and only look them up:
no parser of theirs ever sees what people write.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
from sqlalchemy import Connection, text

from polderlab_catalog.storage.facets import Numbers
from polderlab_catalog.storage.words import asked, beginning, indexed

SQLITE = (
    # ASCII: the words are folded already, and whatever is left of other scripts is a letter.
    "CREATE VIRTUAL TABLE search_words USING fts5("
    "title, keywords, rest, tokenize = 'ascii', detail = 'column', columnsize = 0, prefix = '2 3')",
)
_VECTORS = ("title", "prominent", "everything")
POSTGRESQL = (
    # The index finds a common word's sixty thousand rows in milliseconds; fetching what lies
    # there is what takes long. So rows are small: the vectors, which nothing ever fetches, lie
    # apart. PostgreSQL moves them out of rows above 2 kB only, hence the ballast: it comes to
    # that, and is compressed to a few bytes where it is.
    "CREATE TABLE search_words (id integer PRIMARY KEY, packed bigint NOT NULL, "
    "title tsvector NOT NULL, prominent tsvector NOT NULL, everything tsvector NOT NULL, "
    "ballast text NOT NULL DEFAULT repeat(' ', 2048)) WITH (toast_tuple_target = 128)",
    "ALTER TABLE search_words ALTER COLUMN ballast SET STORAGE MAIN",
    *(f"ALTER TABLE search_words ALTER COLUMN {c} SET STORAGE EXTERNAL" for c in _VECTORS),
    *(
        f"CREATE INDEX ix_search_words_{column} ON search_words USING gin ({column}) "
        "WITH (fastupdate = off)"
        for column in _VECTORS
    ),
)


@dataclass(frozen=True, slots=True)
class Words:
    """The words a dataset is found by, where they count most and where least."""

    title: frozenset[str]
    keywords: frozenset[str]
    rest: frozenset[str]

    @classmethod
    def of(
        cls, *, title: tuple[str, str], keywords: tuple[str, str], rest: tuple[str, str]
    ) -> Words:
        """Take the words of texts in Dutch and English."""

        def both(texts: tuple[str, str]) -> frozenset[str]:
            return frozenset(indexed(texts[0], "nl") | indexed(texts[1], "en"))

        return cls(both(title), both(keywords), both(rest))


class WordIndex(ABC):
    """Datasets by the words they hold; ids are those of the ``search`` table."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @abstractmethod
    def put(self, words: Mapping[int, tuple[Words, int]]) -> None:
        """Keep the words of each id, and its packed facets, in place of what there was."""

    @abstractmethod
    def remove(self, id_: int) -> None: ...
    @abstractmethod
    def _query(self, forms: list[list[tuple[str, bool]]]) -> str:
        """Return the query for documents that hold a form of every word; a form is a word and
        whether more may follow it."""

    @abstractmethod
    def _matching(self, query: str) -> tuple[Numbers, Numbers]: ...
    @abstractmethod
    def _leading(self, query: str) -> Iterator[Numbers]: ...
    @abstractmethod
    def _joined(self, column: str) -> str:
        """Return the expression that joins the whole numbers of ``column`` with commas."""

    def matches(self, words: str) -> tuple[Numbers, Numbers]:
        """Return ids and packed facets of what holds all of ``words``: everything without any."""
        query = self._asked(words)
        if query:
            return self._matching(query)
        return self._pairs(f"SELECT {self._joined('id')}, {self._joined('packed')} FROM search")  # noqa: S608

    def better(self, words: str) -> Iterator[Numbers]:
        """Yield the ids of what holds all of ``words`` in its title, then in title or keywords."""
        return self._leading(self._asked(words))

    def by_title(self, language: str) -> Numbers:
        """Return the ids of everything, by title in ``language``."""
        column = "title_en" if language == "en" else "title_nl"
        joined = self._joined("id")
        return self._one(f"SELECT {joined} FROM (SELECT id FROM search ORDER BY {column}, id) AS s")  # noqa: S608

    def _asked(self, words: str) -> str:
        last, forms = beginning(words), []
        for word in asked(words):
            forms.append([(form, form == last) for form in sorted(word)])
        return self._query(forms) if forms else ""

    def _pairs(self, statement: str, query: str = "") -> tuple[Numbers, Numbers]:
        ids, packed = self._connection.execute(text(statement), {"query": query}).one()
        return numbers(ids), numbers(packed)

    def _one(self, statement: str, query: str = "") -> Numbers:
        return numbers(self._connection.execute(text(statement), {"query": query}).scalar())


_FORGET = text("DELETE FROM search_words WHERE rowid = :id")


class SqliteWords(WordIndex):
    """FTS5."""

    def put(self, words: Mapping[int, tuple[Words, int]]) -> None:
        self._connection.execute(_FORGET, [{"id": id_} for id_ in words])
        self._connection.execute(
            text(
                "INSERT INTO search_words (rowid, title, keywords, rest) "
                "VALUES (:id, :title, :keywords, :rest)"
            ),
            [
                {
                    "id": id_,
                    "title": " ".join(sorted(each.title)),
                    "keywords": " ".join(sorted(each.keywords)),
                    "rest": " ".join(sorted(each.rest)),
                }
                for id_, (each, _) in words.items()
            ],
        )

    def remove(self, id_: int) -> None:
        self._connection.execute(_FORGET, {"id": id_})

    def _query(self, forms: list[list[tuple[str, bool]]]) -> str:
        return " AND ".join(
            "(" + " OR ".join(f'"{form}"{" *" if more else ""}' for form, more in word) + ")"
            for word in forms
        )

    def _matching(self, query: str) -> tuple[Numbers, Numbers]:
        return self._pairs(
            "SELECT group_concat(s.id), group_concat(s.packed) FROM search_words "
            "CROSS JOIN search s ON s.id = search_words.rowid WHERE search_words MATCH :query",
            query,
        )

    def _leading(self, query: str) -> Iterator[Numbers]:
        for columns in ("title", "title keywords"):
            yield self._one(
                "SELECT group_concat(rowid) FROM search_words WHERE search_words MATCH :query",
                f"{{{columns}}} : ({query})",
            )

    def _joined(self, column: str) -> str:
        return f"group_concat({column})"


class PostgresqlWords(WordIndex):
    """GIN over tsvector."""

    def put(self, words: Mapping[int, tuple[Words, int]]) -> None:
        self._connection.execute(
            text(
                "INSERT INTO search_words (id, packed, title, prominent, everything) VALUES "
                "(:id, :packed, array_to_tsvector(:title), array_to_tsvector(:prominent), "
                "array_to_tsvector(:everything)) ON CONFLICT (id) DO UPDATE SET "
                "packed = excluded.packed, title = excluded.title, "
                "prominent = excluded.prominent, everything = excluded.everything"
            ),
            [
                {
                    "id": id_,
                    "packed": packed,
                    "title": sorted(each.title),
                    "prominent": sorted(each.title | each.keywords),
                    "everything": sorted(each.title | each.keywords | each.rest),
                }
                for id_, (each, packed) in words.items()
            ],
        )

    def remove(self, id_: int) -> None:
        self._connection.execute(text("DELETE FROM search_words WHERE id = :id"), {"id": id_})

    def _query(self, forms: list[list[tuple[str, bool]]]) -> str:
        return " & ".join(
            "(" + " | ".join(f"'{form}'{':*' if more else ''}" for form, more in word) + ")"
            for word in forms
        )

    def _matching(self, query: str) -> tuple[Numbers, Numbers]:
        with self._by_index():
            return self._pairs(
                f"SELECT {self._joined('id')}, {self._joined('packed')} FROM search_words "  # noqa: S608
                "WHERE everything @@ CAST(:query AS tsquery)",
                query,
            )

    def _leading(self, query: str) -> Iterator[Numbers]:
        for column in ("title", "prominent"):
            with self._by_index():
                found = self._one(
                    f"SELECT {self._joined('id')} FROM search_words "  # noqa: S608
                    f"WHERE {column} @@ CAST(:query AS tsquery)",
                    query,
                )
            yield found

    @contextmanager
    def _by_index(self) -> Iterator[None]:
        """Have the planner ask the index, however many rows there will be.

        It takes looking into a vector to cost nothing, also where that has to be fetched first:
        for a word in most datasets it would read all of them, fifty times slower.
        """
        self._connection.execute(text("SET LOCAL enable_seqscan = off"))
        yield
        self._connection.execute(text("SET LOCAL enable_seqscan TO DEFAULT"))

    def _joined(self, column: str) -> str:
        return f"string_agg({column}::text, ',')"


def word_index(connection: Connection) -> WordIndex:
    """Return the word index of the database behind ``connection``."""
    postgresql = connection.dialect.name == "postgresql"
    return (PostgresqlWords if postgresql else SqliteWords)(connection)


def numbers(joined: str | None) -> Numbers:
    """Read numbers from one text: a tenth of the time that as many rows would take."""
    return np.fromstring(joined, dtype=np.int64, sep=",") if joined else np.empty(0, np.int64)
