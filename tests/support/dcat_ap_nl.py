"""What DCAT-AP 3.0.1 and DCAT-AP-NL 3.0 ask, as a table of our own, and made into SHACL.

One line is one property: path, least and most values, node kind (R a resource, L a literal),
and what its values must be: a class, a datatype, or ``temporal`` (a date, a moment, a year or a
month). The rules of both profiles stand together; where the Dutch one is stricter, it counts.
Written from the profiles' texts and tables, to be held against our own export:
https://semiceu.github.io/DCAT-AP/releases/3.0.0/ and https://docs.geostandaarden.nl/dcat/dcat-ap-nl30/
"""

from __future__ import annotations

from collections.abc import Iterable

from pyshacl import validate
from rdflib import BNode, Graph, Literal, Namespace, URIRef
from rdflib.collection import Collection
from rdflib.namespace import RDF, SH, XSD

PREFIXES = {
    "adms": "http://www.w3.org/ns/adms#",
    "dcat": "http://www.w3.org/ns/dcat#",
    "dcatap": "http://data.europa.eu/r5r/",
    "dct": "http://purl.org/dc/terms/",
    "eli": "http://data.europa.eu/eli/ontology#",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "geo": "http://www.opengis.net/ont/geosparql#",
    "locn": "http://www.w3.org/ns/locn#",
    "odrl": "http://www.w3.org/ns/odrl/2/",
    "prov": "http://www.w3.org/ns/prov#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "spdx": "http://spdx.org/rdf/terms#",
    "time": "http://www.w3.org/2006/time#",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}

_RESOURCE = """
    dct:title 1 - L
    dct:description 1 - L
    dct:identifier 1 1 L
    dct:publisher 1 1 R foaf:Agent
    dcat:contactPoint 1 1 R vcard:Kind
    dct:accessRights 1 1 R dct:RightsStatement
    dcat:theme 1 - R skos:Concept
    dcat:keyword 0 - L
    dcat:landingPage 0 - R foaf:Document
    foaf:page 0 - R foaf:Document
    dct:language 0 - R dct:LinguisticSystem
    dct:conformsTo 0 - R dct:Standard
    dct:modified 0 1 L temporal
    adms:identifier 0 - R adms:Identifier
    dcatap:applicableLegislation 0 - R eli:LegalResource
    dcatap:hvdCategory 0 - R skos:Concept
"""

