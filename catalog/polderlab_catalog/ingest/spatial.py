"""Files whose layers may be maps: as relations, or as how they would be read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pyarrow.parquet

from polderlab_catalog.domain.ingests import Finding
from polderlab_catalog.ingest import layers, maps
from polderlab_catalog.ingest.engine import literal
from polderlab_catalog.ingest.formats import Format
from polderlab_catalog.ingest.relations import Relation, Tell, first_rows, names_of
from polderlab_catalog.ingest.trouble import Rejected
from polderlab_catalog.policy.ingests import Trouble, finding


def read(
    file: Path, kind: Format, options: Mapping[str, str], folder: Path, tell: Tell
) -> Relation:
    """Return the layer to read as a relation: a map's rows are laid down in ``folder`` first."""
    names = ["geometry"] if kind is Format.PARQUET else layers.layer_names(file)
    name, findings = layers.choose(names, options)
    with layers.open_layer(file, kind, name) as layer:
        if layer.shape:
            crs = options.get("crs", "")
            return maps.lay_down(layer, folder, tell, crs=crs, findings=findings)
        return _plain(layer, folder, tell, findings)


def look_at(
    file: Path, kind: Format, options: Mapping[str, str]
) -> tuple[list[tuple[str, ...]], dict[str, str], dict[str, Sequence[str]], Sequence[Finding]]:
    """Return the first rows without their shapes, how they are read, and what could be chosen."""
    names = layers.layer_names(file)
    name, findings = layers.choose(names, options)
    taken = {"layer": name}
    with layers.open_layer(file, kind, name) as layer:
        batch = next(layer.batches, None)
        if layer.shape and batch is not None:
            shapes = maps.Shapes()
            shapes.mend(batch.column(layer.shape))
            said = options.get("crs") or layer.crs or ""
            try:
                known, told = maps.reference(said, layer.bounds or shapes.bounds)
                taken["crs"] = maps.name_of(known)
            except Rejected as rejected:
                told = [finding(rejected.trouble, **rejected.details)]
            findings = [*findings, *told]
            batch = batch.drop_columns([layer.shape])
        # while the layer is open: the rows are GDAL's
        rows = first_rows(batch)
    return rows, taken, {"layer": names}, findings


def _plain(layer: layers.Layer, folder: Path, tell: Tell, findings: list[Finding]) -> Relation:
    """Return a layer without geometry as a relation."""
    draft = folder / "draft.parquet"
    writer = None
    rows = 0
    for batch in layer.batches:
        names, _ = names_of(batch.schema.names)
        table = maps.without_dictionaries(batch.rename_columns(list(names)))
        writer = writer or pyarrow.parquet.ParquetWriter(draft, table.schema, compression="lz4")
        writer.write_table(table.cast(writer.schema))
        rows += len(table)
        tell("read", rows / max(layer.rows, rows, 1))
    if writer is None:
        raise Rejected(Trouble.NO_ROWS)
    writer.close()
    query = f"SELECT * FROM read_parquet({literal(str(draft))})"
    return Relation(query, draft.stat().st_size / max(rows, 1), None, findings)
