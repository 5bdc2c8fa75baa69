"""Feature services and files on the web: a real pygeoapi, and servers that speak WFS and HTTP."""

from __future__ import annotations

import http.server
import io
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import ClassVar
from urllib.parse import parse_qs, urlsplit

import geopandas
import httpx
import pyarrow as pa
import pytest
import shapely
import yaml
from pyarrow import parquet as pq
from tests.contract.test_consulting import described, wanted_of
from tests.support.silent import free_port, silent_server

from polderlab_catalog.application.errors import Refused
from polderlab_catalog.application.ports import SourceError
from polderlab_catalog.domain.scopes import WHOLE, Condition, Operator, Scope
from polderlab_catalog.domain.sources import Asked, Login, Source, SourceKind
from polderlab_catalog.policy.decisions import Code
from polderlab_catalog.sources.consulting import Consulting
from polderlab_catalog.sources.guard import Guard

ALL, NOBODY = Asked(), Login()
COUNT = 2500


def features(start: int, stop: int) -> list[dict[str, object]]:
    return [
        {
            "type": "Feature",
            "id": n,
            "properties": {"name": f"well {n}", "depth": n / 2, "open": n % 2 == 0},
            "geometry": {"type": "Point", "coordinates": [4 + n / 10_000, 52.0]},
        }
        for n in range(start, stop)
    ]


def read(
    consulting: Consulting, source: Source, asked: Asked = ALL, granted: Scope = WHOLE
) -> pa.Table:
    known = described(consulting.probe(source, NOBODY), source.scope.columns)
    wanted = wanted_of(source, known, granted, asked)
    stream = consulting.open(source, NOBODY, wanted, known)
    pieces = list(iter(stream.next, None))
    stream.close()
    return pa.ipc.open_stream(b"".join(pieces)).read_all()


@pytest.fixture
def consulting(tmp_path: Path) -> Consulting:
    return Consulting(Guard("localhost"), tmp_path)