RULES = {
    "dcat:Catalog": """
        dct:title 1 - L
        dct:description 1 - L
        dct:publisher 1 1 R foaf:Agent
        dct:creator 0 1 R foaf:Agent
        dcat:contactPoint 1 1 R vcard:Kind
        dcat:dataset 1 - R dcat:Dataset
        dcat:record 0 - R dcat:CatalogRecord
        dcat:service 0 - R dcat:DataService
        dcat:catalog 0 - R dcat:Catalog
        dcat:themeTaxonomy 0 - R skos:ConceptScheme
        dcatap:applicableLegislation 0 - R eli:LegalResource
        dct:hasPart 0 - R dcat:Catalog
        dct:language 0 - R dct:LinguisticSystem
        dct:license 0 1 R dct:LicenseDocument
        dct:rights 0 - R dct:RightsStatement
        dct:spatial 0 - R dct:Location
        dct:temporal 0 - R dct:PeriodOfTime
        dct:issued 0 1 L temporal
        dct:modified 0 1 L temporal
        foaf:homepage 0 1 R foaf:Document
    """,
    "dcat:CatalogRecord": """
        foaf:primaryTopic 1 1 R dcat:Resource
        dct:modified 1 1 L temporal
        dct:issued 0 1 L temporal
        dct:language 1 - R dct:LinguisticSystem
        dct:conformsTo 0 - R dct:Standard
        dct:source 0 1 R dcat:CatalogRecord
        adms:status 0 1 R skos:Concept
        dct:title 0 - L
        dct:description 0 - L
    """,
    "dcat:Dataset": _RESOURCE
    + """
        dct:creator 1 - R foaf:Agent
        dcat:distribution 0 - R dcat:Distribution
        adms:sample 0 - R dcat:Distribution
        dct:accrualPeriodicity 0 1 R dct:Frequency
        dct:issued 0 1 L temporal
        dct:spatial 0 - R dct:Location
        dct:temporal 0 - R dct:PeriodOfTime
        dct:provenance 0 - R dct:ProvenanceStatement
        dct:source 0 - R dcat:Dataset
        dct:type 0 - R skos:Concept
        dct:relation 0 - R
        dct:isReferencedBy 0 - R
        adms:status 0 1 R skos:Concept
        adms:versionNotes 0 - L
        dcat:version 0 1 L
        dcat:hasVersion 0 - R dcat:Dataset
        dcat:inSeries 0 - R dcat:DatasetSeries
        dcat:qualifiedRelation 0 - R dcat:Relationship
        prov:qualifiedAttribution 0 - R prov:Attribution
        prov:wasGeneratedBy 0 - R prov:Activity
        dcat:temporalResolution 0 1 L xsd:duration
        dcat:spatialResolutionInMeters 0 1 L xsd:decimal
    """,
    "dcat:DataService": _RESOURCE
    + """
        dct:creator 0 1 R foaf:Agent
        dct:license 1 1 R dct:LicenseDocument
        dct:rights 0 - R dct:RightsStatement
        dct:format 0 - R dct:MediaTypeOrExtent
        dcat:endpointURL 1 1 R
        dcat:endpointDescription 1 1 R
        dcat:servesDataset 0 - R dcat:Dataset
    """,
    "dcat:Distribution": """
        dcat:accessURL 1 1 R
        dcat:downloadURL 0 1 R
        dcat:accessService 0 1 R dcat:DataService
        dct:license 1 1 R dct:LicenseDocument
        dct:rights 0 - R dct:RightsStatement
        dct:title 0 - L
        dct:description 0 - L
        dct:language 0 - R dct:LinguisticSystem
        dct:format 0 1 R dct:MediaTypeOrExtent
        dcat:mediaType 0 1 R dct:MediaType
        dcat:compressFormat 0 1 R dct:MediaType
        dcat:packageFormat 0 1 R dct:MediaType
        dct:conformsTo 0 - R dct:Standard
        dct:issued 0 1 L temporal
        dct:modified 0 1 L temporal
        dcat:byteSize 0 1 L xsd:nonNegativeInteger
        spdx:checksum 0 1 R spdx:Checksum
        adms:status 0 1 R skos:Concept
        dcatap:availability 0 1 R skos:Concept
        dcatap:applicableLegislation 0 - R eli:LegalResource
        foaf:page 0 - R foaf:Document
        odrl:hasPolicy 0 1 R odrl:Policy
        dcat:temporalResolution 0 1 L xsd:duration
        dcat:spatialResolutionInMeters 0 1 L xsd:decimal
    """,
    "foaf:Agent": """
        foaf:name 1 - L
        dct:type 0 1 R skos:Concept
    """,
    "skos:Concept": "skos:prefLabel 1 - L",
    "skos:ConceptScheme": "dct:title 1 - L",
    "spdx:Checksum": """
        spdx:algorithm 1 1 R spdx:ChecksumAlgorithm
        spdx:checksumValue 1 1 L xsd:hexBinary
    """,
    "adms:Identifier": "skos:notation 1 1 L",
    "dct:LicenseDocument": "dct:type 0 - R skos:Concept",
    "dct:Location": """
        dcat:bbox 0 1 L geo:wktLiteral
        dcat:centroid 0 1 L geo:wktLiteral
        locn:geometry 0 1 R locn:Geometry
    """,
    "dct:PeriodOfTime": """
        dcat:startDate 0 1 L temporal
        dcat:endDate 0 1 L temporal
        time:hasBeginning 0 1 R time:Instant
        time:hasEnd 0 1 R time:Instant
    """,
}

