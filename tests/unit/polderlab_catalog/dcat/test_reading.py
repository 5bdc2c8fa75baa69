"""Other people's catalogues: what is understood of them, and what does them no good to try."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from rdflib import Graph
from tests.unit.polderlab_catalog.dcat.test_conformance import EVERY_KIND, FULL, WRITER, listed

from polderlab_catalog.application.dcat import Form
from polderlab_catalog.application.errors import Unavailable
from polderlab_catalog.application.harvests import Described
from polderlab_catalog.dcat.fetching import Fetched
from polderlab_catalog.dcat.parsing import parse
from polderlab_catalog.dcat.reading import Reader
from polderlab_catalog.domain.texts import Text

HERE = "https://data.example.nl/catalog"
KINDS = {
    Form.TURTLE: "text/turtle",
    Form.XML: "application/rdf+xml",
    Form.JSON_LD: "application/ld+json",
}
PREFIXES = """
    @prefix dcat: <http://www.w3.org/ns/dcat#> .
    @prefix dct: <http://purl.org/dc/terms/> .
    @prefix foaf: <http://xmlns.com/foaf/0.1/> .
    @prefix hydra: <http://www.w3.org/ns/hydra/core#> .
"""


def document(content: str | bytes, kind: str = "text/turtle", link: str = "") -> Fetched:
    return Fetched(HERE, kind, link, content.encode() if isinstance(content, str) else content)


def read(content: str | bytes, kind: str = "text/turtle") -> list[Described]:
    return Reader(lambda _url: document(content, kind)).read(HERE)


@pytest.mark.parametrize("form", Form)
def test_what_one_lab_writes_another_reads_back(form: Form) -> None:
    found = {
        each.page.rpartition("/")[2]: each
        for each in read(WRITER.catalogue(EVERY_KIND, form), KINDS[form])
    }
    assert set(found) == {"water_bodies", "growth_study", "soil_survey"}
    assert found["water_bodies"] == Described(
        uri="http://127.0.0.1:8000/services/lab/id/dataset/water_bodies",
        page="http://127.0.0.1:8000/services/lab/datasets/water_bodies",
        title=FULL.title,
        description=FULL.description,
        publisher=FULL.steward,
        contact=FULL.contact,
        licence=FULL.licence,
        source=FULL.source,
        theme=FULL.theme,
        keywords=tuple(sorted(FULL.keywords)),
        place=FULL.place,
        frequency=FULL.frequency,
        language=FULL.language,
        period=(date(2018, 1, 1), date(2018, 12, 31)),
        hvd_category=FULL.hvd_category,
    )


def test_pages_are_followed_and_a_circle_ends() -> None:
    pages = {
        f"{HERE}?page={number}": PREFIXES
        + f"""<https://x.example/{number}> a dcat:Dataset ; dct:title "{number}" .
        <{HERE}?page={number}> a hydra:PagedCollection ;
            hydra:next <{HERE}?page={number % 3 + 1}> ."""
        for number in (1, 2, 3)
    }

    def fetch(url: str) -> Fetched:
        return Fetched(url, "text/turtle", "", pages[url].encode())

    found = Reader(fetch).read(f"{HERE}?page=1")
    assert [each.title.nl for each in found] == ["1", "2", "3"]


def test_a_link_header_leads_to_the_next_page_too() -> None:
    answers = iter(
        [
            document(PREFIXES, link=f'<{HERE}?page=1>; rel="first", <?page=2>; rel="next"'),
            document(PREFIXES + '<https://x.example/2> a dcat:Dataset ; dct:title "2" .'),
        ]
    )
    assert len(Reader(lambda _url: next(answers)).read(HERE)) == 1


@pytest.mark.parametrize(
    ("statements", "title"),
    [
        ('dct:title "Water"', Text("Water", "")),
        ('dct:title "Water"@nl, "Waters"@en-GB', Text("Water", "Waters")),
        ('dct:title "Eau"@fr', Text("Eau", "")),
        (f'dct:title "{"x" * 1000}"', Text("x" * 300, "")),
    ],
)
def test_titles_are_read_in_their_languages_and_cut_to_size(statements: str, title: Text) -> None:
    (found,) = read(PREFIXES + f"<https://x.example/1> a dcat:Dataset ; {statements} .")
    assert found.title == title


@pytest.mark.parametrize(
    ("statements", "page"),
    [
        ("dcat:landingPage <https://x.example/page>", "https://x.example/page"),
        ("dcat:landingPage <javascript:alert(1)>", "https://x.example/1"),
        ("dcat:landingPage <data:text/html,x>", "https://x.example/1"),
        ('dcat:landingPage "https://x.example/a b"', "https://x.example/1"),
        ("foaf:page <https://x.example/doc>", "https://x.example/doc"),
    ],
)
def test_people_are_only_ever_sent_to_a_web_page(statements: str, page: str) -> None:
    (found,) = read(
        PREFIXES + f'<https://x.example/1> a dcat:Dataset ; dct:title "a" ; {statements} .'
    )
    assert found.page == page


def test_what_is_in_no_list_is_left_out() -> None:
    (found,) = read(
        PREFIXES
        + """<https://x.example/1> a dcat:Dataset ; dct:title "a" ;
        dcat:theme <https://x.example/theme> ; dct:language "nl" ;
        dct:accrualPeriodicity <http://publications.europa.eu/resource/authority/frequency/X> ;
        dct:temporal [ dcat:startDate "soon" ; dcat:endDate "later" ] ;
        dct:license "none of your business" ."""
    )
    assert (found.theme, found.frequency, found.language) == ("", "", "NLD")
    assert (found.period, found.licence) == (None, "")


BOMB = """<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
  xmlns:dct="http://purl.org/dc/terms/" xmlns:dcat="http://www.w3.org/ns/dcat#">
