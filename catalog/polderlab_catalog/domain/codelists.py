"""Code lists of the EU that descriptions choose from: what is in no list says nothing to others.

From its authority tables (http://publications.europa.eu/resource/authority/).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from polderlab_catalog.domain.texts import Text

THEMES: Mapping[str, Text] = MappingProxyType(
    {
        "AGRI": Text("Landbouw, visserij, bosbouw en voeding", "Agriculture, forestry and food"),
        "ECON": Text("Economie en financiën", "Economy and finance"),
        "EDUC": Text("Onderwijs, cultuur en sport", "Education, culture and sport"),
        "ENER": Text("Energie", "Energy"),
        "ENVI": Text("Milieu", "Environment"),
        "GOVE": Text("Overheid en publieke sector", "Government and public sector"),
        "HEAL": Text("Gezondheid", "Health"),
        "INTR": Text("Internationale vraagstukken", "International issues"),
        "JUST": Text("Justitie, rechtsstelsel en veiligheid", "Justice and public safety"),
        "REGI": Text("Regio's en steden", "Regions and cities"),
        "SOCI": Text("Bevolking en samenleving", "Population and society"),
        "TECH": Text("Wetenschap en technologie", "Science and technology"),
        "TRAN": Text("Vervoer", "Transport"),
    }
)
"""Data themes with their names."""

FREQUENCIES = frozenset(
    {
        "1MIN", "5MIN", "10MIN", "15MIN", "30MIN", "HOURLY", "BIHOURLY", "TRIHOURLY", "12HRS",
        "CONT", "UPDATE_CONT", "DAILY", "DAILY_2", "WEEKLY", "WEEKLY_2", "WEEKLY_3", "BIWEEKLY",
        "MONTHLY", "MONTHLY_2", "MONTHLY_3", "BIMONTHLY", "QUARTERLY", "ANNUAL", "ANNUAL_2",
        "ANNUAL_3", "BIENNIAL", "TRIENNIAL", "QUADRENNIAL", "QUINQUENNIAL", "DECENNIAL",
        "BIDECENNIAL", "TRIDECENNIAL", "AS_NEEDED", "IRREG", "NEVER", "NOT_PLANNED", "OTHER",
        "UNKNOWN",
    }
)  # fmt: skip

LANGUAGES = frozenset({"NLD", "ENG", "DEU", "FRA", "FRY", "SPA", "ITA", "POL", "TUR", "ARA", "MUL"})
"""Those a Dutch public body publishes in; the table itself holds thousands."""

HIGH_VALUE: Mapping[str, Text] = MappingProxyType(
    {
        "http://data.europa.eu/bna/c_ac64a52d": Text("Geospatiaal", "Geospatial"),
        "http://data.europa.eu/bna/c_dd313021": Text(
            "Aardobservatie en milieu", "Earth observation and environment"
        ),
        "http://data.europa.eu/bna/c_164e0bf5": Text("Meteorologie", "Meteorological"),
        "http://data.europa.eu/bna/c_e1da4e07": Text("Statistiek", "Statistics"),
        "http://data.europa.eu/bna/c_a9135398": Text(
            "Bedrijven en eigendom van bedrijven", "Companies and company ownership"
        ),
        "http://data.europa.eu/bna/c_b79e35eb": Text("Mobiliteit", "Mobility"),
    }
)
"""Categories of high-value datasets (Implementing Regulation (EU) 2023/138) with their names."""
