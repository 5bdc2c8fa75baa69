"""A dataset by DCAT-AP-NL 3.0 (which builds on DCAT-AP 3.0.1): its description and its files."""

from __future__ import annotations

import re
from collections.abc import Callable

from rdflib import BNode, Graph, Literal, URIRef
from rdflib.namespace import DCTERMS, FOAF, RDFS, SKOS, XSD

from polderlab_catalog.application.dcat import Listed
from polderlab_catalog.dcat import codes
from polderlab_catalog.dcat.terms import (
    ADMS,
    DCAT,
    DCATAP,
    ELI,
    GEO,
    SPDX,
    VCARD,
    Node,
    coded,
    concept,
    iri,
    plain,
    say,
    typed,
)
from polderlab_catalog.domain.codelists import FREQUENCIES, HIGH_VALUE, LANGUAGES, THEMES
from polderlab_catalog.domain.datasets import Dataset, Distribution, DistributionRole
from polderlab_catalog.domain.organisations import Organisation
from polderlab_catalog.policy.previews import extent_shown

_EMAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_~-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
_MEDIA_TYPE = re.compile(r"[a-z]+/[A-Za-z0-9.+_-]+")
_CRS = re.compile(r"EPSG:(\d{4,6})")


class Describer:
    """Adds datasets of the lab at ``portal_url`` to a graph."""

    def __init__(self, graph: Graph, portal_url: str) -> None:
        self._graph, self._portal = graph, portal_url

    def agent(self, organisation: Organisation) -> URIRef:
        """Add an organisation, by its public identifier where it has one."""
        node = iri(organisation.identifier) or URIRef(
            f"{self._portal}/catalogue#{organisation.slug}"
        )
        typed(self._graph, node, FOAF.Agent)
        say(self._graph, node, FOAF.name, organisation.name, organisation.slug)
        return node

    def contact(self, node: URIRef, name: str, address: str, page: str) -> URIRef:
        """Add whom to ask: by e-mail or web page, else through ``page``."""
        graph = self._graph
        # harvesters do not reason: the kind in general is said as well
        typed(graph, node, VCARD.Kind, VCARD.Organization)
        graph.add((node, VCARD.fn, plain(name)))
        if _EMAIL.fullmatch(address):
            graph.add((node, VCARD.hasEmail, URIRef(f"mailto:{address}")))
        else:
            graph.add((node, VCARD.hasURL, iri(address) or URIRef(page)))
        return node

    def language(self, code: str) -> URIRef:
        """Add a language."""
        return coded(self._graph, "language", code, DCTERMS.LinguisticSystem)

    def licence(self, value: str) -> URIRef:
        """Add a licence, by the EU's name for it where there is one."""
        code = next((code for code, page in codes.LICENCES.items() if same_page(value, page)), "")
        if code:
            return coded(self._graph, "licence", code, DCTERMS.LicenseDocument)
        node = iri(value) or URIRef(codes.NO_LICENCE)
        typed(self._graph, node, DCTERMS.LicenseDocument)
        return node

    def document(self, address: str) -> URIRef:
        """Add a web page."""
        node = URIRef(address)
        typed(self._graph, node, FOAF.Document)
        return node

    def named(self, dataset: Dataset) -> URIRef:
        """Return the name of the dataset itself, which is not its page (it leads there)."""
        return URIRef(f"{self._portal}/id/dataset/{dataset.name}")

    def record(self, dataset: Dataset) -> URIRef:
        """Return the name of the description of the dataset, as it stands on its page."""
        return URIRef(f"{self._page(dataset)}#record")

    def _page(self, dataset: Dataset) -> str:
        return f"{self._portal}/datasets/{dataset.name}"

    def dataset(self, item: Listed) -> URIRef:
        """Add a dataset with its files; return its name."""
        add, dataset, version = self._graph.add, item.dataset, item.version
        page, node = self._page(dataset), self.named(dataset)
        # a dcat:Dataset is a dcat:Resource, which the EU's shapes ask of a record's topic
        typed(self._graph, node, DCAT.Dataset, DCAT.Resource)
        self._common(node, item)
        add((node, DCTERMS.issued, Literal(item.first)))
        add((node, DCTERMS.modified, Literal(version.created)))
        add((node, DCAT.version, plain(str(version.number))))
        say(self._graph, node, ADMS.versionNotes, version.note)
        if version.number > 1:
            previous = URIRef(f"{page}#version-{version.number - 1}")
            add((node, DCAT.previousVersion, previous))
        if dataset.frequency in FREQUENCIES:
            frequency = coded(self._graph, "frequency", dataset.frequency, DCTERMS.Frequency)
            add((node, DCTERMS.accrualPeriodicity, frequency))
        if dataset.source.strip():
            add((node, DCTERMS.provenance, self._provenance(dataset.source)))
        self._extent(node, item)
        for file in version.distributions:
            add((node, DCAT.distribution, self._distribution(item, file)))
        return node

    def services(self, item: Listed) -> list[URIRef]:
        """Add what serves the dataset where it is consulted live; return the addresses."""
        live = [f for f in item.version.distributions if f.role is DistributionRole.LIVE]
        if not live:
            return []
        graph, dataset = self._graph, item.dataset
        node = URIRef(f"{self._page(dataset)}#service")
        typed(graph, node, DCAT.DataService, DCAT.Resource)
        self._common(node, item)
        api = f"{self._portal}/api/v1"
        graph.add((node, DCTERMS.license, self.licence(dataset.licence)))
        graph.add((node, DCAT.endpointURL, URIRef(f"{api}/datasets/{dataset.name}")))
        graph.add((node, DCAT.endpointDescription, URIRef(f"{api}/openapi.json")))
        graph.add((node, DCAT.servesDataset, self.named(dataset)))
        return [node]

    def _common(self, node: URIRef, item: Listed) -> None:
        """Add what datasets and services have in common."""
        graph, dataset = self._graph, item.dataset
        add: Callable[[tuple[Node, URIRef, Node | Literal]], object] = graph.add
        page = self._page(dataset)
        say(graph, node, DCTERMS.title, dataset.title, dataset.name)
        say(graph, node, DCTERMS.description, dataset.description, dataset.name)
        add((node, DCTERMS.identifier, plain(str(node))))
        owner = self.agent(item.owner)
        add((node, DCTERMS.publisher, owner))
        add((node, DCTERMS.creator, owner))
        steward = dataset.steward or item.owner.name.in_("nl") or item.owner.slug
        contact = self.contact(URIRef(f"{page}#contact"), steward, dataset.contact, page)
        add((node, DCAT.contactPoint, contact))
        right = codes.ACCESS_RIGHTS[dataset.classification]
        rights = coded(graph, "access-right", right, DCTERMS.RightsStatement)
        add((node, DCTERMS.accessRights, rights))
        add((node, DCAT.theme, self._theme(dataset.theme)))
        add((node, DCAT.landingPage, self.document(page)))
        add((node, FOAF.page, self.document(page)))
        add((node, DCTERMS.language, self.language(_language(dataset))))
        for keyword in dataset.keywords:
            if keyword.strip():
                add((node, DCAT.keyword, plain(keyword, "nl")))
        self._high_value(node, dataset.hvd_category)

    def _theme(self, code: str) -> URIRef:
        code = code if code in THEMES else codes.OTHER_THEME
        return concept(self._graph, coded(self._graph, "data-theme", code), THEMES[code])

    def _high_value(self, node: URIRef, category: str) -> None:
        found = iri(category) if category in HIGH_VALUE else None
        if found is None:
            return
        self._graph.add((node, DCATAP.hvdCategory, found))
        concept(self._graph, found, HIGH_VALUE[category])
        self._law(node)

    def _law(self, node: URIRef) -> None:
        law = URIRef(codes.HIGH_VALUE_LAW)
        typed(self._graph, law, ELI.LegalResource)
        self._graph.add((node, DCATAP.applicableLegislation, law))

    def _provenance(self, source: str) -> Node:
        node = typed(self._graph, BNode(), DCTERMS.ProvenanceStatement)
        self._graph.add((node, RDFS.label, plain(source)))
        return node

    def _extent(self, node: URIRef, item: Listed) -> None:
        """Add where and when the data is about, and its coordinate reference systems."""
        graph, dataset = self._graph, item.dataset
        files = item.version.distributions
        bbox = extent_shown(dataset, next((file.bbox for file in files if file.bbox), None))
        if bbox or dataset.place.strip():
            place = typed(graph, BNode(), DCTERMS.Location)
            graph.add((node, DCTERMS.spatial, place))
            if dataset.place.strip():
                graph.add((place, SKOS.prefLabel, plain(dataset.place, "nl")))
            if bbox:
                graph.add((place, DCAT.bbox, Literal(_polygon(bbox), datatype=GEO.wktLiteral)))
        if dataset.period:
            period = typed(graph, BNode(), DCTERMS.PeriodOfTime)
            graph.add((node, DCTERMS.temporal, period))
            graph.add((period, DCAT.startDate, Literal(dataset.period[0], datatype=XSD.date)))
            graph.add((period, DCAT.endDate, Literal(dataset.period[1], datatype=XSD.date)))
        for crs in sorted({file.crs for file in files if file.crs}):
            self._crs(node, crs)

    def _crs(self, node: URIRef, crs: str) -> None:
        found = _CRS.fullmatch(crs)
        if found:
            standard = URIRef(f"http://www.opengis.net/def/crs/EPSG/0/{found[1]}")
            typed(self._graph, standard, DCTERMS.Standard)
            self._graph.add((node, DCTERMS.conformsTo, standard))

    def _distribution(self, item: Listed, file: Distribution) -> URIRef:
        graph, add = self._graph, self._graph.add
        page = self._page(item.dataset)
        node = URIRef(f"{page}#{file.name}")
        typed(graph, node, DCAT.Distribution)
        add((node, DCTERMS.title, plain(file.name)))
        add((node, DCAT.accessURL, URIRef(page)))
        add((node, DCTERMS.license, self.licence(item.dataset.licence)))
        add((node, DCTERMS.issued, Literal(item.version.created)))
        add((node, DCTERMS.modified, Literal(item.version.created)))
        add((node, DCTERMS.language, self.language(_language(item.dataset))))
        if item.open and file.path:
            address = f"{self._portal}/open/{item.dataset.name}/{file.name}"
            add((node, DCAT.downloadURL, URIRef(address)))
        if _MEDIA_TYPE.fullmatch(file.media_type):
            media = URIRef(f"https://www.iana.org/assignments/media-types/{file.media_type}")
            add((node, DCAT.mediaType, typed(graph, media, DCTERMS.MediaType)))
        if file.media_type in codes.FILE_TYPES:
            code = codes.FILE_TYPES[file.media_type]
            kind = coded(graph, "file-type", code, DCTERMS.MediaTypeOrExtent)
            add((node, DCTERMS.format, kind))
        if file.role is DistributionRole.LIVE:
            add((node, DCAT.accessService, URIRef(f"{page}#service")))
        else:
            size = Literal(file.bytes, datatype=XSD.nonNegativeInteger)
            add((node, DCAT.byteSize, size))
            self._checksum(node, file.sha256)
        if file.crs:
            self._crs(node, file.crs)
        if item.dataset.hvd_category in HIGH_VALUE:
            self._law(node)
        return node

    def _checksum(self, node: URIRef, sha256: str) -> None:
        graph = self._graph
        checksum = typed(graph, BNode(), SPDX.Checksum)
        algorithm = typed(graph, SPDX.checksumAlgorithm_sha256, SPDX.ChecksumAlgorithm)
        graph.add((node, SPDX.checksum, checksum))
        graph.add((checksum, SPDX.algorithm, algorithm))
        graph.add((checksum, SPDX.checksumValue, Literal(sha256, datatype=XSD.hexBinary)))


def same_page(value: str, page: str) -> bool:
    """Tell whether ``value`` is ``page``, over whichever scheme and in whichever language."""
    shape = r"https?://(?:www\.)?" + re.escape(page.removeprefix("https://").rstrip("/"))
    return re.fullmatch(shape + r"/?(?:(?:deed|legalcode)(?:\.\w+)?)?", value) is not None


def _language(dataset: Dataset) -> str:
    return dataset.language if dataset.language in LANGUAGES else "NLD"


def _polygon(bbox: tuple[float, float, float, float]) -> str:
    """Return the box as well-known text; the default reference system there is WGS 84 with
    longitude first (OGC GeoSPARQL, CRS84)."""
    west, south, east, north = (format(each, ".6f") for each in bbox)
    corners = ((west, south), (east, south), (east, north), (west, north), (west, south))
    return f"POLYGON(({', '.join(f'{x} {y}' for x, y in corners)}))"
