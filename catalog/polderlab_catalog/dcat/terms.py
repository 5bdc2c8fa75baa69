"""Words of RDF: vocabularies, and values that are safe to write down."""

from __future__ import annotations

import re

from rdflib import BNode, Graph, Literal, Namespace, URIRef
from rdflib.namespace import DCTERMS, FOAF, RDF, RDFS, SKOS, XSD

from polderlab_catalog.dcat.codes import AUTHORITY
from polderlab_catalog.domain.texts import LANGUAGES, Text

ADMS = Namespace("http://www.w3.org/ns/adms#")
# rdflib's own is of DCAT 2 and does not know versions
DCAT = Namespace("http://www.w3.org/ns/dcat#")
DCATAP = Namespace("http://data.europa.eu/r5r/")
ELI = Namespace("http://data.europa.eu/eli/ontology#")
GEO = Namespace("http://www.opengis.net/ont/geosparql#")
HYDRA = Namespace("http://www.w3.org/ns/hydra/core#")
SPDX = Namespace("http://spdx.org/rdf/terms#")
VCARD = Namespace("http://www.w3.org/2006/vcard/ns#")

PREFIXES = {
    "adms": ADMS,
    "dcat": DCAT,
    "dcatap": DCATAP,
    "dct": DCTERMS,
    "eli": ELI,
    "foaf": FOAF,
    "geo": GEO,
    "hydra": HYDRA,
    "rdfs": RDFS,
    "skos": SKOS,
    "spdx": SPDX,
    "vcard": VCARD,
    "xsd": XSD,
}

Node = URIRef | BNode

_IRI = re.compile(r"https?://[^\s<>\"{}|\\^`\x00-\x20\x7f-\x9f]+")
# what XML 1.0 cannot hold, not even escaped
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def iri(value: str) -> URIRef | None:
    """Return ``value`` as a web address, or None where it is none."""
    return URIRef(value) if _IRI.fullmatch(value) else None


def plain(value: str, language: str | None = None) -> Literal:
    """Return ``value`` as text that every form of RDF can hold."""
    return Literal(_UNWRITABLE.sub("\N{REPLACEMENT CHARACTER}", value), lang=language)


def say(graph: Graph, subject: Node, predicate: URIRef, text: Text, other: str = "") -> None:
    """Add ``text`` in the languages it has; ``other`` where it has none."""
    for language in LANGUAGES:
        value = text.nl if language == "nl" else text.en
        if value.strip():
            graph.add((subject, predicate, plain(value, language)))
    if not (text.nl.strip() or text.en.strip()) and other:
        graph.add((subject, predicate, plain(other)))


def typed(graph: Graph, node: Node, *types: URIRef) -> Node:
    """Say what ``node`` is, and return it."""
    for type_ in types:
        graph.add((node, RDF.type, type_))
    return node


def coded(graph: Graph, table: str, code: str, *types: URIRef) -> URIRef:
    """Return ``code`` of an authority table, typed and with its table."""
    node = URIRef(f"{AUTHORITY}{table}/{code}")
    typed(graph, node, *types)
    graph.add((node, SKOS.inScheme, URIRef(f"{AUTHORITY}{table}")))
    return node


def concept(graph: Graph, node: URIRef, label: Text) -> URIRef:
    """Return ``node`` as a concept with its name."""
    typed(graph, node, SKOS.Concept)
    say(graph, node, SKOS.prefLabel, label, str(node).rpartition("/")[2])
    return node