AUTHORITY = "http://publications.europa.eu/resource/authority/"
CODE_LISTS = {
    ("dcat:Dataset", "dct:accessRights"): "access-right",
    ("dcat:Dataset", "dcat:theme"): "data-theme",
    ("dcat:Dataset", "dct:language"): "language",
    ("dcat:Dataset", "dct:accrualPeriodicity"): "frequency",
    ("dcat:DataService", "dct:accessRights"): "access-right",
    ("dcat:DataService", "dcat:theme"): "data-theme",
    ("dcat:DataService", "dct:language"): "language",
    ("dcat:Distribution", "dct:format"): "file-type",
    ("dcat:Distribution", "dct:language"): "language",
    ("dcat:Catalog", "dct:language"): "language",
    ("dcat:CatalogRecord", "dct:language"): "language",
}
VALUES = {
    "access-right": ("PUBLIC", "RESTRICTED", "NON_PUBLIC"),
    "data-theme": (
        "AGRI",
        "ECON",
        "EDUC",
        "ENER",
        "ENVI",
        "GOVE",
        "HEAL",
        "INTR",
        "JUST",
        "OP_DATPRO",
        "REGI",
        "SOCI",
        "TECH",
        "TRAN",
    ),
}
"""The lists that are short enough to be written out."""

_MINE = Namespace("https://polderlab.example/shapes#")
_KINDS = {"R": SH.BlankNodeOrIRI, "L": SH.Literal}
_TEMPORAL = (XSD.date, XSD.dateTime, XSD.gYear, XSD.gYearMonth)


def term(name: str) -> URIRef:
    """Return ``dct:title`` in full."""
    prefix, _, local = name.partition(":")
    return URIRef(PREFIXES[prefix] + local)


def lines(text: str) -> Iterable[list[str]]:
    return (line.split() for line in text.splitlines() if line.strip())


def shapes() -> Graph:
    """Return the rules as a shapes graph."""
    graph = Graph()
    for class_, text in RULES.items():
        shape = _MINE[class_.replace(":", "_")]
        graph.add((shape, RDF.type, SH.NodeShape))
        graph.add((shape, SH.targetClass, term(class_)))
        for path, least, most, kind, *range_ in lines(text):
            node = BNode()
            graph.add((shape, SH.property, node))
            graph.add((node, SH.path, term(path)))
            graph.add((node, SH.nodeKind, _KINDS[kind]))
            if least != "0":
                graph.add((node, SH.minCount, Literal(int(least))))
            if most != "-":
                graph.add((node, SH.maxCount, Literal(int(most))))
            if range_:
                _range(graph, node, range_[0])
            if (class_, path) in CODE_LISTS:
                _from_list(graph, node, CODE_LISTS[class_, path])
    return graph


def _range(graph: Graph, node: BNode, range_: str) -> None:
    if range_ == "temporal":
        options = []
        for datatype in _TEMPORAL:
            option = BNode()
            graph.add((option, SH.datatype, datatype))
            options.append(option)
        head = BNode()
        Collection(graph, head, options)
        graph.add((node, SH["or"], head))
    elif range_ == "geo:wktLiteral" or range_.startswith("xsd:"):
        graph.add((node, SH.datatype, term(range_)))
    else:
        graph.add((node, SH["class"], term(range_)))


def _from_list(graph: Graph, node: BNode, table: str) -> None:
    inside, scheme = BNode(), BNode()
    graph.add((node, SH.node, inside))
    graph.add((inside, SH.property, scheme))
    graph.add((scheme, SH.path, term("skos:inScheme")))
    graph.add((scheme, SH.hasValue, URIRef(AUTHORITY + table)))
    graph.add((node, SH.pattern, Literal(f"^{AUTHORITY}{table}/[A-Z0-9_]+$")))
    if table in VALUES:
        head = BNode()
        Collection(graph, head, [URIRef(f"{AUTHORITY}{table}/{code}") for code in VALUES[table]])
        graph.add((node, SH["in"], head))


SHAPES = shapes()


def violations(data: Graph) -> list[str]:
    """Return what ``data`` does against the rules, as ``class path: rule``; nothing is inferred."""
    _, report, _ = validate(data, shacl_graph=SHAPES, inference="none", advanced=False)
    assert isinstance(report, Graph)
    return sorted(
        f"{report.value(result, SH.focusNode)} {report.value(result, SH.resultPath)}: "
        f"{report.value(result, SH.sourceConstraintComponent)}"
        for result in report.subjects(RDF.type, SH.ValidationResult)
    )
