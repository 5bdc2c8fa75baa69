"""Write the catalogue, a page of it, or one dataset as RDF."""

from __future__ import annotations

from rdflib import Graph, Literal, URIRef
from rdflib.namespace import DCTERMS, FOAF, SKOS, XSD

from polderlab_catalog.application.dcat import PAGE_SIZE, Form, Listed, Listing
from polderlab_catalog.dcat.codes import AUTHORITY
from polderlab_catalog.dcat.datasets import Describer
from polderlab_catalog.dcat.terms import DCAT, HYDRA, PREFIXES, say, typed
from polderlab_catalog.domain.texts import Text

PROFILE = "https://modellen.geostandaarden.nl/dcat-ap-nl/"
"""DCAT-AP-NL, as a record names what it conforms to."""


class Writer:
    """Writes for the lab at ``portal_url``."""

    def __init__(self, portal_url: str) -> None:
        self._portal = portal_url

    def dataset(self, listed: Listed, form: Form) -> bytes:
        """Return one dataset as a document."""
        graph = _graph()
        describer = Describer(graph, self._portal)
        describer.dataset(listed)
        describer.services(listed)
        self._themes(graph)
        return _serialise(graph, form)

    def catalogue(self, listing: Listing, form: Form) -> bytes:
        """Return a page of the catalogue as a document."""
        graph = _graph()
        describer = Describer(graph, self._portal)
        catalogue = self._catalogue(graph, describer, listing)
        for item in listing.items:
            node = describer.dataset(item)
            graph.add((catalogue, DCAT.dataset, node))
            graph.add((catalogue, DCAT.record, self._record(graph, describer, node, item)))
            for service in describer.services(item):
                graph.add((catalogue, DCAT.service, service))
        if listing.pages > 1:
            self._paging(graph, f"{catalogue}.{form.ending}", listing)
        return _serialise(graph, form)

    def _catalogue(self, graph: Graph, describer: Describer, listing: Listing) -> URIRef:
        node = URIRef(f"{self._portal}/catalogue")
        typed(graph, node, DCAT.Catalog)
        publisher = listing.publisher
        name = publisher.name if publisher else Text("PolderLab", "PolderLab")
        say(
            graph,
            node,
            DCTERMS.title,
            Text(f"Datacatalogus van {name.in_('nl')}", f"Data catalogue of {name.in_('en')}"),
        )
        say(
            graph,
            node,
            DCTERMS.description,
            Text(
                f"Datasets in het gedeelde datalab van {name.in_('nl')}.",
                f"Datasets in the shared data lab of {name.in_('en')}.",
            ),
        )
        agent = describer.agent(publisher) if publisher else URIRef(f"{node}#lab")
        if publisher is None:
            typed(graph, agent, FOAF.Agent)
            say(graph, agent, FOAF.name, name)
        graph.add((node, DCTERMS.publisher, agent))
        graph.add((node, DCTERMS.creator, agent))
        contact = URIRef(f"{node}#contact")
        help_page = f"{self._portal}/help"
        describer.contact(contact, name.in_("nl"), "", help_page)
        graph.add((node, DCAT.contactPoint, contact))
        for code in ("NLD", "ENG"):
            graph.add((node, DCTERMS.language, describer.language(code)))
        graph.add((node, FOAF.homepage, describer.document(f"{self._portal}/datasets")))
        graph.add((node, DCAT.themeTaxonomy, self._themes(graph)))
        newest = max((item.version.created for item in listing.items), default=listing.at)
        graph.add((node, DCTERMS.modified, Literal(newest)))
        return node

    def _themes(self, graph: Graph) -> URIRef:
        node = URIRef(f"{AUTHORITY}data-theme")
        typed(graph, node, SKOS.ConceptScheme)
        say(graph, node, DCTERMS.title, Text("Datathema's", "Data themes"))
        return node

    def _record(self, graph: Graph, describer: Describer, dataset: URIRef, item: Listed) -> URIRef:
        node = describer.record(item.dataset)
        typed(graph, node, DCAT.CatalogRecord)
        graph.add((node, FOAF.primaryTopic, dataset))
        graph.add((node, DCTERMS.modified, Literal(item.version.created)))
        standard = URIRef(PROFILE)
        typed(graph, standard, DCTERMS.Standard)
        graph.add((node, DCTERMS.conformsTo, standard))
        for code in ("NLD", "ENG"):
            graph.add((node, DCTERMS.language, describer.language(code)))
        return node

    def _paging(self, graph: Graph, address: str, listing: Listing) -> None:
        """Add the pages in both ways harvesters know (CKAN follows either).

        They lie at addresses that need no ``Accept``: a harvester that asked for this form once
        gets every page in it.
        """
        node = URIRef(f"{address}?page={listing.page}")
        typed(graph, node, HYDRA.PartialCollectionView, HYDRA.PagedCollection)
        for link, page in (
            (HYDRA.first, 1),
            (HYDRA.previous, listing.page - 1),
            (HYDRA.next, listing.page + 1),
            (HYDRA.last, listing.pages),
        ):
            if 1 <= page <= listing.pages:
                graph.add((node, link, URIRef(f"{address}?page={page}")))
        graph.add((node, HYDRA.totalItems, Literal(listing.total, datatype=XSD.integer)))
        graph.add((node, HYDRA.itemsPerPage, Literal(PAGE_SIZE, datatype=XSD.integer)))


def _graph() -> Graph:
    # only our own prefixes: rdflib's thirty others would stand atop every document
    graph = Graph(bind_namespaces="none")
    for prefix, namespace in PREFIXES.items():
        graph.bind(prefix, namespace)
    return graph


def _serialise(graph: Graph, form: Form) -> bytes:
    if form is Form.JSON_LD:
        context = {prefix: str(namespace) for prefix, namespace in PREFIXES.items()}
        return graph.serialize(format="json-ld", context=context, indent=1, encoding="utf-8")
    return graph.serialize(format=form.value, encoding="utf-8")
