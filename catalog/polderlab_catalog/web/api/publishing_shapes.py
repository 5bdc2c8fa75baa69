"""What the API shows and takes of publishing."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from pydantic import Field

from polderlab_catalog.domain.datasets import Classification, Dataset
from polderlab_catalog.domain.quality import Check, CheckKind, OnFailure
from polderlab_catalog.domain.texts import Text
from polderlab_catalog.web.api.shapes import Shape


class TextIn(Shape):
    """A text in Dutch, in English or in both."""

    nl: str = Field("", max_length=4000)
    en: str = Field("", max_length=4000)

    def text(self) -> Text:
        """Return it as the register knows it."""
        return Text(self.nl.strip(), self.en.strip())


class CheckShape(Shape):
    """A quality check. A ``range`` has ``minimum`` or ``maximum``, ``allowed`` its ``values``,
    ``freshness`` its ``days``."""

    kind: CheckKind
    columns: list[str] = Field([], max_length=20)
    minimum: str | None = Field(None, max_length=40)
    maximum: str | None = Field(None, max_length=40)
    values: list[str] | None = Field(None, max_length=200)
    days: int | None = Field(None, ge=1, le=36_500)

    @classmethod
    def of(cls, check: Check) -> CheckShape:
        """Make it from the register's check."""
        options = check.options
        values, days = options.get("values"), str(options.get("days", ""))
        minimum, maximum = (options.get(each) for each in ("minimum", "maximum"))
        return cls(
            kind=check.kind,
            columns=list(check.columns),
            minimum=None if minimum is None else str(minimum),
            maximum=None if maximum is None else str(maximum),
            values=list(values) if isinstance(values, tuple) else None,
            days=int(days) if days.isdigit() else None,
        )

    def check(self) -> Check:
        """Return it as the register knows it."""
        values = tuple(self.values) if self.values is not None else None
        given = {
            "minimum": self.minimum,
            "maximum": self.maximum,
            "values": values,
            "days": str(self.days) if self.days is not None else None,
        }
        options = {name: value for name, value in given.items() if value is not None}
        return Check(self.kind, tuple(self.columns), options)


class Period(Shape):
    """The first and the last day the data is about."""

    first: date
    last: date


class DatasetChange(Shape):
    """Parts of a description; what is left out stays as it is."""

    title: TextIn | None = None
    description: TextIn | None = None
    steward: str | None = Field(None, max_length=500)
    classification: Classification | None = None
    licence: str | None = Field(None, max_length=500, description="Its web address.")
    source: str | None = Field(None, max_length=500)
    theme: str | None = Field(None, max_length=20, description="Code of the EU's data themes.")
    keywords: list[str] | None = Field(None, max_length=30)
    place: str | None = Field(None, max_length=500)
    contact: str | None = Field(None, max_length=500, description="E-mail address or web page.")
    frequency: str | None = Field(
        None, max_length=20, description="Code of the EU's authority table of frequencies."
    )
    period: Period | None = None
    open_download: bool | None = None
    hvd_category: str | None = Field(None, max_length=500)
    checks: list[CheckShape] | None = Field(None, max_length=50)
    on_failure: OnFailure | None = None

    def changes(self) -> dict[str, Any]:
        """Return the fields that were sent, as the register knows them."""
        made: dict[str, Any] = {}
        for name in self.model_fields_set & DatasetChange.model_fields.keys():
            value = getattr(self, name)
            if value is None and name != "period":
                continue
            made[name] = _plain(value)
        return made


class NewDataset(DatasetChange):
    """The description of a new dataset."""

    name: str = Field(max_length=40, examples=["bathing_water"])
    organisation: str = Field(max_length=40, examples=["rivierstad"])
    title: TextIn
    description: TextIn
    steward: str = Field(max_length=500)
    classification: Classification
    licence: str = Field("", max_length=500, description="Its web address.")

    def dataset(self) -> Dataset:
        """Return it as the register knows it."""
        blank = {"licence": "", "source": ""}
        return Dataset(
            name=self.name, organisation=self.organisation, **{**blank, **self.changes()}
        )


class Confirmation(Shape):
    """How the file is read, as far as it differs from what was detected."""

    options: dict[str, str] = Field({}, max_length=20, examples=[{"decimal": ","}])


class Withdrawal(Shape):
    """Why the version is withdrawn; whoever reads it is told."""

    reason: str = Field(min_length=1, max_length=500)


class FindingShape(Shape):
    """Something about the file, in the language of the request."""

    severity: str
    code: str
    message: str


class IngestShape(Shape):
    """A file on its way in. ``preview`` holds the names of the columns and the first rows."""

    id: str
    dataset: str
    file: str
    bytes: int
    state: str
    progress: float = Field(description="From 0 to 1.")
    created: datetime
    finished: datetime | None
    version: int | None = Field(description="The version it was published as.")
    options: dict[str, str]
    choices: dict[str, list[str]]
    preview: list[list[str]]
    findings: list[FindingShape]
    page: str


class ResultShape(Shape):
    """What one check found."""

    check: CheckShape
    sentence: str
    passed: bool
    failing: int | None
    error: str


class QualityRunShape(Shape):
    """All checks, run on one version at one moment."""

    version: int
    at: datetime
    rows: int
    passed: bool
    results: list[ResultShape]


def _plain(value: Any) -> Any:
    if isinstance(value, TextIn):
        return value.text()
    if isinstance(value, Period):
        return value.first, value.last
    if isinstance(value, list):
        return tuple(each.check() if isinstance(each, CheckShape) else each for each in value)
    return value
