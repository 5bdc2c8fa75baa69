"""Every format the lab takes in, and every file it refuses."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from decimal import Decimal
from pathlib import Path

import geopandas
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet
import pytest
import shapely
from tests.support import files

from polderlab_catalog.domain.datasets import Column
from polderlab_catalog.ingest.convert import work
from polderlab_catalog.ingest.jobs import Job, Outcome, Written


def convert(
    file: Path, *, convert: bool = True, values: bool = True, name: str = "", **options: str
) -> Outcome:
    folder = file.parent / f"work-{file.name}-{len(list(file.parent.iterdir()))}"
    folder.mkdir()
    job = Job(str(file), name or file.name, str(folder), "x", convert, options, values=values)
    return work(Job.loads(job.dumps()), lambda step, progress: None)


def written(file: Path, **how: str) -> tuple[Written, pa.Table]:
    outcome = convert(file, **how)  # type: ignore[arg-type]
    assert outcome.written is not None, outcome.findings
    path = max(file.parent.glob(f"work-{file.name}-*"), key=lambda p: p.stat().st_mtime_ns)
    return outcome.written, pyarrow.parquet.read_table(path / outcome.written.path)


def codes(outcome: Outcome) -> list[str]:
    return [each.code for each in outcome.findings]


def put(folder: Path, content: bytes | str, name: str = "data.csv") -> Path:
    file = folder / name
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    return file


def test_a_table_waits_for_none_of_what_reads_maps() -> None:
    script = (
        "import sys; import polderlab_catalog.ingest.convert; "
        "sys.exit(', '.join({'pyogrio', 'pandas', 'pyproj', 'shapely'} & set(sys.modules)) or 0)"
    )
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60)


# Text -----------------------------------------------------------------------------------------


def test_a_table_with_decimal_commas_becomes_numbers_and_dates(tmp_path: Path) -> None:
    file = put(tmp_path, "code;naam;deel;dag;som\n0344;Utrecht;1,5;31-12-2024;1.234,5\n"
                         "0363;Ede;2,25;01-01-2025;12.345.678,25\n")  # fmt: skip
    found, table = written(file)
    assert table.to_pylist()[0]["deel"] == 1.5
    assert table["som"].to_pylist() == [1234.5, 12345678.25]
    assert [str(kind) for kind in table.schema.types] == [
        "string", "string", "double", "date32[day]", "double",
    ]  # fmt: skip
    assert found.rows == 2


def test_a_code_keeps_its_leading_zero(tmp_path: Path) -> None:
    outcome = convert(file := put(tmp_path, "gm,aantal\n0344,1\n0363,2\n"))
    assert codes(outcome) == ["leading-zeros"]
    assert written(file)[1]["gm"].to_pylist() == ["0344", "0363"]


@pytest.mark.parametrize(
    ("encoding", "said"),
    [("utf-8", "utf-8"), ("utf-8-sig", "utf-8"), ("cp1252", "windows-1252"), ("utf-16", "utf-16")],
)
def test_letters_with_accents_come_through(tmp_path: Path, encoding: str, said: str) -> None:
    text = "plaats;aantal\nSúdwest-Fryslân;1\nBrielle café;2\nCoördinatie – één;3\n" * 20
    file = put(tmp_path, ("k;v\n" + text.split("\n", 1)[1]).encode(encoding))
    assert written(file)[1]["k"].to_pylist()[:3] == [
        "Súdwest-Fryslân", "Brielle café", "Coördinatie – één",
    ]  # fmt: skip
    reading = convert(file, convert=False).reading
    assert reading is not None
    assert reading.options["encoding"] == said


def test_lines_of_another_encoding_late_in_the_file_are_read_and_told(tmp_path: Path) -> None:
    lines = b"naam;aantal\n" + "één;1\n".encode() * 400_000 + "café;2\n".encode("cp1252")
    outcome = convert(file := put(tmp_path, lines))
    assert codes(outcome) == ["mixed-encodings"]
    assert outcome.findings[0].details["count"] == 1
    assert written(file)[1]["naam"].to_pylist()[-1] == "café"


@pytest.mark.parametrize("delimiter", [";", ",", "\t", "|"])
def test_every_delimiter_is_found(tmp_path: Path, delimiter: str) -> None:
    rows = [["naam", "waarde", "tekst"], ["a", "1", '"x; y, z"'], ["b", "2", '"p| q"']]
    file = put(tmp_path, "\n".join(delimiter.join(row) for row in rows) + "\n")
    assert written(file)[1]["tekst"].to_pylist() == ["x; y, z", "p| q"]


def test_a_table_without_a_header_gets_numbered_columns(tmp_path: Path) -> None:
    assert written(put(tmp_path, "1;2\n3;4\n"))[1].column_names == ["column_1", "column_2"]


def test_what_somebody_says_goes_before_what_is_found(tmp_path: Path) -> None:
    file = put(tmp_path, "a;b\n1,5;2\n")
    assert written(file, decimal=".")[1]["a"].to_pylist() == ["1,5"]
    assert written(file, header="no")[1].num_rows == 2
    assert codes(convert(file, encoding="klingon")) == ["bad-option"]


def test_a_value_that_does_not_fit_makes_its_column_text_and_is_told(tmp_path: Path) -> None:
    rows = "".join(f"{i};1\n" for i in range(200_000))
    outcome = convert(put(tmp_path, f"a;b\n{rows}onbekend;3\n"))
    assert codes(outcome) == ["kept-as-text"]
    assert dict(outcome.findings[0].details) == {"column": "a", "line": 200_002}
    assert outcome.written is not None
    assert [c.type for c in outcome.written.columns] == ["string", "int64"]


@pytest.mark.parametrize(
    ("content", "code", "details"),
    [
        ("", "empty-file", {}),
        ("  \n\n", "empty-file", {}),
        ("a;b\n", "no-rows", {}),
        ("a;A;b\n1;2;3\n", "duplicate-columns", {"columns": "a, A"}),
        ("a;b\n1;2\n3;4;5\n", "uneven-rows", {"line": 3, "expected": 2, "found": 3}),
        ("a;b\n1;2\n3\n", "uneven-rows", {"line": 3, "expected": 2, "found": 1}),
        ('a;b\n1;"2\n3;4\n', "unreadable", {"format": "CSV"}),
        ("<!DOCTYPE html><html>", "web-page", {}),
        ('{"hello": "world"}', "unknown-format", {}),
        (b"%PDF-1.7 and more", "unknown-format", {}),
        (b"\x7fELF\0\0\0", "unknown-format", {}),
        (b"a;b\n1;\0\n", "unknown-format", {}),
        (b"SQLite format 3\0" + b"\0" * 100, "unknown-format", {}),
        (b"PAR1 and no more", "unreadable", {"format": "Parquet"}),
        (b"PK\x03\x04 and no more", "unreadable", {"format": "zip"}),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 no more", "unreadable", {"format": "Excel"}),
        ('{"type": "FeatureCollection", "features": [', "unreadable", {}),
    ],
)  # fmt: skip
def test_a_bad_file_is_refused_with_what_is_the_matter(
    tmp_path: Path, content: str | bytes, code: str, details: dict[str, object]
) -> None:
    outcome = convert(put(tmp_path, content), name="data")
    assert codes(outcome) == [code]
    assert details.items() <= dict(outcome.findings[0].details).items()
    assert outcome.written is None
    assert "{" not in outcome.findings[0].message.format(**outcome.findings[0].details)


def test_a_column_without_a_name_gets_one(tmp_path: Path) -> None:
    outcome = convert(file := put(tmp_path, "a;;b\n1;2;x\n"))
    assert codes(outcome) == ["unnamed-columns"]
    assert written(file)[1].column_names == ["a", "column_2", "b"]


def test_a_name_that_says_something_else_is_told(tmp_path: Path) -> None:
    outcome = convert(files.workbook(tmp_path), name="tabel.csv")
    assert codes(outcome) == ["other-format"]
    assert outcome.original is not None
    assert outcome.original.ending == "xlsx"


# Spreadsheets and Parquet ----------------------------------------------------------------------


def test_titles_above_the_names_of_a_sheet_are_left_out_and_told(tmp_path: Path) -> None:
    titled = pd.DataFrame(
        {"Zwemwater": ["bron: meetnet", "plek", "strand", "meer"], "": ["", "waarde", "1", "2"]}
    )
    file = files.workbook(tmp_path, {"Blad1": titled})
    outcome = convert(file)
    assert codes(outcome) == ["title-rows"]
    assert outcome.findings[0].details == {"count": 2}
    _, table = written(file)
    assert table.column_names == ["plek", "waarde"]
    assert table["plek"].to_pylist() == ["strand", "meer"]


def test_a_sheet_of_one_column_and_one_without_names_keep_all_their_rows(tmp_path: Path) -> None:
    one = files.workbook(tmp_path, {"Blad1": pd.DataFrame({"naam": ["Ede", "Epe"]})})
    assert written(one)[1]["naam"].to_pylist() == ["Ede", "Epe"]
    (tmp_path / "more").mkdir()
    unnamed = pd.DataFrame({"naam": ["Ede", "Epe"], "": [1.5, 2.5]})
    file = files.workbook(tmp_path / "more", {"Blad1": unnamed})
    assert codes(convert(file)) == ["unnamed-columns"]
    assert written(file)[1].num_rows == 2


def test_a_sheet_becomes_a_table(tmp_path: Path) -> None:
    _, table = written(files.workbook(tmp_path))
    assert table.to_pylist() == [
        {"naam": "Utrecht", "aantal": 3, "deel": 0.5},
        {"naam": "Zwolle", "aantal": 4, "deel": None},
    ]


def test_another_sheet_can_be_chosen(tmp_path: Path) -> None:
    second = pd.DataFrame({"b": ["x", "y"]})
    file = files.workbook(tmp_path, {"Eerste": files.table(), "Tweede": second})
    assert codes(convert(file)) == ["more-layers"]
    assert written(file, sheet="Tweede")[1].to_pylist() == [{"b": "x"}, {"b": "y"}]
    assert codes(convert(file, sheet="Derde")) == ["no-layer"]
    reading = convert(file, convert=False).reading
    assert reading is not None
    assert list(reading.choices["sheet"]) == ["Eerste", "Tweede"]


def test_parquet_stays_what_it_was(tmp_path: Path) -> None:
    file = tmp_path / "t.parquet"
    frame = pd.DataFrame({"id": range(1000), "s": "x", "t": pd.Timestamp("2024-01-01")})
    frame.to_parquet(file)
    assert written(file)[1].to_pandas().equals(frame)


# Maps ------------------------------------------------------------------------------------------


def geojson(folder: Path) -> Path:
    file = folder / "kaart.geojson"
    files.squares().to_crs(4326).to_file(file, driver="GeoJSON")
    return file


def geoparquet(folder: Path) -> Path:
    file = folder / "kaart.parquet"
    files.squares().to_parquet(file, write_covering_bbox=True)
    return file


MAPS = {
    "geopackage": files.geopackage,
    "geojson": geojson,
    "geoparquet": geoparquet,
    "shapefile": files.shapefile,
    "geodatabase": files.geodatabase,
}


@pytest.mark.parametrize("kind", MAPS)
def test_every_kind_of_map_becomes_geoparquet(tmp_path: Path, kind: str) -> None:
    file = MAPS[kind](tmp_path)
    outcome = convert(file)
    assert codes(outcome) == []
    assert outcome.written is not None
    path = next(tmp_path.glob("work-*")) / outcome.written.path
    frame = geopandas.read_parquet(path)
    expected = files.squares()
    assert len(frame) == len(expected)
    assert frame.crs == ("EPSG:4326" if kind == "geojson" else "EPSG:28992")
    nearby = frame.to_crs(files.RD).set_index("naam").loc[expected["naam"]].geometry
    off = nearby.reset_index(drop=True).symmetric_difference(expected.geometry).area
    assert (off < 100).all()
    assert outcome.written.bbox == pytest.approx((3.4, 50.75, 7.1, 53.5), abs=0.2)
    assert Column("geometry", "geometry") in outcome.written.columns
    assert "bbox" not in [column.name for column in outcome.written.columns]


def test_geoparquet_says_what_the_standard_asks(tmp_path: Path) -> None:
    _, table = written(files.geopackage(tmp_path))
    geo = json.loads(table.schema.metadata[b"geo"])
    column = geo["columns"][geo["primary_column"]]
    assert geo["version"] == "1.1.0"
    assert column["encoding"] == "WKB"
    assert column["geometry_types"] == ["Polygon"]
    assert column["crs"]["id"] == {"authority": "EPSG", "code": 28992}
    assert column["covering"]["bbox"]["xmin"] == ["bbox", "xmin"]


def test_a_reader_with_a_box_needs_few_row_groups(tmp_path: Path) -> None:
    file = tmp_path / "kaart.parquet"
    files.squares(150_000).to_parquet(file)
    outcome = convert(file)
    assert outcome.written is not None
    path = next(tmp_path.glob("work-*")) / outcome.written.path
    metadata = pyarrow.parquet.read_metadata(path)
    leaf = [metadata.row_group(0).column(i).path_in_schema for i in range(metadata.num_columns)]
    west, east = leaf.index("bbox.xmin"), leaf.index("bbox.xmax")
    spans = [
        metadata.row_group(i).column(east).statistics.max
        - metadata.row_group(i).column(west).statistics.min
        for i in range(metadata.num_row_groups)
    ]
    assert metadata.num_row_groups >= 4
    assert np.median(spans) < 0.75 * 250_000
    box = (100_000, 400_000, 110_000, 410_000)
    found = geopandas.read_parquet(path, bbox=box)
    assert len(found) == len(files.squares(150_000).cx[box[0] : box[2], box[1] : box[3]])


def test_broken_shapes_are_repaired_and_told(tmp_path: Path) -> None:
    bow = shapely.Polygon([(0, 0), (10, 10), (10, 0), (0, 10)])
    frame = geopandas.GeoDataFrame({"a": [1, 2]}, geometry=[bow, None], crs=files.RD)
    outcome = convert(file := files.geopackage(tmp_path, frame))
    assert codes(outcome) == ["repaired-geometry"]
    _, table = written(file)
    shapes = shapely.from_wkb(table["geometry"].to_pylist())
    assert sorted(shape.is_valid for shape in shapes if shape is not None) == [True]
    assert len(shapes) == 2


def test_shapes_that_cannot_be_repaired_are_refused(tmp_path: Path) -> None:
    _, table = written(file := geoparquet(tmp_path))
    broken = pa.array([b"\x01no shape at all"] * table.num_rows, type=pa.binary())
    at = table.column_names.index("geometry")
    pyarrow.parquet.write_table(table.set_column(at, "geometry", broken), file)
    outcome = convert(file)
    assert codes(outcome) == ["broken-geometry"]
    assert outcome.findings[0].details["count"] == table.num_rows


def test_a_map_without_a_system_is_placed_by_its_coordinates(tmp_path: Path) -> None:
    file = files.shapefile(tmp_path, prj=False)
    outcome = convert(file)
    assert codes(outcome) == ["guessed-crs"]
    assert outcome.written is not None
    assert outcome.written.crs == "EPSG:28992"
    said = convert(file, crs="EPSG:28991")
    assert codes(said) == []
    assert said.written is not None
    assert said.written.crs == "EPSG:28991"
    assert codes(convert(file, crs="EPSG:nonsense")) == ["unknown-crs"]


def test_a_map_that_could_be_anywhere_is_refused(tmp_path: Path) -> None:
    frame = files.squares(crs=None)
    frame.geometry = frame.geometry.translate(5e6, 5e6)
    file = tmp_path / "kaart.parquet"
    frame.to_parquet(file)
    assert codes(convert(file)) == ["no-crs"]


def test_a_layer_of_all_kinds_of_shapes_is_read(tmp_path: Path) -> None:
    frame = files.squares(20_000)
    frame["laat"] = [None] * 19_999 + ["einde"]
    frame.loc[frame.index[:5], "geometry"] = frame.geometry[:5].centroid
    found, table = written(files.geopackage(tmp_path, frame))
    geo = json.loads(table.schema.metadata[b"geo"])
    assert geo["columns"]["geometry"]["geometry_types"] == ["Point", "Polygon"]
    assert found.rows == 20_000
    assert [row for row in table["laat"].to_pylist() if row] == ["einde"]


def test_arcs_are_straightened(tmp_path: Path) -> None:
    file = tmp_path / "kaart.gpkg"
    files.squares(1).to_file(file, driver="GPKG", layer="kaart", geometry_type="Unknown")
    _put_circle(file)
    _, table = written(file)
    shape = shapely.from_wkb(table["geometry"].to_pylist()[0])
    assert shape.area == pytest.approx(np.pi * 100, rel=0.01)


def _put_circle(file: Path) -> None:
    """Put a circle in the place of the only shape: CURVEPOLYGON(CIRCULARSTRING(0 0, 10 10, …))."""
    header = b"GP\0\x01" + (28992).to_bytes(4, "little")
    numbers = np.array([0, 0, 10, 10, 20, 0, 10, -10, 0, 0], dtype="<f8").tobytes()
    ring = b"\x01" + (8).to_bytes(4, "little") + (5).to_bytes(4, "little") + numbers
    curve = b"\x01" + (10).to_bytes(4, "little") + (1).to_bytes(4, "little") + ring
    with closing(sqlite3.connect(file)) as db:
        for trigger in db.execute("SELECT name FROM sqlite_master WHERE type='trigger'").fetchall():
            db.execute(f'DROP TRIGGER "{trigger[0]}"')
        db.execute("UPDATE kaart SET geom = ?", (header + curve,))
        db.commit()


def test_another_layer_can_be_chosen(tmp_path: Path) -> None:
    files.geopackage(tmp_path)
    file = files.geopackage(tmp_path, files.squares(7), layer="andere")
    assert codes(convert(file)) == ["more-layers"]
    assert written(file, layer="andere")[0].rows == 7
    assert codes(convert(file, layer="geen")) == ["no-layer"]


# Archives --------------------------------------------------------------------------------------


def test_a_table_in_a_zip_is_read(tmp_path: Path) -> None:
    file = files.zipped(tmp_path / "t.zip", {"map/data.csv": b"a;b\n1;2\n", "leesmij.txt": b"hoi"})
    assert written(file)[1].to_pylist() == [{"a": 1, "b": 2}]


@pytest.mark.parametrize(
    ("names", "code"),
    [
        (["../out.csv"], "zip-unsafe"),
        (["/etc/out.csv"], "zip-unsafe"),
        (["a/../../out.csv"], "zip-unsafe"),
        (["..\\out.csv"], "zip-unsafe"),
        (["a.csv", "b.csv"], "zip-no-data"),
        (["photo.jpg"], "zip-no-data"),
        (["inner.zip"], "zip-no-data"),
        ([f"{i}.csv" for i in range(2001)], "zip-too-large"),
    ],
)
def test_a_zip_that_is_not_one_table_is_refused(
    tmp_path: Path, names: list[str], code: str
) -> None:
    file = files.zipped(tmp_path / "t.zip", dict.fromkeys(names, b"a;b\n1;2\n"))
    assert codes(convert(file)) == [code]
    assert not (tmp_path / "out.csv").exists()
    assert not Path("/etc/out.csv").exists()


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (files.bomb, "zip-too-large"),
        (files.link, "zip-unsafe"),
        (files.device, "zip-unsafe"),
        (files.locked, "encrypted"),
    ],
)
def test_a_zip_that_is_out_to_harm_is_refused(tmp_path: Path, make: object, code: str) -> None:
    outcome = convert(make(tmp_path / "t.zip"))  # type: ignore[operator]
    assert codes(outcome) == [code]


def test_a_zip_that_lies_about_sizes_is_refused(tmp_path: Path) -> None:
    assert codes(convert(files.lying(tmp_path / "t.zip")))[0] in {"zip-too-large", "unreadable"}


def test_a_spreadsheet_that_is_a_bomb_is_refused(tmp_path: Path) -> None:
    sheet = b"<worksheet>" + b" " * (200 * 1024**2)
    file = files.zipped(
        tmp_path / "t.xlsx", {"[Content_Types].xml": b"", "xl/worksheets/sheet1.xml": sheet}
    )
    assert codes(convert(file)) == ["zip-too-large"]


# Profiles --------------------------------------------------------------------------------------


def test_a_profile_counts_and_shows_values_only_where_they_may_be_shown(tmp_path: Path) -> None:
    rows = "".join(f"{i};{'xyz'[i % 3]};\n" for i in range(30))
    file = put(tmp_path, f"id;soort;leeg\n{rows}")
    shown, hidden = (convert(file, values=values).written for values in (True, False))
    assert shown is not None
    assert hidden is not None
    id_, kind, empty = (column.profile for column in shown.columns)
    assert (id_.nulls, id_.distinct, id_.minimum, id_.maximum) == (0, 30, "0", "29")  # type: ignore[union-attr]
    assert kind.top == (("x", 10), ("y", 10), ("z", 10))  # type: ignore[union-attr]
    assert empty.nulls == 30  # type: ignore[union-attr]
    for column in hidden.columns:
        assert column.profile is not None
        assert (column.profile.minimum, column.profile.maximum, column.profile.top) == (
            None, None, (),
        )  # fmt: skip
        assert column.profile.distinct is not None


def test_numbers_and_days_are_counted_in_equal_parts_of_their_range(tmp_path: Path) -> None:
    days = pd.date_range("2024-01-01", periods=40, freq="D")
    frame = pd.DataFrame(
        {
            "whole": [*range(32), *[31] * 8],
            "real": [0.0] * 20 + [1.6] * 19 + [np.nan],
            "odd": [np.inf, -np.inf, np.nan, *[0.0] * 18, *[-16.0] * 19],
            "huge": [1.7e308, -1.7e308] * 20,
            "day": days.date,
            "moment": days,
            "one": 3,
            "bin": range(40),
            "empty": pd.Series([None] * 40, dtype="float64"),
            "words": "x",
            'odd "name': [Decimal("1.5"), Decimal("-1.5")] * 20,
        }
    )
    file = tmp_path / "t.parquet"
    frame.to_parquet(file)
    shown, hidden = (convert(file, values=values).written for values in (True, False))
    assert shown is not None
    assert hidden is not None
    bins = {each.name: each.profile.bins for each in shown.columns if each.profile}
    assert bins["whole"] == (2,) * 15 + (10,)
    assert bins["real"] == (20, *[0] * 14, 19)
    assert bins["odd"] == (19, *[0] * 14, 18)
    assert bins["day"] == bins["bin"] == (3,) * 13 + (1,)
    assert sum(bins["moment"]) == 40
    assert len(bins["moment"]) == 16
    assert bins['odd "name'] == (20, *[0] * 14, 20)
    assert {bins[each] for each in ("huge", "one", "empty", "words")} == {()}
    assert {each.profile.bins for each in hidden.columns if each.profile} == {()}
