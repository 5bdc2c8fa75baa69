"""The catalogue's index: the same datasets are found in memory, SQLite and PostgreSQL."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from alembic import command
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import inspect, text
from tests.contract.conftest import empty_url
from tests.fakes.world import PROJECTS

from polderlab_catalog.application.ports import Register
from polderlab_catalog.application.search import Facet, Hits, SearchQuery, Sort
from polderlab_catalog.domain.datasets import (
    Classification,
    Column,
    Dataset,
    Distribution,
    DistributionRole,
    Version,
)
from polderlab_catalog.domain.grants import Grant
from polderlab_catalog.domain.organisations import Organisation, OrganisationKind
from polderlab_catalog.domain.texts import Text
from polderlab_catalog.storage.engine import for_writing, serialise
from polderlab_catalog.storage.migrate import config, upgrade
from polderlab_catalog.storage.register import SqlRegister

TODAY = date(2026, 11, 22)
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def dataset(name: str, title: str, **facts: object) -> Dataset:
    plain = Dataset(
        name=name,
        title=Text(title),
        description=Text("een beschrijving"),
        organisation="waterdienst",
        steward="Waterdienst, data",
        classification=Classification.PUBLIC,
        licence="",
        source="",
    )
    return replace(plain, **facts)  # type: ignore[arg-type]


def version(name: str, days: int, **facts: object) -> Version:
    file = Distribution(
        "data.parquet", "application/vnd.apache.parquet", f"{name}/data.parquet", 1, "",
        columns=(Column("peil", "double", Text("waterstand in meters")),),
    )  # fmt: skip
    return Version(name, 1, NOON - timedelta(days=days), (replace(file, **facts),))  # type: ignore[arg-type]


DATASETS = (
    dataset("board_areas", "Gebieden van de waterschappen", theme="ENVI", place="Nederland"),
    dataset("sewers", "Riolering", description=Text("In beheer bij elk waterschap", "Sewerage")),
    dataset("levies", "Heffingen", keywords=("waterschap", "belasting"), theme="ECON"),
    dataset(
        "growth_study", "Groeistudie", organisation="kustregio", theme="HEAL",
        classification=Classification.CONFIDENTIAL, place="Kustregio",
    ),
    dataset("schools", "Scholen", description=Text("Eén rij per school", "Schools and pupils")),
    dataset("elsewhere", "Bodemkaart", remote="https://example.org/bodem"),
    dataset("empty_one", "Nog niets"),
)  # fmt: skip
VERSIONS = (
    version("board_areas", 400, crs="EPSG:28992"),
    version("sewers", 40),
    version("levies", 3),
    version("growth_study", 200),
    version("schools", 5, role=DistributionRole.LIVE),
    replace(version("empty_one", 5), withdrawn=True),
)


@pytest.fixture
def filled(register: Register) -> Register:
    fill(register)
    return register


def fill(register: Register) -> None:
    with register.write() as t:
        for slug in ("waterdienst", "kustregio", "rivierstad"):
            t.organisations.put(Organisation(slug, Text(slug), OrganisationKind.LEAD))
        for each in DATASETS:
            t.datasets.put(each)
        for newest in VERSIONS:
            t.datasets.put_version(newest)


def find(register: Register, words: str = "", **more: object) -> Hits:
    projects = more.pop("projects", ("river-access",))
    with register.read() as t:
        return t.search.find(
            SearchQuery(words=words, **more),  # type: ignore[arg-type]
            projects=projects,  # type: ignore[arg-type]
            now=NOON,
            today=TODAY,
        )


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ("waterschappen", {"board_areas", "levies", "sewers"}),
        ("WATERSCHAP", {"board_areas", "levies", "sewers"}),
        ("school", {"schools"}),
        ("een school", {"schools"}),
        ("één", {each.name for each in DATASETS} - {"sewers"}),
        ("waterstanden", {"board_areas", "sewers", "levies", "growth_study", "schools"}),
        ("growth_study", {"growth_study"}),
        ("groei", {"growth_study"}),
        ("groei ", set()),
        ("riolering waterschap", {"sewers"}),
        ("riolering belasting", set()),
        ("kustregio", {"growth_study"}),
        ("bodem", {"elsewhere"}),
        ("%", {each.name for each in DATASETS}),
        ("nietsvandatalles", set()),
    ],
)  # fmt: skip
def test_words_are_found_in_the_forms_dutch_and_english_give_them(
    filled: Register, words: str, names: set[str]
) -> None:
    assert set(find(filled, words).names) == names


def test_what_is_found_in_the_title_comes_first_then_keywords_then_the_rest(
    filled: Register,
) -> None:
    assert find(filled, "waterschap").names == ("board_areas", "levies", "sewers")


def test_without_words_the_newest_come_first(filled: Register) -> None:
    newest = ("levies", "schools", "sewers", "growth_study", "board_areas")
    assert find(filled).names == (*newest, "elsewhere", "empty_one")
    assert find(filled, "waterschap", sort=Sort.NEWEST).names == ("levies", "sewers", "board_areas")


def test_titles_are_sorted_as_they_are_read(filled: Register) -> None:
    found = find(filled, sort=Sort.TITLE).names
    assert found[:3] == ("elsewhere", "board_areas", "growth_study")
    assert len(found) == len(DATASETS)


def test_facets_count_what_the_other_facets_leave(filled: Register) -> None:
    found = find(filled, themes=("ENVI", "ECON"), formats=("map",))
    assert found.names == ("board_areas",)
    assert found.facets[Facet.THEME] == {"ENVI": 1}
    assert found.facets[Facet.FORMAT] == {"map": 1, "table": 1}
    assert find(filled).facets[Facet.FORMAT] == {
        "map": 1, "table": 3, "live": 1, "elsewhere": 1, "none": 1,
    }  # fmt: skip
    assert find(filled).facets[Facet.ORGANISATION] == {"waterdienst": 6, "kustregio": 1}
    assert find(filled).facets[Facet.PLACE] == {"Nederland": 1, "Kustregio": 1}
    assert find(filled, classifications=("confidential",)).names == ("growth_study",)


def test_freshness_is_the_age_of_the_newest_version(filled: Register) -> None:
    assert find(filled).facets[Facet.FRESHNESS] == {"month": 2, "quarter": 3, "year": 4}
    assert find(filled, freshness="quarter").names == ("levies", "schools", "sewers")
    assert find(filled, freshness="tomorrow").names == ()


def test_readable_is_what_is_public_and_what_was_granted(filled: Register) -> None:
    before, after, day = NOON - timedelta(days=9), NOON + timedelta(days=9), timedelta(days=1)
    with filled.write() as t:
        for slug in PROJECTS:
            t.projects.put(PROJECTS[slug])
        t.grants.put(Grant("1", "growth_study", "youth-health", before, after, "lab"))
        t.grants.put(Grant("2", "growth_study", "youth-health", before, NOON + day, "lab"))
        # over, still to come, taken away: none of these gives anything now
        t.grants.put(Grant("3", "growth_study", "river-access", before, NOON, "lab"))
        t.grants.put(Grant("4", "growth_study", "river-access", NOON + day, after, "lab"))
        t.grants.put(
            Grant("5", "growth_study", "river-access", before, after, "lab", revoked=NOON - day)
        )
    mine = find(filled, access=("readable",), projects=tuple(PROJECTS))
    assert set(mine.names) == {"board_areas", "sewers", "levies", "schools", "growth_study"}
    assert mine.facets[Facet.ACCESS] == {"readable": 5}
    assert "growth_study" not in find(filled, access=("readable",)).names
    with filled.read() as t:
        told = t.search.readable(tuple(PROJECTS), NOON)
        assert told == {"river-access": 4, "youth-health": 5}, "two grants of one count once"
        assert t.search.readable((), NOON) == {}
    nobody = find(filled, projects=())
    assert nobody.facets[Facet.ACCESS] == {"locked": 5}


def test_access_can_be_asked_only_to_what_has_data_here(filled: Register) -> None:
    locked = find(filled, access=("locked",))
    assert locked.names == ("growth_study",), "not what lies elsewhere, nor what was withdrawn"
    assert locked.facets[Facet.ACCESS] == {"readable": 4, "locked": 1}
    either = find(filled, access=("readable", "locked"))
    assert set(either.names) == {each.name for each in DATASETS} - {"elsewhere", "empty_one"}


def test_pages_follow_each_other_and_end(filled: Register) -> None:
    pages = [find(filled, size=3, page=number) for number in (1, 2, 3, 4)]
    names = [name for page in pages for name in page.names]
    assert [len(page.names) for page in pages] == [3, 3, 1, 0]
    assert sorted(names) == sorted(each.name for each in DATASETS)
    assert {page.total for page in pages} == {7}


def test_a_description_is_found_as_it_is_now(filled: Register) -> None:
    with filled.write() as t:
        t.datasets.put(dataset("sewers", "Leidingen onder de straat", theme="TRAN"))
    assert find(filled, "riolering").names == ()
    assert find(filled, "leiding").names == ("sewers",)
    assert find(filled, themes=("TRAN",)).names == ("sewers",)


def test_a_withdrawn_version_no_longer_makes_it_new_or_a_map(filled: Register) -> None:
    with filled.write() as t:
        t.datasets.put_version(replace(VERSIONS[0], withdrawn=True))
    assert find(filled, formats=("map",)).names == ()
    assert "board_areas" in find(filled, formats=("none",)).names


def test_a_draft_is_not_found_until_something_of_it_is_published(filled: Register) -> None:
    with filled.write() as t:
        t.datasets.put(dataset("a_draft", "Klad"))
        assert [each.name for each in t.datasets.drafts()] == ["a_draft"]
    assert find(filled, "klad").names == ()
    assert find(filled).total == len(DATASETS)
    with filled.write() as t:
        t.datasets.put_version(version("a_draft", 1))
        assert t.datasets.drafts() == []
    assert find(filled, "klad").names == ("a_draft",)


def test_what_was_rolled_back_is_not_found(filled: Register) -> None:
    def fail() -> None:
        with filled.write() as t:
            t.datasets.put(dataset("ghost", "Spook"))
            raise LookupError

    with pytest.raises(LookupError):
        fail()
    assert find(filled, "spook").names == ()


@pytest.mark.parametrize(
    "words",
    [
        '"', "'", "water*", "NEAR(a b)", "title:groei", "a AND NOT b", "{title} : x", "-x", "^x",
        "x' OR 1=1 --", "!x & | <-> y", ":*", "\x00", "x\x00y", "\\", "%s %(x)s {0}", "🌊", "ﬁ ß İ",
        "數據", "\ud800", "𞤀", "a" * 5000, "a " * 2500,
    ],
)  # fmt: skip
def test_what_people_write_is_looked_up_and_never_run(filled: Register, words: str) -> None:
    assert find(filled, words).total <= len(DATASETS)
    assert find(filled, "waterschap").total == 3, "and everything still works"


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(words=st.text(max_size=60))
def test_no_query_raises(sql: SqlRegister, words: str) -> None:
    assert find(sql, words).names == ()


def test_a_register_from_before_the_index_is_indexed(sql: SqlRegister) -> None:
    fill(sql)
    before = find(sql, "waterschap")
    with sql.engine.begin() as connection:
        for table in ("search", "search_values", "search_words"):
            connection.execute(text(f"DROP TABLE {table}"))
        newest = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
        connection.execute(text("UPDATE alembic_version SET version_num = '0006'"))
        command.upgrade(config(connection), "0007")
        connection.execute(text("UPDATE alembic_version SET version_num = :v"), {"v": newest})
    assert find(sql, "waterschap") == before
    assert find(sql).total == len(DATASETS)


OLDER = (
    "DROP TABLE search_words",
    "CREATE TABLE search_words (id integer PRIMARY KEY, title tsvector NOT NULL,"
    " prominent tsvector NOT NULL, everything tsvector NOT NULL)",
    *(
        f"CREATE INDEX ix_search_words_{column} ON search_words USING gin ({column})"
        for column in ("title", "prominent", "everything")
    ),
    "INSERT INTO organisations (slug, name, kind, cpus, memory_bytes, sessions, suspended)"
    """ VALUES ('waterdienst', '{"nl": "", "en": ""}', 'lead', 1, 1, 1, false)""",
    "INSERT INTO datasets (name, title, description, organisation, steward, classification,"
    """ licence, source, theme, keywords) VALUES ('sewers', '{"nl": "Riolering", "en": ""}',"""
    """ '{"nl": "", "en": ""}', 'waterdienst', '', 'public', '', '', '', '[]')""",
    "INSERT INTO versions (dataset, number, created, note, withdrawn)"
    """ VALUES ('sewers', 1, '2026-11-20', '{"nl": "", "en": ""}', false)""",
    "INSERT INTO distributions"
    " (dataset, version, name, position, media_type, path, bytes, sha256, columns)"
    " VALUES ('sewers', 1, 'data.parquet', 0, '', '', 1, '',"
    """ '[["peil", "double", "waterstand", ""]]')""",
    "INSERT INTO search VALUES (7, 'sewers', 0, 'riol', 'riol')",
    "INSERT INTO search_words VALUES (7, 'riol', 'riol', 'riol')",
)
"""Words as PostgreSQL kept them once, and a dataset that was found by them."""


def test_words_that_were_laid_out_otherwise_are_laid_out_anew(
    request: pytest.FixtureRequest,
) -> None:
    register = SqlRegister(empty_url("postgresql", request, migrated=False))
    with for_writing(register.engine).begin() as connection:
        serialise(connection)
        command.upgrade(config(connection), "0008")
        for statement in OLDER:
            connection.exec_driver_sql(statement)
    upgrade(register.engine)
    columns = [each["name"] for each in inspect(register.engine).get_columns("search_words")]
    assert "packed" in columns
    for asked in ("riolering", "waterstand", ""):
        assert find(register, asked).names == ("sewers",)
    assert find(register).facets[Facet.FORMAT] == {"table": 1}
    register.close()
