"""The export keeps every rule of DCAT-AP-NL, and the rules notice when it does not."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rdflib import Graph, Literal, URIRef
from rdflib.compare import isomorphic
from rdflib.namespace import RDF
from tests.fakes.world import DATASETS, ORGANISATIONS, PORTAL, distribution
from tests.support.dcat_ap_nl import RULES, lines, term, violations

from polderlab_catalog.application.dcat import Form, Listed, Listing
from polderlab_catalog.dcat import codes
from polderlab_catalog.dcat.writing import Writer
from polderlab_catalog.domain.datasets import (
    Classification,
    Dataset,
    Distribution,
    DistributionRole,
    Version,
)
from polderlab_catalog.domain.texts import Text

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
FIRST = datetime(2025, 1, 2, 9, 30, tzinfo=UTC)
WRITER = Writer(PORTAL)

FULL = replace(
    DATASETS["water_bodies"],
    title=Text("Grote wateren", "Large water bodies"),
    theme="ENVI",
    keywords=("water", "KRW"),
    place="Nederland",
    contact="data@waterdienst.example",
    frequency="ANNUAL",
    period=(date(2018, 1, 1), date(2018, 12, 31)),
    hvd_category="http://data.europa.eu/bna/c_dd313021",
    open_download=True,
)
FILES = (
    replace(distribution("water_bodies"), crs="EPSG:28992", bbox=(3.2, 50.7, 7.3, 53.6)),
    replace(
        distribution("water_bodies"),
        name="water.gpkg",
        media_type="application/geopackage+sqlite3",
        role=DistributionRole.ORIGINAL,
    ),
)
LIVE = Distribution(
    "soil_survey.arrow",
    "application/vnd.apache.arrow.stream",
    path="",
    bytes=0,
    sha256="",
    role=DistributionRole.LIVE,
)


def listed(
    dataset: Dataset = FULL, files: tuple[Distribution, ...] = FILES, number: int = 3
) -> Listed:
    version = Version(dataset.name, number, NOW, files, Text("Aangevuld", "Completed"))
    return Listed(dataset, version, ORGANISATIONS[dataset.organisation], open=True, first=FIRST)


def listing(*items: Listed, page: int = 1, pages: int = 1) -> Listing:
    return Listing(items, ORGANISATIONS["waterdienst"], page, pages, len(items), NOW)


EVERY_KIND = listing(
    listed(),
    listed(DATASETS["growth_study"], (distribution("growth_study"),), 1),
    listed(DATASETS["soil_survey"], (LIVE,), 1),
)


def read(content: bytes, form: Form = Form.TURTLE) -> Graph:
    return Graph().parse(content, format=form.value)


def catalogue(form: Form = Form.TURTLE) -> Graph:
    return read(WRITER.catalogue(EVERY_KIND, form), form)


@pytest.mark.parametrize("form", Form)
def test_a_catalogue_of_every_kind_of_dataset_conforms(form: Form) -> None:
    graph = catalogue(form)
    assert violations(graph) == []
    for class_ in ("Catalog", "CatalogRecord", "Dataset", "Distribution", "DataService"):
        assert list(graph.subjects(RDF.type, term(f"dcat:{class_}"))), f"there is no {class_}"


def test_a_lab_without_a_lead_agency_publishes_its_catalogue_itself() -> None:
    graph = read(WRITER.catalogue(replace(EVERY_KIND, publisher=None), Form.TURTLE))
    assert violations(graph) == []


def test_the_three_forms_say_the_same() -> None:
    turtle = catalogue()
    assert isomorphic(turtle, catalogue(Form.XML))
    assert isomorphic(turtle, catalogue(Form.JSON_LD))


@pytest.mark.parametrize("item", EVERY_KIND.items, ids=lambda item: item.dataset.name)
def test_one_dataset_by_itself_conforms(item: Listed) -> None:
    assert violations(read(WRITER.dataset(item, Form.TURTLE))) == []


MANDATORY = [
    (class_, path)
    for class_, text in RULES.items()
    for path, least, *_ in lines(text)
    if least != "0" and class_ != "adms:Identifier"
]


@pytest.mark.parametrize(("class_", "path"), MANDATORY)
def test_leaving_out_what_is_mandatory_is_noticed(class_: str, path: str) -> None:
    graph = catalogue()
    subject = next(iter(graph.subjects(RDF.type, term(class_))))
    assert (subject, term(path), None) in graph
    graph.remove((subject, term(path), None))
    assert any("MinCount" in each for each in violations(graph))


@pytest.mark.parametrize(
    ("class_", "path", "value", "rule"),
    [
        ("dcat:Dataset", "dct:accessRights", URIRef("https://x.example/open"), "InConstraint"),
        ("dcat:Dataset", "dcat:theme", URIRef("https://x.example/water"), "ClassConstraint"),
        ("dcat:Dataset", "dct:identifier", Literal("a second"), "MaxCount"),
        ("dcat:Dataset", "dcat:contactPoint", Literal("somebody"), "NodeKind"),
        ("dcat:Distribution", "dcat:byteSize", Literal("large"), "Datatype"),
        ("dcat:Distribution", "dct:format", URIRef("https://x.example/gpkg"), "Pattern"),
        ("dcat:CatalogRecord", "dct:modified", Literal("yesterday"), "OrConstraint"),
    ],
)
def test_what_is_not_in_a_range_or_list_is_noticed(
    class_: str, path: str, value: URIRef | Literal, rule: str
) -> None:
    graph = catalogue()
    graph.add((next(iter(graph.subjects(RDF.type, term(class_)))), term(path), value))
    assert any(rule in each for each in violations(graph))


def test_a_classification_decides_what_the_access_rights_are() -> None:
    graph = catalogue()
    rights = {
        str(dataset).rpartition("/")[2]: str(right).rpartition("/")[2]
        for dataset in graph.subjects(RDF.type, term("dcat:Dataset"))
        for right in graph.objects(dataset, term("dct:accessRights"))
    }
    assert rights == {
        "water_bodies": "PUBLIC",
        "growth_study": "NON_PUBLIC",
        "soil_survey": "RESTRICTED",
    }
    assert set(codes.ACCESS_RIGHTS) == set(Classification)


def test_a_high_value_dataset_names_its_category_and_the_law_for_its_files_too() -> None:
    graph = catalogue()
    dataset = URIRef(f"{PORTAL}/id/dataset/water_bodies")
    law = URIRef("http://data.europa.eu/eli/reg_impl/2023/138/oj")
    category = URIRef("http://data.europa.eu/bna/c_dd313021")
    assert (dataset, term("dcatap:hvdCategory"), category) in graph
    for subject in (dataset, *graph.objects(dataset, term("dcat:distribution"))):
        assert (subject, term("dcatap:applicableLegislation"), law) in graph


def test_a_high_value_service_tells_what_the_law_asks_of_it() -> None:
    live = replace(DATASETS["soil_survey"], hvd_category=FULL.hvd_category)
    graph = read(WRITER.dataset(listed(live, (LIVE,), 1), Form.TURTLE))
    service = URIRef(f"{PORTAL}/datasets/soil_survey#service")
    for path in (
        "dcatap:hvdCategory",
        "dcatap:applicableLegislation",
        "dcat:contactPoint",
        "foaf:page",
        "dct:license",
    ):
        assert (service, term(path), None) in graph, path
    assert violations(graph) == []


def test_a_dataset_came_out_with_its_first_version_and_a_file_with_its_own() -> None:
    graph = read(WRITER.dataset(listed(), Form.TURTLE))
    dataset = URIRef(f"{PORTAL}/id/dataset/water_bodies")
    issued, modified = term("dct:issued"), term("dct:modified")
    assert (dataset, issued, Literal(FIRST)) in graph
    assert (dataset, modified, Literal(NOW)) in graph
    for file in graph.objects(dataset, term("dcat:distribution")):
        assert (file, issued, Literal(NOW)) in graph


@pytest.mark.parametrize(
    ("licence", "told"),
    [
        ("https://creativecommons.org/licenses/by/4.0/", "CC_BY_4_0"),
        ("http://creativecommons.org/licenses/by/4.0/deed.nl", "CC_BY_4_0"),
        ("http://www.creativecommons.org/licenses/by-sa/4.0", "CC_BYSA_4_0"),
        ("http://creativecommons.org/publicdomain/zero/1.0/deed.nl", "CC0"),
        ("https://creativecommons.org/licenses/by/4.0.evil.example/", None),
        ("https://x.example/?creativecommons.org/licenses/by/4.0/", None),
        ("https://data.example/own-licence", None),
    ],
)
def test_a_licence_goes_by_its_name_in_the_table_of_the_eu(licence: str, told: str | None) -> None:
    item = listed(replace(FULL, licence=licence))
    graph = read(WRITER.dataset(item, Form.TURTLE))
    found = {str(each) for each in graph.objects(None, term("dct:license"))}
    assert found == {f"{codes.AUTHORITY}licence/{told}" if told else licence}


def test_only_open_files_have_a_download_and_no_path_leaves_the_lab() -> None:
    closed = replace(listed(), open=False)
    text = WRITER.dataset(closed, Form.TURTLE).decode()
    assert "downloadURL" not in text
    assert FILES[0].path not in text
    text = WRITER.dataset(listed(), Form.TURTLE).decode()
    assert f"{PORTAL}/open/water_bodies/water.gpkg" in text
    assert FILES[0].path not in text


def test_an_organisation_goes_by_its_public_identifier() -> None:
    tooi = "https://identifier.overheid.nl/tooi/id/waterschap/ws0155"
    owner = replace(ORGANISATIONS["waterdienst"], identifier=tooi)
    graph = read(WRITER.dataset(replace(listed(), owner=owner), Form.TURTLE))
    dataset = URIRef(f"{PORTAL}/id/dataset/water_bodies")
    assert graph.value(dataset, term("dct:publisher")) == URIRef(tooi)


def test_a_dataset_is_not_its_page_and_says_where_that_is() -> None:
    graph = read(WRITER.catalogue(EVERY_KIND, Form.TURTLE))
    datasets = set(graph.subjects(RDF.type, term("dcat:Dataset")))
    pages = set(graph.subjects(RDF.type, term("foaf:Document")))
    assert len(datasets) == len(EVERY_KIND.items)
    assert not datasets & pages
    for dataset in datasets:
        page = URIRef(str(dataset).replace("/id/dataset/", "/datasets/"))
        assert graph.value(dataset, term("dcat:landingPage")) == page
        assert str(graph.value(dataset, term("dct:identifier"))) == str(dataset)
        for file in graph.objects(dataset, term("dcat:distribution")):
            assert graph.value(file, term("dcat:accessURL")) == page
    topics = set(graph.objects(None, term("foaf:primaryTopic")))
    assert topics == datasets
    served = set(graph.objects(None, term("dcat:servesDataset")))
    assert served
    assert served <= datasets


def test_pages_point_to_their_neighbours_for_harvesters() -> None:
    hydra = "http://www.w3.org/ns/hydra/core#"
    graph = read(WRITER.catalogue(replace(EVERY_KIND, page=2, pages=3), Form.TURTLE))
    links = {
        link: [str(each).rpartition("=")[2] for each in graph.objects(None, URIRef(hydra + link))]
        for link in ("first", "previous", "next", "last")
    }
    assert links == {"first": ["1"], "previous": ["1"], "next": ["3"], "last": ["3"]}
    last = read(WRITER.catalogue(replace(EVERY_KIND, page=3, pages=3), Form.TURTLE))
    assert not list(last.objects(None, URIRef(hydra + "next")))


WORDS = st.text(max_size=40)


@settings(max_examples=30, deadline=None)
@given(WORDS, WORDS, WORDS, WORDS, st.sampled_from(Form))
def test_whatever_people_write_conforms_and_can_be_read_back(
    title: str, licence: str, contact: str, code: str, form: Form
) -> None:
    dataset = replace(
        FULL,
        title=Text(title, ""),
        description=Text("", title),
        steward=contact,
        contact=contact,
        licence=licence,
        theme=code,
        frequency=code,
        language=code,
        place=title,
        keywords=(title,),
        source=licence,
        hvd_category=code,
    )
    file = replace(FILES[0], media_type=code, crs=code)
    content = WRITER.catalogue(listing(listed(dataset, (file,))), form)
    assert violations(read(content, form)) == []
