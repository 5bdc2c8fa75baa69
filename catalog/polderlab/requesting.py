"""Ask for data from a notebook, and see how far the answer is.

>>> polderlab.request_access("growth_study", purpose="Compare growth between regions")
>>> polderlab.requests()
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from html import escape
from typing import Any

from polderlab.asking import ask, known, language
from polderlab.wire import NewRequest, Request

_WORDS = {
    "nl": {
        "outside": "Toegang vragen kan alleen in een sessie van het lab: {variable} ontbreekt.",
        "silent": "Het lab antwoordt niet. Je sessie en haar variabelen zijn veilig: probeer het "
        "zo weer.",
        "open": "wacht op {who}",
        "questioned": "wacht op antwoord van je project: {question}",
        "approved": "goedgekeurd tot en met {until}",
        "refused": "geweigerd: {reason}",
        "withdrawn": "ingetrokken",
        "steward": "de bronhouder",
        "privacy-officer": "de privacyadviseur",
        "and": " en ",
        "none": "Je project heeft nog niets gevraagd.",
        "caption": "Toegangsverzoeken",
        "heads": "Dataset|Gevraagd op|Stand",
    },
    "en": {
        "outside": "Asking for access works inside a session of the lab only: {variable} is not "
        "set here.",
        "silent": "The lab does not answer. Your session and its variables are safe: try again "
        "in a moment.",
        "open": "waits for {who}",
        "questioned": "waits for an answer of your project: {question}",
        "approved": "approved until and including {until}",
        "refused": "refused: {reason}",
        "withdrawn": "withdrawn",
        "steward": "the steward",
        "privacy-officer": "the privacy officer",
        "and": " and ",
        "none": "Your project has asked for nothing yet.",
        "caption": "Access requests",
        "heads": "Dataset|Asked on|State",
    },
}


class AccessRequest:
    """A request as it was when it was asked for; its fields are those of the lab's answer."""

    def __init__(self, told: Request) -> None:
        self._told = told

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(self._told, name)

    @property
    def where(self) -> str:
        """How far the request is, in words."""
        say, told = _words(), self._told
        who = say["and"].join(say.get(role, role) for role in told.waits_for)
        sentence = say.get(told.state, told.state)
        return sentence.format(
            who=who, question=told.question, until=told.until, reason=told.reason
        ).rstrip(": ")

    def __repr__(self) -> str:
        return f"{self._told.title} ({self._told.dataset}): {self.where}\n{self._told.page}"

    def _repr_html_(self) -> str:
        head = f"<b>{_linked(self._told)}</b>: {escape(self.where)}"
        conditions = escape(self._told.conditions).replace("\n", "<br>")
        return f"<p>{head}{f'<br>{conditions}' if conditions else ''}</p>"


class AccessRequests(tuple[AccessRequest, ...]):
    """Several requests, shown as a table."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "\n".join(map(repr, self)) or _words()["none"]

    def _repr_html_(self) -> str:
        say = _words()
        if not self:
            return f"<p>{escape(say['none'])}</p>"
        left = ' style="text-align:left"'
        heads = "".join(
            f'<th scope="col"{left}>{escape(head)}</th>' for head in say["heads"].split("|")
        )
        rows = "".join(
            f"<tr><td{left}>{_linked(each._told)}</td><td{left}>{escape(each.asked[:10])}</td>"
            f"<td{left}>{escape(each.where)}</td></tr>"
            for each in self
        )
        caption = f"<caption{left}>{escape(say['caption'])}</caption>"
        return f"<table>{caption}<thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"


def request_access(
    dataset: str,
    purpose: str,
    until: date | str | None = None,
    columns: Sequence[str] | None = None,
) -> AccessRequest:
    """Do what :func:`polderlab.request_access` says."""
    if isinstance(columns, str):
        columns = [columns]
    last = until.isoformat() if isinstance(until, date) else until
    wanted = NewRequest(dataset, purpose, last, list(columns or ()))
    return AccessRequest(_read(ask("requests", _words(), asdict(wanted))))


def requests() -> AccessRequests:
    """Do what :func:`polderlab.requests` says."""
    return AccessRequests(AccessRequest(_read(each)) for each in ask("requests", _words()))


def _read(told: dict[str, Any]) -> Request:
    """Read an answer; what this client does not know is left out."""
    return Request(**known(Request, told))


def _linked(told: Request) -> str:
    title = escape(told.title)
    if not told.page.startswith(("http://", "https://")):
        return title
    return f'<a href="{escape(told.page)}" target="_blank" rel="noopener">{title}</a>'


def _words() -> dict[str, str]:
    return _WORDS.get(language(), _WORDS["nl"])
