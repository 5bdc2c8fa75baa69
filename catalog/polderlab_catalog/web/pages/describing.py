"""Register a dataset, and change its description: one form for both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.responses import RedirectResponse, Response

from polderlab_catalog.application.errors import Invalid, Refused
from polderlab_catalog.domain.codelists import HIGH_VALUE, THEMES
from polderlab_catalog.domain.datasets import Classification, Dataset
from polderlab_catalog.domain.texts import Text
from polderlab_catalog.policy.decisions import N_, Code, Decision
from polderlab_catalog.web.pages.refusals import Link, dataset_refused, refusal_page
from polderlab_catalog.web.portal import Portal
from polderlab_catalog.web.rendering import render
from polderlab_catalog.web.visitors import ThePortal, Visiting, Visitor, form_of

router = APIRouter()

LICENCES = {
    "http://creativecommons.org/publicdomain/zero/1.0/deed.nl": N_("CC0: free for everyone"),
    "http://creativecommons.org/licenses/by/4.0/deed.nl": N_("CC BY 4.0: name the source"),
    "http://creativecommons.org/licenses/by-sa/4.0/deed.nl": N_(
        "CC BY-SA 4.0: name the source, share alike"
    ),
    "": N_("No open licence: only for projects with access"),
}
FREQUENCIES = {
    "CONT": N_("continuously"),
    "DAILY": N_("every day"),
    "WEEKLY": N_("every week"),
    "MONTHLY": N_("every month"),
    "QUARTERLY": N_("every quarter"),
    "ANNUAL_2": N_("twice a year"),
    "ANNUAL": N_("every year"),
    "IRREG": N_("irregularly"),
    "NEVER": N_("never again"),
}
_EMPTY = {
    "name": "",
    "title_nl": "",
    "title_en": "",
    "description_nl": "",
    "description_en": "",
    "organisation": "",
    "steward": "",
    "contact": "",
    "classification": "",
    "open_download": "",
    "licence": "",
    "other_licence": "",
    "theme": "",
    "keywords": "",
    "place": "",
    "frequency": "",
    "first_day": "",
    "last_day": "",
    "source": "",
    "hvd_category": "",
}
OTHER = "other"


async def sent_form(request: Request) -> dict[str, str]:
    """Return the fields of a form, the last value of each."""
    form = await form_of(request)
    return {name: value for name, value in form.items() if isinstance(value, str)}


SentForm = Annotated[dict[str, str], Depends(sent_form)]


@router.get("/register-dataset")
def ask_description(request: Request, portal: ThePortal, visitor: Visiting) -> Response:
    """Ask what the new dataset is."""
    owners = portal.lab.publishing.owners(visitor.actor)
    if not owners:
        return _not_yours(request, portal, visitor)
    known = {each.slug for each in owners}
    own = visitor.person.organisation
    form = {**_EMPTY, "organisation": own if own in known else owners[0].slug}
    return _page(request, portal, visitor, form, {})


@router.post("/register-dataset")
def register(request: Request, portal: ThePortal, visitor: Visiting, sent: SentForm) -> Response:
    """Register the dataset as a draft; its first version is next."""
    form = {**_EMPTY, **{name: sent[name] for name in _EMPTY if name in sent}}
    blank = Dataset("", Text(), Text(), "", "", Classification.INTERNAL, "", "")
    described, errors = read(form, replace(blank, name=form["name"].strip()))
    if form["organisation"] not in {e.slug for e in portal.lab.publishing.owners(visitor.actor)}:
        errors = {"organisation": N_("Choose from the list"), **errors}
    else:
        described = replace(described, organisation=form["organisation"])
    if not errors:
        try:
            portal.lab.publishing.register_dataset(visitor.actor, described, new=True)
        except Invalid as invalid:
            errors = invalid.fields
    if errors:
        return _page(request, portal, visitor, form, errors)
    return RedirectResponse(
        f"{portal.prefix}/datasets/{described.name}/publish", HTTPStatus.SEE_OTHER
    )


@router.get("/datasets/{name}/description")
def show_description(request: Request, portal: ThePortal, visitor: Visiting, name: str) -> Response:
    """Show the description, to be changed."""
    card = portal.lab.catalogue.card(visitor.person, name)
    decision = portal.lab.publishing.may_publish(visitor.actor, name)
    if not decision:
        return dataset_refused(request, portal, visitor, name, decision)
    return _page(request, portal, visitor, fill(card.dataset), {}, dataset=card.dataset)


@router.post("/datasets/{name}/description")
def describe(
    request: Request, portal: ThePortal, visitor: Visiting, name: str, sent: SentForm
) -> Response:
    """Change the description."""
    dataset = portal.lab.catalogue.card(visitor.person, name).dataset
    form = {**fill(dataset), "open_download": ""}
    form |= {field: sent[field] for field in _EMPTY if field in sent}
    _, errors = read(form, dataset)
    if not errors:
        try:
            portal.lab.publishing.describe(visitor.actor, name, lambda now: read(form, now)[0])
        except Invalid as invalid:
            errors = invalid.fields
        except Refused as refusal:
            return dataset_refused(request, portal, visitor, name, refusal.decision)
    if errors:
        return _page(request, portal, visitor, form, errors, dataset=dataset)
    return RedirectResponse(f"{portal.prefix}/datasets/{name}", HTTPStatus.SEE_OTHER)


def fill(dataset: Dataset) -> dict[str, str]:
    """Return the form that describes ``dataset``."""
    listed = dataset.licence in LICENCES
    first, last = dataset.period or ("", "")
    return {
        **_EMPTY,
        "name": dataset.name,
        "title_nl": dataset.title.nl,
        "title_en": dataset.title.en,
        "description_nl": dataset.description.nl,
        "description_en": dataset.description.en,
        "organisation": dataset.organisation,
        "steward": dataset.steward,
        "contact": dataset.contact,
        "classification": dataset.classification.value,
        "open_download": "yes" if dataset.open_download else "",
        "licence": dataset.licence if listed else OTHER,
        "other_licence": "" if listed else dataset.licence,
        "theme": dataset.theme,
        "keywords": ", ".join(dataset.keywords),
        "place": dataset.place,
        "frequency": dataset.frequency,
        "first_day": str(first),
        "last_day": str(last),
        "source": dataset.source,
        "hvd_category": dataset.hvd_category,
    }


def read(form: Mapping[str, str], dataset: Dataset) -> tuple[Dataset, dict[str, str]]:
    """Return ``dataset`` as the form describes it, and what in the form cannot be read."""
    errors: dict[str, str] = {}
    try:
        classification = Classification(form["classification"])
    except ValueError:
        classification = dataset.classification
        errors["classification"] = N_("Choose who may read the data")
    try:
        period = _period(form["first_day"].strip(), form["last_day"].strip())
    except ValueError:
        period = None
        errors["period"] = N_("Fill in both days, or neither")
    if not form["contact"].strip():
        errors["contact"] = N_("Give an e-mail address or a web page")
    other = form["licence"] == OTHER
    if other and not form["other_licence"].strip():
        errors["licence"] = N_("Give the web address of the licence, beginning with https://")
    described = replace(
        dataset,
        title=_text(form, "title"),
        description=_text(form, "description"),
        steward=form["steward"].strip(),
        contact=form["contact"].strip(),
        classification=classification,
        open_download=bool(form["open_download"]),
        licence=(form["other_licence"] if other else form["licence"]).strip(),
        theme=form["theme"],
        keywords=tuple(word.strip() for word in form["keywords"].split(",") if word.strip()),
        place=form["place"].strip(),
        frequency=form["frequency"],
        period=period,
        source=form["source"].strip(),
        hvd_category=form["hvd_category"],
    )
    return described, errors


def _text(form: Mapping[str, str], field: str) -> Text:
    nl, en = (form[f"{field}_{each}"].replace("\r\n", "\n").strip() for each in ("nl", "en"))
    return Text(nl, en)


def _period(first: str, last: str) -> tuple[date, date] | None:
    if not first and not last:
        return None
    return date.fromisoformat(first), date.fromisoformat(last)


def _page(
    request: Request,
    portal: Portal,
    visitor: Visitor,
    form: Mapping[str, str],
    errors: Mapping[str, str],
    *,
    dataset: Dataset | None = None,
) -> Response:
    _ = visitor.speech.gettext
    return render(
        request,
        "description.html",
        visitor,
        status=HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK,
        section="publishing",
        dataset=dataset,
        owners=portal.lab.publishing.owners(visitor.actor),
        form=form,
        errors={field: _(sentence) for field, sentence in errors.items()},
        licences=LICENCES,
        themes=THEMES,
        frequencies=FREQUENCIES,
        high_value=HIGH_VALUE,
    )


def _not_yours(request: Request, portal: Portal, visitor: Visitor) -> Response:
    _ = visitor.speech.gettext
    return refusal_page(
        request,
        visitor,
        Decision(Code.NOT_A_STEWARD),
        title=_("You cannot register a dataset"),
        lead=_("Everything in the catalogue is as it was."),
        links=[Link(f"{portal.prefix}/datasets", _("To the catalogue"))],
        section="datasets",
    )
