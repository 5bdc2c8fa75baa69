"""What the lab and its reading process say to each other, as lines of JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from polderlab_catalog.domain.datasets import Column, Distribution, Profile
from polderlab_catalog.domain.ingests import Finding
from polderlab_catalog.policy.ingests import Trouble, finding


@dataclass(frozen=True, slots=True)
class Job:
    """One file to read.

    ``file`` is where it lies and ``name`` how it was called; ``folder`` is an empty folder for
    whatever is made; ``options`` are what somebody said about how to read it. ``values``: values
    of the columns may be shown. Without ``convert`` the file is only looked at.
    """

    file: str
    name: str
    folder: str
    dataset: str
    convert: bool
    options: Mapping[str, str] = field(default_factory=dict)
    values: bool = False
    memory_mib: int = 1024

    def dumps(self) -> str:
        """Return the job as one line."""
        return json.dumps(asdict(self))

    @classmethod
    def loads(cls, line: str) -> Job:
        """Return the job of a line."""
        return cls(**json.loads(line))


@dataclass(frozen=True, slots=True)
class Reading:
    """How a file is (or would be) read: see :class:`..domain.ingests.Ingest`."""

    options: Mapping[str, str]
    choices: Mapping[str, Sequence[str]] = field(default_factory=dict)
    preview: Sequence[Sequence[str]] = ()


@dataclass(frozen=True, slots=True)
class Written:
    """A Parquet file in the job's folder, described; ``path`` is relative to that folder."""

    path: str
    bytes: int
    sha256: str
    rows: int
    columns: tuple[Column, ...]
    crs: str | None = None
    bbox: tuple[float, float, float, float] | None = None


@dataclass(frozen=True, slots=True)
class Original:
    """The file as it was handed in, described."""

    media_type: str
    ending: str
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a job: a reading when it was only looked at, both files when converted."""

    findings: tuple[Finding, ...] = ()
    reading: Reading | None = None
    written: Written | None = None
    original: Original | None = None

    def dumps(self) -> str:
        """Return the outcome as one line."""
        said = [{"code": each.code, "details": dict(each.details)} for each in self.findings]
        return json.dumps({"outcome": {**asdict(self), "findings": said}})


def outcome_of(said: Mapping[str, Any]) -> Outcome:
    """Return the outcome of a line. Sentences come from here, not from the reading process."""
    written, original, reading = said["written"], said["original"], said["reading"]
    return Outcome(
        findings=tuple(finding(Trouble(f["code"]), **f["details"]) for f in said["findings"]),
        reading=Reading(**reading) if reading else None,
        written=_written(written) if written else None,
        original=Original(**original) if original else None,
    )


def _written(said: Mapping[str, Any]) -> Written:
    columns = tuple(
        Column(each["name"], each["type"], profile=_profile(each["profile"]))
        for each in said["columns"]
    )
    bbox = tuple(said["bbox"]) if said["bbox"] else None
    return Written(**{**said, "columns": columns, "bbox": bbox})


def _profile(said: Mapping[str, Any] | None) -> Profile | None:
    if said is None:
        return None
    top = tuple((value, rows) for value, rows in said["top"])
    return Profile(**{**said, "top": top, "bins": tuple(said["bins"])})


def distributions(
    written: Written, original: Original, *, data: str, handed_in: str
) -> tuple[Distribution, Distribution]:
    """Return both files as distributions; ``data`` and ``handed_in`` are their paths."""
    from polderlab_catalog.domain.datasets import DistributionRole

    return (
        Distribution(
            name=Path(data).name,
            media_type="application/vnd.apache.parquet",
            path=data,
            bytes=written.bytes,
            sha256=written.sha256,
            rows=written.rows,
            columns=written.columns,
            crs=written.crs,
            bbox=written.bbox,
        ),
        Distribution(
            name=Path(handed_in).name,
            media_type=original.media_type,
            path=handed_in,
            bytes=original.bytes,
            sha256=original.sha256,
            role=DistributionRole.ORIGINAL,
        ),
    )
