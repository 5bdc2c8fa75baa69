"""When a project is over."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from polderlab_catalog.domain.projects import Project


def ended(project: Project, today: date) -> Project:
    """Return ``project`` as it is over by ``today``: yesterday was its last day, and the first of
    one that had not begun. What was over before stays as it was."""
    yesterday = today - timedelta(days=1)
    if project.ends <= yesterday:
        return project
    return replace(project, starts=min(project.starts, yesterday), ends=yesterday)
