"""``polderlab catalogue`` and ``polderlab harvest`` against a real register and a real server."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from rdflib import Graph, URIRef
from rdflib.namespace import RDF
from tests.service import test_command_line
from tests.service.test_command_line import Command
from tests.service.test_harvests import ONE, serving, turtle
from tests.support.dcat_ap_nl import term, violations

polderlab, state = test_command_line.polderlab, test_command_line.state


def datasets(text: str, form: str) -> set[str]:
    graph = Graph().parse(data=text, format=form)
    assert violations(graph) == []
    return {str(each).rpartition("/")[2] for each in graph.subjects(RDF.type, term("dcat:Dataset"))}


def test_the_whole_catalogue_or_one_dataset_is_exported(polderlab: Command, tmp_path: Path) -> None:
    file = tmp_path / "catalogue.rdf"
    done = polderlab("catalogue", "export", "--format", "xml", "--output", str(file))
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert datasets(file.read_text(), "xml") == {"growth_study", "soil_survey", "water_bodies"}
    one = polderlab("catalogue", "export", "--dataset", "soil_survey")
    assert datasets(one.stdout, "turtle") == {"soil_survey"}
    none = polderlab("catalogue", "export", "--dataset", "no_such_thing")
    assert none.returncode == 1
    assert "There is no dataset" in none.stderr
    nowhere = polderlab("catalogue", "export", "--output", str(tmp_path / "none" / "x.ttl"))
    assert (nowhere.returncode, "cannot write" in nowhere.stderr) == (1, True)


def test_an_export_says_when_there_is_less_than_one_might_expect(
    polderlab: Command, state: Path
) -> None:
    said = "Outside the lab the catalogue is empty: none of these datasets is public."
    closed = polderlab("catalogue", "export")
    assert closed.stderr == "", "a closed lab tells nobody anyway"
    with (state / "run" / "lab.env").open("a") as settings:
        settings.write("POLDERLAB_PUBLIC_CATALOGUE=true\n")
    assert polderlab("catalogue", "export").stderr == "", "one of them is public"
    polderlab("dataset", "withdraw", "water_bodies", "1", "--reason", "a mistake")
    done = polderlab("catalogue", "export")
    assert done.stderr.strip() == said
    assert datasets(done.stdout, "turtle") == {"growth_study", "soil_survey"}
    for name in ("growth_study", "soil_survey"):
        polderlab("dataset", "withdraw", name, "1", "--reason", "a mistake")
    empty = polderlab("catalogue", "export")
    assert empty.stderr.strip() == "The catalogue is empty: no dataset has a version yet."


def test_an_organisation_is_told_to_others_by_its_public_identifier(polderlab: Command) -> None:
    uri = "https://identifier.overheid.nl/tooi/id/gemeente/gm0796"
    assert polderlab("organisation", "identify", "kustregio", uri).stdout == "Kept.\n"
    again = polderlab("organisation", "identify", "kustregio", uri, "--json")
    assert json.loads(again.stdout) == {"changed": False}
    found = json.loads(polderlab("organisation", "list", "--json").stdout)
    assert {each["name"]: each["identifier"] for each in found}["kustregio"] == uri
    graph = Graph().parse(data=polderlab("catalogue", "export").stdout, format="turtle")
    assert (None, term("dct:publisher"), URIRef(uri)) in graph
    assert violations(graph) == []
    wrong = polderlab("organisation", "identify", "kustregio", "gm0796")
    assert (wrong.returncode, "identifier: give a web address" in wrong.stderr) == (1, True)


def test_a_catalogue_is_harvested_shown_and_removed(
    polderlab: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POLDERLAB_SOURCE_HOSTS", "127.0.0.1")
    with serving() as elsewhere:
        elsewhere.answers["/c.ttl"] = lambda: turtle(ONE)
        url = f"{elsewhere.url}/c.ttl"
        added = polderlab("harvest", "add", url, "--organisation", "rivierstad", "--json")
        harvest = json.loads(added.stdout)["id"]
        done = polderlab("harvest", "run", harvest)
        assert (done.returncode, done.stdout) == (0, "1 added, 0 changed, 0 removed.\n")
        (shown,) = json.loads(polderlab("harvest", "list", "--json").stdout)
        assert (shown["url"], shown["found"], shown["error"]) == (url, 1, None)
        elsewhere.answers.clear()
        failed = polderlab("harvest", "run", harvest)
        assert failed.returncode == 1
        assert failed.stderr == "polderlab: The catalogue answers with status 404.\n"
    (shown,) = json.loads(polderlab("harvest", "list", "--json").stdout)
    assert shown["error"] == "The catalogue answers with status 404."
    removed = polderlab("harvest", "remove", harvest, "--json")
    assert json.loads(removed.stdout) == {"removed": 1}
    assert polderlab("harvest", "list").stdout == "No catalogue is harvested yet.\n"