@pytest.fixture(scope="module")
def pygeoapi(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("pygeoapi")
    data = folder / "wells.geojson"
    data.write_text(json.dumps({"type": "FeatureCollection", "features": features(0, COUNT)}))
    port = free_port()
    config = {
        "server": {
            "bind": {"host": "127.0.0.1", "port": port},
            "url": f"http://localhost:{port}",
            "mimetype": "application/json; charset=UTF-8",
            "encoding": "utf-8",
            "languages": ["en-US"],
            "limits": {"default_items": 10, "max_items": 1000},
            "map": {"url": "https://example.nl/{z}/{x}/{y}.png", "attribution": "none"},
        },
        "logging": {"level": "ERROR"},
        "metadata": {
            "identification": {
                "title": "t", "description": "d", "keywords": ["k"], "url": "https://example.nl",
                "terms_of_service": "https://example.nl", "keywords_type": "theme",
            },
            "license": {"name": "CC0", "url": "https://example.nl"},
            "provider": {"name": "p", "url": "https://example.nl"},
            "contact": {"name": "c", "email": "c@example.nl", "url": "https://example.nl"},
        },
        "resources": {
            "wells": {
                "type": "collection",
                "title": "Wells",
                "description": "Wells",
                "keywords": ["wells"],
                "extents": {
                    "spatial": {
                        "bbox": [3, 50, 8, 54],
                        "crs": "http://www.opengis.net/def/crs/OGC/1.3/CRS84",
                    }
                },
                "providers": [
                    {"type": "feature", "name": "GeoJSON", "data": str(data), "id_field": "id"}
                ],
            }
        },
    }  # fmt: skip
    (folder / "config.yml").write_text(yaml.safe_dump(config))
    environment = os.environ | {
        "PYGEOAPI_CONFIG": str(folder / "config.yml"),
        "PYGEOAPI_OPENAPI": str(folder / "openapi.yml"),
    }
    program = str(Path(sys.executable).with_name("pygeoapi"))
    made = [program, "openapi", "generate", str(folder / "config.yml")]
    with (folder / "openapi.yml").open("wb") as file:
        subprocess.run(made, env=environment, check=True, stdout=file, stderr=subprocess.PIPE)
    server = subprocess.Popen(
        [program, "serve"],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # it starts a child, which has to go with it
    )
    address = f"http://localhost:{port}"
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            httpx.get(f"{address}/collections/wells", trust_env=False)
            break
        except httpx.TransportError:
            time.sleep(0.3)
    yield address
    os.killpg(server.pid, signal.SIGKILL)
    server.wait()


def test_a_collection_is_read_page_by_page_as_a_map_layer(
    consulting: Consulting, pygeoapi: str
) -> None:
    source = Source("soil", SourceKind.OGC_FEATURES, pygeoapi, table="wells")
    found = geopandas.GeoDataFrame.from_arrow(read(consulting, source))
    assert len(found) == COUNT
    assert found.crs.to_epsg() == 4326 or found.crs.to_string() == "OGC:CRS84"
    assert found.geometry.iloc[0].equals(shapely.Point(4, 52))
    assert found["name"].iloc[-1] == f"well {COUNT - 1}"
    scope = Scope(("name", "geometry"), (Condition("depth", Operator.LESS, (1,)),))
    part = read(consulting, source, granted=scope)
    assert part.schema.names == ["name", "geometry"]
    assert part["name"].to_pylist() == ["well 0", "well 1"]
    assert read(consulting, source, Asked(("name",), 3)).num_rows == 3
    with pytest.raises(SourceError) as error:
        read(consulting, replace(source, row_limit=100))
    assert error.value.code is Code.SOURCE_TOO_MANY_ROWS


GML = """<?xml version="1.0" encoding="UTF-8"?>
<wfs:FeatureCollection xmlns:wfs="http://www.opengis.net/wfs/2.0" numberReturned="2"
  xmlns:gml="http://www.opengis.net/gml/3.2" xmlns:a="urn:a">
  <wfs:member><a:wells gml:id="w.1"><a:name>Lek</a:name>
    <a:shape><gml:Point srsName="urn:ogc:def:crs:EPSG::28992"><gml:pos>155000 463000</gml:pos>
    </gml:Point></a:shape></a:wells></wfs:member>
  <wfs:member><a:wells gml:id="w.2"><a:name>Waal</a:name>
    <a:shape><gml:Point srsName="urn:ogc:def:crs:EPSG::28992"><gml:pos>155010 463000</gml:pos>
    </gml:Point></a:shape></a:wells></wfs:member>
</wfs:FeatureCollection>"""


class Web(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    reached: ClassVar[list[dict[str, str]]] = []

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        getattr(self, parts.path.strip("/").partition(".")[0])(query)

    def wfs(self, query: dict[str, str]) -> None:
        start, count = int(query["startindex"]), int(query["count"])
        assert query["request"] == "GetFeature"
        name = "urn:ogc:def:crs:EPSG::28992"
        told = {
            "type": "FeatureCollection",
            "crs": {"type": "name", "properties": {"name": name}},
            "features": features(start, min(start + count, COUNT)),
        }
        self._say(json.dumps(told).encode(), "application/json")

    def gml(self, query: dict[str, str]) -> None:
        self._say(GML.encode(), "application/gml+xml")

    def evil(self, query: dict[str, str]) -> None:
        vrt = GML.replace("<wfs:member>", "<!-- <OGRVRTDataSource> --><wfs:member>", 1)
        self._say(vrt.encode(), "application/gml+xml")

    def elsewhere(self, query: dict[str, str]) -> None:
        """Describe a WFS of which GDAL would fetch the features by itself."""
        place = f"http://127.0.0.1:{self.server.server_address[1]}/fetched?"
        get = f'<DCP><HTTP><Get href="{place}"/></HTTP></DCP>'
        operations = "".join(
            f'<Operation name="{name}">{get}</Operation>'
            for name in ("GetFeature", "DescribeFeatureType")
        )
        described = (
            '<wfs:WFS_Capabilities version="1.1.0" xmlns:wfs="http://www.opengis.net/wfs">'
            f"<OperationsMetadata>{operations}</OperationsMetadata><FeatureTypeList><FeatureType>"
            "<Name>a</Name><DefaultSRS>EPSG:4326</DefaultSRS></FeatureType></FeatureTypeList>"
            "</wfs:WFS_Capabilities>"
        )
        body = f"<FeatureCollection ></FeatureCollection>{described}"
        self._say(body.encode(), "application/gml+xml")

    def fetched(self, query: dict[str, str]) -> None:
        Web.reached.append(query)
        self._say(b"<nothing/>", "text/xml")

    def table(self, query: dict[str, str]) -> None:
        rows = [{"id": 1, "tags": ["a"], "day": "2024-01-01"}, {"id": 2, "tags": None, "day": None}]
        self._say(json.dumps({"results": rows}).encode(), "application/json")

    def file(self, query: dict[str, str]) -> None:
        buffer = io.BytesIO()
        pq.write_table(pa.table({"id": [1, 2, 3], "name": ["a", "b", "c"]}), buffer)
        self._say(buffer.getvalue(), "application/octet-stream")

    def inward(self, query: dict[str, str]) -> None:
        self.send_response(302)
        self.send_header("Location", query["to"])
        self.send_header("Content-Length", "0")
        self.end_headers()

    def latin(self, query: dict[str, str]) -> None:
        rows = "".join(f"{n},Café {n},{n}.5\n" for n in range(300_000))
        self._say(f"id,name,size\n{rows}".encode("cp1252"), "text/csv")

    def _say(self, body: bytes, kind: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None: ...


@pytest.fixture(scope="module")
def web() -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Web)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://localhost:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_a_wfs_is_paged_and_tells_its_coordinates(consulting: Consulting, web: str) -> None:
    source = Source("soil", SourceKind.WFS, f"{web}/wfs", table="a:wells")
    found = geopandas.GeoDataFrame.from_arrow(read(consulting, source))
    assert (len(found), found.crs.to_epsg()) == (COUNT, 28992)
    assert found["name"].is_unique


def test_a_wfs_that_speaks_gml_alone_is_read_too(consulting: Consulting, web: str) -> None:
    source = Source("soil", SourceKind.WFS, f"{web}/gml", table="a:wells")
    found = geopandas.GeoDataFrame.from_arrow(read(consulting, source))
    assert found["name"].tolist() == ["Lek", "Waal"]
    assert found.geometry.x.tolist() == [155000, 155010]
    with pytest.raises(SourceError):
        consulting.probe(replace(source, location=f"{web}/evil"), NOBODY)


def test_what_a_wfs_names_is_not_fetched(consulting: Consulting, web: str) -> None:
    """Whoever runs a service would send the lab to any address of its own network."""
    Web.reached.clear()
    with pytest.raises(SourceError):
        consulting.probe(
            Source("soil", SourceKind.WFS, f"{web}/elsewhere", table="a:wells"), NOBODY
        )
    assert Web.reached == []
    httpx.get(f"{web}/fetched?by=us")
    assert Web.reached == [{"by": "us"}]


@pytest.mark.parametrize(
    ("path", "names", "rows"),
    [
        ("table.json", ["id", "tags", "day"], 2),
        ("file.parquet", ["id", "name"], 3),
        ("latin.csv", ["id", "name", "size"], 300_000),
    ],
)
def test_files_on_the_web_are_read(
    consulting: Consulting, web: str, path: str, names: list[str], rows: int
) -> None:
    source = Source("soil", SourceKind.URL, f"{web}/{path}")
    found = read(consulting, source)
    assert (found.schema.names, found.num_rows) == (names, rows)
    scope = Scope(("id",), (Condition("id", Operator.EQUALS, (2,)),))
    assert read(consulting, source, granted=scope).to_pylist() == [{"id": 2}]
    if path == "latin.csv":
        assert found["name"][0].as_py() == "Café 0"


@pytest.mark.parametrize(
    "target",
    [
        "http://127.0.0.1:{port}/table.json",
        "http://[::1]:{port}/table.json",
        "http://169.254.169.254/latest/meta-data",
        "http://0.0.0.0:{port}/table.json",
        "http://2130706433:{port}/table.json",
        "http://[::ffff:127.0.0.1]:{port}/table.json",
        "file:///etc/passwd",
    ],
)
def test_a_redirect_leads_nowhere_the_address_itself_may_not(
    consulting: Consulting, web: str, target: str
) -> None:
    inside = target.format(port=urlsplit(web).port)
    source = Source("soil", SourceKind.URL, f"{web}/inward.json?to={inside}")
    with pytest.raises((Refused, SourceError)):
        consulting.probe(source, NOBODY)
    fine = replace(source, location=f"{web}/inward.json?to={web}/table.json")
    assert len(consulting.probe(fine, NOBODY).columns) == 3


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "10.0.0.1", "192.168.1.1", "[::1]", "[fd00::1]", "169.254.169.254"],
)
def test_without_being_allowed_the_lab_goes_to_public_addresses_alone(
    tmp_path: Path, host: str
) -> None:
    source = Source("soil", SourceKind.URL, f"http://{host}:1/x.csv")
    with pytest.raises(Refused) as refusal:
        Consulting(Guard(), tmp_path).probe(source, NOBODY)
    assert refusal.value.decision.code is Code.SOURCE_NOT_ALLOWED
    database = Source("soil", SourceKind.SQL, f"postgresql://{host}/x", table="t")
    with pytest.raises(Refused):
        Consulting(Guard(), tmp_path).probe(database, NOBODY)


def test_addresses_of_machine_credentials_are_never_allowed() -> None:
    for host in ("169.254.169.254", "fd00:ec2::254"):
        with pytest.raises(Refused):
            Guard(host).resolve(host, 80)
    assert Guard("10.0.0.1:5432").resolve("10.0.0.1", 5432) == "10.0.0.1"
    with pytest.raises(Refused):
        Guard("10.0.0.1:5432").resolve("10.0.0.1", 22)


def test_a_silent_web_server_is_told_in_time(consulting: Consulting) -> None:
    with silent_server() as port:
        address = f"http://localhost:{port}/x.csv"
        source = Source("soil", SourceKind.URL, address, timeout_seconds=2)
        begin = time.monotonic()
        with pytest.raises(SourceError) as error:
            consulting.probe(source, NOBODY)
        assert error.value.code is Code.SOURCE_TOO_SLOW
        assert time.monotonic() - begin < 10
