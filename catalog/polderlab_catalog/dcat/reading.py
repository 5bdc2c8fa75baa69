"""Read another catalogue: every page of it, and what it says of each dataset.

Nothing in it is trusted: texts are cut to size, codes that are in no list are left out, and
addresses are taken over only where they are addresses of web pages.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Container, Iterable
from datetime import date

from rdflib import Graph, Literal, URIRef
from rdflib.namespace import DCTERMS, FOAF, RDF, RDFS, SKOS
from rdflib.term import Node

from polderlab_catalog.application.errors import Unavailable
from polderlab_catalog.application.harvests import Described
from polderlab_catalog.dcat import codes
from polderlab_catalog.dcat.fetching import Fetched
from polderlab_catalog.dcat.parsing import next_page, parse
from polderlab_catalog.dcat.terms import DCAT, DCATAP, VCARD, iri
from polderlab_catalog.domain.codelists import FREQUENCIES, HIGH_VALUE, LANGUAGES, THEMES
from polderlab_catalog.domain.names import legible
from polderlab_catalog.domain.texts import Text
from polderlab_catalog.policy import harvests as said

MOST_PAGES = 1_000
MOST_DATASETS = 50_000
MOST_MINUTES = 30
"""For a whole catalogue: each page may be slow, but others wait for their turn."""
_TITLE, _TEXT, _WORD, _WORDS = 300, 10_000, 100, 50
_ADDRESS = 2_000


class Reader:
    """Reads catalogues with ``fetch``."""

    def __init__(self, fetch: Callable[[str], Fetched]) -> None:
        self._fetch = fetch

    def read(self, url: str) -> list[Described]:
        """Return every dataset the catalogue describes; see ``CatalogueReader``."""
        found: dict[str, Described] = {}
        seen: set[str] = set()
        until = time.monotonic() + 60 * MOST_MINUTES
        following: str | None = url
        while following and following not in seen:
            seen.add(following)
            if len(seen) > MOST_PAGES:
                raise Unavailable(said.MANY_PAGES.format(count=f"{MOST_PAGES:,}"))
            if time.monotonic() > until:
                raise Unavailable(said.SLOW.format(minutes=MOST_MINUTES))
            document = self._fetch(following)
            graph = parse(document)
            for node in graph.subjects(RDF.type, DCAT.Dataset):
                described = describe(graph, node)
                if described:
                    found[described.uri] = described
            if len(found) > MOST_DATASETS:
                raise Unavailable(said.MANY_DATASETS.format(count=f"{MOST_DATASETS:,}"))
            following = next_page(graph, document)
        return list(found.values())


def describe(graph: Graph, node: Node) -> Described | None:
    """Return what ``graph`` says of dataset ``node``; None without a title or an address."""
    uri, page = _address(graph, node), _page(graph, node)
    title = _text(graph, node, DCTERMS.title, _TITLE)
    if not uri or not page or title == Text():
        return None
    publisher = _name(graph, graph.value(node, DCTERMS.publisher), FOAF.name)
    contact = graph.value(node, DCAT.contactPoint)
    provenance = _name(graph, graph.value(node, DCTERMS.provenance), RDFS.label)
    return Described(
        uri=uri,
        page=page,
        title=title,
        description=_text(graph, node, DCTERMS.description, _TEXT),
        publisher=_name(graph, contact, VCARD.fn) or publisher,
        contact=_contact(graph, contact),
        licence=_licence(graph, node),
        source=provenance or publisher,
        theme=_code(graph.objects(node, DCAT.theme), "data-theme", THEMES),
        keywords=_keywords(graph, node),
        place=_place(graph, node),
        frequency=_code(graph.objects(node, DCTERMS.accrualPeriodicity), "frequency", FREQUENCIES),
        language=_code(graph.objects(node, DCTERMS.language), "language", LANGUAGES) or "NLD",
        period=_period(graph, node),
        hvd_category=_category(graph, node),
    )


def _address(graph: Graph, node: Node) -> str:
    if isinstance(node, URIRef):
        return str(node)[:_ADDRESS]
    return str(graph.value(node, DCTERMS.identifier) or "")[:_ADDRESS]


def _page(graph: Graph, node: Node) -> str:
    """Return a web page about the dataset: what people of this lab are sent to."""
    candidates = [
        *graph.objects(node, DCAT.landingPage),
        *graph.objects(node, FOAF.page),
        node,
        *(
            address
            for file in graph.objects(node, DCAT.distribution)
            for address in graph.objects(file, DCAT.accessURL)
        ),
    ]
    pages = sorted(
        (rank, str(each))
        for rank, each in enumerate(candidates)
        if len(str(each)) <= _ADDRESS and iri(str(each))
    )
    return pages[0][1] if pages else ""


def _text(graph: Graph, node: Node, predicate: URIRef, longest: int) -> Text:
    """Return a text in both languages; what has no language counts as Dutch."""
    said: dict[str, str] = {}
    for value in sorted(graph.objects(node, predicate), key=str):
        if isinstance(value, Literal) and str(value).strip():
            language = (value.language or "").partition("-")[0].lower()
            said.setdefault(language, legible(str(value).strip(), longest))
    english = said.get("en", "")
    dutch = said.get("nl") or said.get("", "")
    if not dutch and not english and said:
        dutch = next(iter(said.values()))
    return Text(dutch, english)


def _name(graph: Graph, node: Node | None, predicate: URIRef) -> str:
    """Return the name of what a property points to."""
    if node is None:
        return ""
    return _text(graph, node, predicate, _TITLE).in_("nl")


def _contact(graph: Graph, node: Node | None) -> str:
    if node is None:
        return ""
    for predicate in (VCARD.hasEmail, VCARD.hasURL):
        value = graph.value(node, predicate)
        if value is not None:
            return str(value).removeprefix("mailto:")[:_TITLE]
    return ""


def _licence(graph: Graph, node: Node) -> str:
    files = list(graph.objects(node, DCAT.distribution))
    for subject in (node, *files):
        for value in graph.objects(subject, DCTERMS.license):
            if len(str(value)) <= _ADDRESS and iri(str(value)):
                # a page that people can read says more than the code of a table
                known = _code([value], "licence", codes.LICENCES)
                return codes.LICENCES.get(known, str(value))
    return ""


def _code(values: Iterable[Node], table: str, known: Container[str]) -> str:
    """Return the code of the first value that is in the table's list."""
    prefix = f"{codes.AUTHORITY}{table}/"
    found = sorted(
        str(value).replace("https://", "http://", 1).removeprefix(prefix) for value in values
    )
    return next((code for code in found if code in known), "")


def _keywords(graph: Graph, node: Node) -> tuple[str, ...]:
    said = {
        str(value).strip()[:_WORD]
        for value in graph.objects(node, DCAT.keyword)
        if isinstance(value, Literal) and str(value).strip()
    }
    return tuple(sorted(said)[:_WORDS])


def _place(graph: Graph, node: Node) -> str:
    for place in graph.objects(node, DCTERMS.spatial):
        for predicate in (SKOS.prefLabel, RDFS.label):
            name = _name(graph, place, predicate)
            if name:
                return name
    return ""


def _period(graph: Graph, node: Node) -> tuple[date, date] | None:
    for period in graph.objects(node, DCTERMS.temporal):
        starts = _day(graph.value(period, DCAT.startDate))
        ends = _day(graph.value(period, DCAT.endDate))
        if starts and ends and starts <= ends:
            return starts, ends
    return None


def _day(value: Node | None) -> date | None:
    try:
        return date.fromisoformat(str(value)[:10])
    except ValueError:
        return None


def _category(graph: Graph, node: Node) -> str:
    found = sorted(str(value) for value in graph.objects(node, DCATAP.hvdCategory))
    return next((value for value in found if value in HIGH_VALUE), "")
