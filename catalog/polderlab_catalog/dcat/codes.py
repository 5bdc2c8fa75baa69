"""What the lab knows, in the codes DCAT-AP obliges to: what is in no list is not told.

From the EU's authority tables (http://publications.europa.eu/resource/authority/).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from polderlab_catalog.domain.datasets import Classification

AUTHORITY = "http://publications.europa.eu/resource/authority/"

ACCESS_RIGHTS: Mapping[Classification, str] = MappingProxyType(
    {
        Classification.PUBLIC: "PUBLIC",
        Classification.INTERNAL: "RESTRICTED",
        Classification.CONFIDENTIAL: "NON_PUBLIC",
    }
)

OTHER_THEME = "GOVE"
"""The theme of a dataset that has none of the list: all of it is government data."""

FILE_TYPES: Mapping[str, str] = MappingProxyType(
    {
        "application/vnd.apache.parquet": "PARQUET",
        "application/x-parquet": "PARQUET",
        "text/csv": "CSV",
        "text/tab-separated-values": "TSV",
        "application/json": "JSON",
        "application/geo+json": "GEOJSON",
        "application/geopackage+sqlite3": "GPKG",
        "application/vnd.ms-excel": "XLS",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "XLSX",
        "application/zip": "ZIP",
        "application/gml+xml": "GML",
        "application/xml": "XML",
    }
)
"""File types by media type."""

HIGH_VALUE_LAW = "http://data.europa.eu/eli/reg_impl/2023/138/oj"

LICENCES: Mapping[str, str] = MappingProxyType(
    {
        "CC0": "https://creativecommons.org/publicdomain/zero/1.0/",
        "CC_PDM_1_0": "https://creativecommons.org/publicdomain/mark/1.0/",
        "CC_BY_4_0": "https://creativecommons.org/licenses/by/4.0/",
        "CC_BYSA_4_0": "https://creativecommons.org/licenses/by-sa/4.0/",
        "CC_BYNC_4_0": "https://creativecommons.org/licenses/by-nc/4.0/",
    }
)
"""Licences of the EU's table, and the page where people read what each allows."""

NO_LICENCE = "http://standaarden.overheid.nl/owms/terms/licentieonbekend"
"""The licence of what has none that is a URI."""
