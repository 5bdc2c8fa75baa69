"""Read RDF that somebody else wrote, without going anywhere or unfolding anything for them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from urllib.parse import urljoin
from xml.parsers import expat

from rdflib import Graph
from rdflib.namespace import RDF

from polderlab_catalog.application.errors import Unavailable
from polderlab_catalog.dcat.fetching import Fetched
from polderlab_catalog.dcat.terms import HYDRA
from polderlab_catalog.policy import harvests as said

_FORMS = {
    "text/turtle": "turtle",
    "application/x-turtle": "turtle",
    "application/n-triples": "nt",
    "application/rdf+xml": "xml",
    "application/xml": "xml",
    "text/xml": "xml",
    "application/ld+json": "json-ld",
    "application/json": "json-ld",
}
_ENDINGS = {".ttl": "turtle", ".nt": "nt", ".rdf": "xml", ".xml": "xml", ".jsonld": "json-ld"}
MOST_TRIPLES = 1_000_000


class _NotAllowed(Exception):  # noqa: N818  (found on the way, told by the caller)
    pass


def parse(document: Fetched) -> Graph:
    """Return the document's statements; raise :class:`Unavailable` with what is wrong with it."""
    form = _FORMS.get(document.media_type) or next(
        (form for ending, form in _ENDINGS.items() if document.url.endswith(ending)), None
    )
    if form is None:
        raise Unavailable(said.OTHER_FORM)
    if form == "xml":
        _check_xml(document.content)
    if form == "json-ld":
        _check_json(document.content)
    graph = Graph()
    try:
        graph.parse(data=document.content, format=form, publicID=document.url)
    except Exception as error:
        # rdflib's parsers raise whatever occurs to them
        raise Unavailable(said.NOT_WELL_FORMED) from error
    if len(graph) > MOST_TRIPLES:
        raise Unavailable(said.MANY_STATEMENTS.format(count=f"{MOST_TRIPLES:,}"))
    return graph


def next_page(graph: Graph, document: Fetched) -> str | None:
    """Return the address of the page after this one, if there is one."""
    for kind in (HYDRA.PartialCollectionView, HYDRA.PagedCollection):
        for node in graph.subjects(RDF.type, kind):
            for predicate in (HYDRA.next, HYDRA.nextPage):
                following = graph.value(node, predicate)
                if following is not None:
                    return urljoin(document.url, str(following))
    for part in document.link.split(","):
        target, _, parameters = part.partition(";")
        if 'rel="next"' in parameters.replace(" ", "") or "rel=next" in parameters:
            return urljoin(document.url, target.strip(" <>"))
    return None


def _check_xml(content: bytes) -> None:
    """Refuse entities of a document's own: they fetch files, and a few lines become gigabytes."""
    parser = expat.ParserCreate()

    def entity(*_: object) -> None:
        raise _NotAllowed

    parser.EntityDeclHandler = entity
    parser.ExternalEntityRefHandler = entity  # type: ignore[assignment]
    try:
        parser.Parse(content, True)
    except _NotAllowed:
        raise Unavailable(said.ENTITIES) from None
    except (expat.ExpatError, ValueError, LookupError):
        raise Unavailable(said.NOT_WELL_FORMED) from None


def _check_json(content: bytes) -> None:
    """Refuse contexts that lie elsewhere: reading them would send the lab to any address."""
    try:
        for context in _contexts(json.loads(content)):
            if _elsewhere(context):
                raise Unavailable(said.CONTEXT)
    except (ValueError, RecursionError):
        raise Unavailable(said.NOT_WELL_FORMED) from None


def _contexts(value: object) -> Iterator[object]:
    if isinstance(value, dict):
        for key, inside in value.items():
            if key == "@context":
                yield inside
            yield from _contexts(inside)
    elif isinstance(value, list):
        for each in value:
            yield from _contexts(each)


def _elsewhere(context: object) -> bool:
    if isinstance(context, list):
        return any(_elsewhere(each) for each in context)
    if isinstance(context, dict):
        return "@import" in context
    return isinstance(context, str)
