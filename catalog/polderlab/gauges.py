"""What is left to you in this session's project: of processors, memory, disk, hours.

>>> polderlab.quota()
"""

from __future__ import annotations

from datetime import date, datetime
from html import escape
from typing import Any

from polderlab.asking import ask, known, language
from polderlab.wire import Gauge
from polderlab.wire import Quota as Told

_GIB = 1024**3
_WORDS = {
    "nl": {
        "outside": "Wat er over is staat alleen in een sessie van het lab: {variable} ontbreekt.",
        "silent": "Het lab antwoordt niet. Je sessie en haar variabelen zijn veilig: probeer het "
        "zo weer.",
        "caption": "Wat er over is in project {project}",
        "heads": "Wat|Over|Van|Je eigen gebruik|Grens van",
        "sessions": "Sessies",
        "cpus": "Processors",
        "memory_bytes": "Geheugen",
        "cpu_hours": "Processoruren deze maand",
        "memory_gib_hours": "Geheugenuren deze maand (GB × uur)",
        "home_bytes": "Schijf: je thuismap",
        "project_bytes": "Schijf: projectmap",
        "organisation": "organisatie {name}",
        "project": "project {name}",
        "person": "jou in {name}",
        "left": "{left} van {limit} over",
        "renews": "De uren beginnen opnieuw op {day}.",
        "stop": "Deze sessie stopt om {time}. {reason} Bewaar je werk, of vraag om meer: {page}",
        "alarm": "{what}: {percent} % is gebruikt. Vraag op tijd om meer: {page}",
        "none": "In project {project} zijn geen grenzen gesteld.",
        "comma": ",",
    },
    "en": {
        "outside": "What is left is known inside a session of the lab only: {variable} is not "
        "set here.",
        "silent": "The lab does not answer. Your session and its variables are safe: try again "
        "in a moment.",
        "caption": "What is left in project {project}",
        "heads": "What|Left|Of|Your own use|Limit of",
        "sessions": "Sessions",
        "cpus": "Processors",
        "memory_bytes": "Memory",
        "cpu_hours": "Processor-hours this month",
        "memory_gib_hours": "Memory-hours this month (GB × hour)",
        "home_bytes": "Disk: your home",
        "project_bytes": "Disk: project folder",
        "organisation": "organisation {name}",
        "project": "project {name}",
        "person": "you in {name}",
        "left": "{left} of {limit} left",
        "renews": "The hours start anew on {day}.",
        "stop": "This session stops at {time}. {reason} Save your work, or ask for more: {page}",
        "alarm": "{what}: {percent} % is used. Ask for more in time: {page}",
        "none": "Project {project} has no limits.",
        "comma": ".",
    },
}


class Quota:
    """What is left, as it was when it was asked for; its fields are those of the lab's answer."""

    def __init__(self, told: Told) -> None:
        self._told = told

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(self._told, name)

    def left(self, resource: str) -> float | None:
        """Return how much is left of ``resource`` (``cpu_hours`` …); None when nobody limits it."""
        for each in self._told.gauges:
            if each.resource == resource:
                return max(each.limit - each.used, 0)
        return None

    def __repr__(self) -> str:
        say = _words()
        rows = [
            (
                say.get(each.resource, each.resource),
                say["left"].format(
                    left=_amount(each, each.limit - each.used), limit=_amount(each, each.limit)
                ),
            )
            for each in self._told.gauges
        ]
        if not rows:
            return say["none"].format(project=self._told.project)
        width = max(len(what) for what, _ in rows)
        lines = [say["caption"].format(project=self._told.project)]
        lines += [f"  {what.ljust(width)}  {left}" for what, left in rows]
        return "\n".join([*lines, *self._said()])

    def _repr_html_(self) -> str:
        say, told = _words(), self._told
        said = "".join(f"<p>{escape(each)}</p>" for each in self._said())
        if not told.gauges:
            return f"<p>{escape(say['none'].format(project=told.project))}</p>{said}"
        left = ' style="text-align:left"'
        heads = "".join(
            f'<th scope="col"{left}>{escape(head)}</th>' for head in say["heads"].split("|")
        )
        rows = "".join(_row(each) for each in told.gauges)
        caption = f"<caption{left}>{escape(say['caption'].format(project=told.project))}</caption>"
        table = f"<table>{caption}<thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"
        return table + said

    def _said(self) -> list[str]:
        say, told = _words(), self._told
        said = []
        if told.stop_at:
            time = datetime.fromisoformat(told.stop_at).strftime("%H:%M")
            said.append(say["stop"].format(time=time, reason=told.reason, page=told.page))
        else:
            said += [
                say["alarm"].format(
                    what=say.get(each.resource, each.resource), percent=each.alarm, page=told.page
                )
                for each in told.gauges
                if each.alarm
            ]
        if any(each.resource.endswith("_hours") for each in told.gauges):
            said.append(say["renews"].format(day=date.fromisoformat(told.renews)))
        return said


def quota() -> Quota:
    """Do what :func:`polderlab.quota` says."""
    return Quota(_read(ask("quota", _words())))


def _row(each: Gauge) -> str:
    say = _words()
    cells = [
        _amount(each, each.limit - each.used),
        _amount(each, each.limit),
        _amount(each, each.mine),
        say.get(each.level, "{name}").format(name=each.name),
    ]
    left = ' style="text-align:left"'
    head = f'<th scope="row"{left}>{escape(say.get(each.resource, each.resource))}</th>'
    return f"<tr>{head}{''.join(f'<td{left}>{escape(cell)}</td>' for cell in cells)}</tr>"


def _amount(each: Gauge, amount: float) -> str:
    if each.resource.endswith("_bytes"):
        return f"{_number(max(amount, 0) / _GIB)} GB"
    return _number(max(amount, 0))


def _number(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".").replace(".", _words()["comma"])


def _read(told: dict[str, Any]) -> Told:
    """Read an answer; what this client does not know is left out."""
    gauges = [Gauge(**known(Gauge, each)) for each in told.get("gauges", [])]
    return Told(**{**known(Told, told), "gauges": gauges})


def _words() -> dict[str, str]:
    return _WORDS.get(language(), _WORDS["nl"])
