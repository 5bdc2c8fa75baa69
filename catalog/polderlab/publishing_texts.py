"""What publishing says, in the two languages of the lab."""

from __future__ import annotations

import os

from polderlab.wire import SessionEnvironment

WORDS = {
    "en": {
        "name": "{name!r} cannot name a dataset: use 3 to 40 lower-case letters, digits and "
        "underscores, a letter first.",
        "ending": "{file} cannot be published as it is. Use a file that ends in one of {endings}, "
        "or give a DataFrame.",
        "missing": "There is no file {file}. Check the path.",
        "type": "A {type} cannot be published. Give a DataFrame, a GeoDataFrame, or the path of a "
        "file.",
        "outside": "publish works inside a session of the lab only: {variable} is not set here.",
        "silent": "The lab does not answer. Your session and its variables are safe: try again in "
        "a moment.",
        "sending": "Sending",
        "working": "Checking and converting",
        "done": "{dataset}, version {version}, is published.",
        "failed": "{file} could not be published.\n{why}",
        "cancelled": "It was taken back.",
        "classification": "Classification",
        "public": "public",
        "internal": "internal",
        "confidential": "confidential",
        "derived": "Made with",
        "detected": "Somebody must confirm first how the file is to be read.",
    },
    "nl": {
        "name": "{name!r} kan geen naam van een dataset zijn: gebruik 3 tot 40 kleine letters, "
        "cijfers en lage streepjes, te beginnen met een letter.",
        "ending": "{file} kan zo niet gepubliceerd worden. Gebruik een bestand dat eindigt op een "
        "van {endings}, of geef een DataFrame.",
        "missing": "Er is geen bestand {file}. Controleer het pad.",
        "type": "Een {type} kan niet gepubliceerd worden. Geef een DataFrame, een GeoDataFrame of "
        "het pad van een bestand.",
        "outside": "publish werkt alleen in een sessie van het lab: {variable} ontbreekt hier.",
        "silent": "Het lab antwoordt niet. Je sessie en je variabelen zijn veilig: probeer het zo "
        "nog eens.",
        "sending": "Versturen",
        "working": "Controleren en omzetten",
        "done": "{dataset}, versie {version}, is gepubliceerd.",
        "failed": "{file} kon niet gepubliceerd worden.\n{why}",
        "cancelled": "Het is teruggenomen.",
        "classification": "Rubricering",
        "public": "openbaar",
        "internal": "intern",
        "confidential": "vertrouwelijk",
        "derived": "Gemaakt met",
        "detected": "Iemand moet eerst bevestigen hoe het bestand gelezen wordt.",
    },
}


def words() -> dict[str, str]:
    """Return the sentences in the session's language."""
    return WORDS.get(os.environ.get(SessionEnvironment.LANGUAGE, "nl"), WORDS["nl"])