<dcat:Dataset rdf:about="https://x.example/1"><dct:title>&b;</dct:title></dcat:Dataset>
</rdf:RDF>"""


def test_entities_are_not_unfolded_and_files_not_read(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("the lab's own")
    outside = BOMB.replace('<!ENTITY b "&a;&a;&a;&a;">', f'<!ENTITY b SYSTEM "{secret.as_uri()}">')
    for attack in (BOMB, outside, BOMB.replace("&b;", "&a;")):
        with pytest.raises(Unavailable, match="entities"):
            read(attack, "application/rdf+xml")
    harmless = BOMB.replace("&b;", "ha").partition("<!DOCTYPE")[0] + BOMB.partition("]>")[2]
    (found,) = read(harmless.replace("&b;", "ha"), "application/rdf+xml")
    assert found.title == Text("ha", "")


@pytest.mark.parametrize(
    "context",
    [
        '"https://evil.example/context"',
        '["https://evil.example/context", {}]',
        '{"@import": "https://evil.example/context"}',
        '{"dct": {"@id": "http://purl.org/dc/terms/", "@context": "file:///etc/passwd"}}',
    ],
)
def test_a_context_elsewhere_is_never_fetched(
    context: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def went(*_: object, **__: object) -> None:
        raise AssertionError("the lab went to fetch a context")

    monkeypatch.setattr("urllib.request.urlopen", went)
    monkeypatch.setattr("rdflib.plugins.shared.jsonld.util.source_to_json", went)
    with pytest.raises(Unavailable, match="context elsewhere"):
        read(f'{{"@context": {context}, "@id": "x:y"}}', "application/ld+json")


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        ("this is no turtle", "text/turtle"),
        ("<a><b></a>", "application/rdf+xml"),
        ("[" * 100_000, "application/ld+json"),
        ("{", "application/ld+json"),
        ("[" * 50_000 + " <x:a> <x:b> " + "]" * 50_000, "text/turtle"),
        (b"\xff\xfe\x00", "text/turtle"),
        ("<html></html>", "text/html"),
        ("", "application/rdf+xml"),
    ],
    ids=lambda value: repr(value)[:20],
)
def test_what_cannot_be_read_is_said_and_nothing_else_happens(
    content: str | bytes, kind: str
) -> None:
    with pytest.raises(Unavailable, match="catalogue"):
        read(content, kind)


def test_the_form_follows_from_the_ending_where_the_type_says_nothing() -> None:
    content = WRITER.dataset(listed(), Form.TURTLE)
    found = parse(Fetched(f"{HERE}.ttl", "application/octet-stream", "", content))
    assert isinstance(found, Graph)
    assert len(found) > 10
    with pytest.raises(Unavailable, match="Turtle, RDF/XML or JSON-LD"):
        parse(replace(document(content), media_type="text/plain"))
