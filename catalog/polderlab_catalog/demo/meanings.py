"""What the columns of the demo's datasets mean, in both languages."""

from __future__ import annotations

from polderlab_catalog.domain.texts import Text

_POLYGON = Text("Vlak in het Rijksdriehoekstelsel", "Polygon in the Dutch national grid")

WATER_BODIES = {
    "code": Text("Code van het waterlichaam", "Code of the water body"),
    "name": Text("Naam", "Name"),
    "category": Text(
        "Soort water volgens INSPIRE (meer, rivier, kust, territoriaal)",
        "Kind of water as INSPIRE names it (lake, river, coastal, territorial)",
    ),
    "type": Text(
        "Watertype volgens de Kaderrichtlijn Water; leeg waar het niet van toepassing is",
        "Water type under the Water Framework Directive; empty where it does not apply",
    ),
    "status": Text(
        "Natuurlijk, sterk veranderd of kunstmatig",
        "Natural, heavily modified or artificial (in Dutch)",
    ),
    "area_km2": Text(
        "Oppervlakte volgens de bron, in vierkante kilometer",
        "Area according to the source, in square kilometres",
    ),
    "level_m": Text(
        "Waterpeil, in meter ten opzichte van NAP", "Water level, in metres to NAP (Amsterdam)"
    ),
    "resistance_days": Text(
        "Weerstand van de waterbodem tegen doorstroming, in dagen",
        "Resistance of the bed to flow, in days",
    ),
    "valid_from": Text("Begin van geldigheid", "Start of validity"),
    "geometry": _POLYGON,
}

PLACES = {
    "geoname_id": Text("Nummer van de plaats in GeoNames", "Number of the place in GeoNames"),
    "name": Text("Naam, zoals in GeoNames", "Name, as in GeoNames"),
    "province": Text("Provincie", "Province"),
    "population": Text(
        "Aantal inwoners; leeg waar het onbekend is", "Inhabitants; empty where not known"
    ),
    "longitude": Text("Lengtegraad in graden (WGS 84)", "Longitude in degrees (WGS 84)"),
    "latitude": Text("Breedtegraad in graden (WGS 84)", "Latitude in degrees (WGS 84)"),
}

GROWTH_STUDY = {
    "id": Text("Nummer van de deelnemer", "Number of the participant"),
    "reg": Text(
        "Landsdeel: North, East, South, West, of City (Amsterdam, Rotterdam, Den Haag, Utrecht)",
        "Region: North, East, South, West, or City (the four largest cities)",
    ),
    "age": Text("Leeftijd in jaren", "Age in years"),
    "sex": Text("Geslacht: boy of girl", "Sex: boy or girl"),
    "hgt": Text("Lengte in centimeter", "Height in centimetres"),
    "wgt": Text("Gewicht in kilogram", "Weight in kilograms"),
    "hgt.z": Text(
        "Standaardscore van de lengte voor leeftijd en geslacht",
        "Standard score of height for age and sex",
    ),
    "wgt.z": Text(
        "Standaardscore van het gewicht voor leeftijd en geslacht",
        "Standard score of weight for age and sex",
    ),
}

_PRODUCTS = {
    "dtm_5m": Text("maaiveld, raster van 5 m", "ground, 5 m grid"),
    "dtm_50cm": Text("maaiveld, raster van 50 cm", "ground, 50 cm grid"),
    "dtm_50cm_filled": Text(
        "maaiveld, raster van 50 cm, gaten gevuld", "ground, 50 cm grid, gaps filled"
    ),
    "dsm_5m": Text("maaiveld met objecten, raster van 5 m", "surface with objects, 5 m grid"),
    "dsm_50cm": Text("maaiveld met objecten, raster van 50 cm", "surface with objects, 50 cm grid"),
    "points": Text("puntenwolk", "point cloud"),
    "points_ground": Text("puntenwolk van het maaiveld", "point cloud of the ground"),
    "points_other": Text("puntenwolk van het overige", "point cloud of all else"),
}

_EDITIONS = {
    1: ["dtm_5m"],
    2: ["dsm_50cm", "points_other", "points_ground", "dtm_5m", "dtm_50cm", "dtm_50cm_filled"],
    3: ["dsm_5m", "dsm_50cm", "points", "dtm_5m", "dtm_50cm"],
    4: ["dsm_5m", "dsm_50cm", "points", "dtm_5m", "dtm_50cm"],
    5: ["dsm_5m", "dsm_50cm", "points", "dtm_5m", "dtm_50cm"],
}


def _address(edition: int, product: Text) -> Text:
    return Text(f"Adres van AHN{edition}: {product.nl}", f"Address of AHN{edition}: {product.en}")


ELEVATION_TILES = {
    "sheet": Text("Nummer van het kaartblad", "Number of the map sheet"),
    **{
        f"ahn{edition}_{product}": _address(edition, _PRODUCTS[product])
        for edition, products in _EDITIONS.items()
        for product in products
    },
    "geometry": _POLYGON,
}
