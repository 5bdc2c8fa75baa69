"""Hand a file in from the command line, and follow it until it is published."""

from __future__ import annotations

import os
import stat
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

import typer

from polderlab_catalog.application.errors import Invalid, LabError
from polderlab_catalog.cli.environment import Here
from polderlab_catalog.cli.output import table
from polderlab_catalog.domain.ingests import Ingest, IngestState
from polderlab_catalog.domain.texts import Text

EVERY = 0.3
_YES, _NO, _TAB = ("y", "yes"), ("n", "no"), "\t"
PATIENCE = 15.0
"""Seconds a file may wait before somebody is told that no worker takes it."""


class NotTaken(LabError):  # noqa: N818  (reads as what happened)
    """The file was not published; the sentence says why, and what to do."""


def open_file(path: Path) -> BinaryIO:
    """Open a plain file, as whoever calls: the lab's own user may not be able to read it."""
    try:
        file = path.open("rb")
    except OSError as error:
        raise NotTaken(f"{path} cannot be read: {error.strerror}.") from None
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise NotTaken(f"{path} is no file. Name the file with the data.")
    return file


def must_say_yes(yes: bool) -> None:
    """Refuse to begin when nobody can be asked later."""
    if not yes and not sys.stdin.isatty():
        raise NotTaken(
            "Nobody is there to confirm how the file is read. Add --yes to take it as detected."
        )


def hand_in(
    here: Here,
    dataset: str,
    path: Path,
    file: BinaryIO,
    *,
    options: Mapping[str, str | None],
    note: str = "",
    yes: bool,
) -> Ingest:
    """Copy the file in, wait, ask for a confirmation if need be; return the finished ingest."""
    lab = here.lab
    with lab.uploads.begin() as upload:
        upload.copy(file)
    received = upload.received
    try:
        ingest = lab.ingests.receive(
            here.actor,
            dataset,
            path.name,
            received.path,
            received.bytes,
            confirm=not yes,
            options={name: value for name, value in options.items() if value},
            note=Text(note, note),
        )
    except LabError:
        lab.uploads.discard(received)
        raise
    ingest = _ask(here, _follow(here, ingest))
    if ingest.state is not IngestState.DONE:
        raise NotTaken("Nothing was published. " + " ".join(findings(ingest)))
    return ingest


def _ask(here: Here, ingest: Ingest) -> Ingest:
    """Show how the file is read until somebody says yes or no; look again as often as they like."""
    ingests = here.lab.ingests
    while ingest.state is IngestState.DETECTED:
        _show(ingest)
        answer = typer.prompt(
            "Publish it like this? yes, no, or another way to read it, as in decimal=.",
            default="yes",
            err=True,
        ).strip()
        if answer.lower() in _YES:
            return _follow(here, ingests.confirm(here.actor, ingest.id, {}))
        if answer.lower() in _NO:
            ingests.cancel(here.actor, ingest.id)
            raise NotTaken("The file was taken back. Nothing of it is kept.")
        name, is_, value = answer.partition("=")
        if not is_:
            typer.echo("! Say yes, no, or an option with = and its value.", err=True)
            continue
        given = {name.strip(): _TAB if value.strip() == "\\t" else value.strip()}
        try:
            ingest = _follow(here, ingests.look_again(here.actor, ingest.id, given))
        except Invalid as invalid:
            typer.echo(f"! {invalid}", err=True)
    return ingest


def findings(ingest: Ingest) -> list[str]:
    """Return what was found, as English sentences."""
    return [each.message.format_map(each.details) for each in ingest.findings]


def shape(ingest: Ingest) -> dict[str, Any]:
    """Return an ingest as it is printed in JSON."""
    return {
        "ingest": ingest.id,
        "dataset": ingest.dataset,
        "version": ingest.version,
        "state": ingest.state.value,
        "options": dict(ingest.options),
        "findings": [{"code": each.code, **dict(each.details)} for each in ingest.findings],
    }


def _follow(here: Here, ingest: Ingest) -> Ingest:
    """Return the ingest when it waits for a person or is over; tell how far it is."""
    bar, since, stood = sys.stderr.isatty(), time.monotonic(), (ingest.state, ingest.progress)
    while ingest.state.open and ingest.state is not IngestState.DETECTED:
        time.sleep(EVERY)
        ingest = here.lab.ingests.show(here.actor, ingest.id)
        if (ingest.state, ingest.progress) != stood:
            since, stood = time.monotonic(), (ingest.state, ingest.progress)
        waits = ingest.state in (IngestState.RECEIVED, IngestState.QUEUED)
        if waits and time.monotonic() - since > PATIENCE:
            raise NotTaken(
                f"No worker takes the file up: is the lab running? Start it with: make up. The "
                f"file ({ingest.id}) then goes on by itself."
            )
        if bar:
            sys.stderr.write(f"\r{ingest.file}: {ingest.state.value} {ingest.progress:4.0%} ")
            sys.stderr.flush()
    if bar:
        sys.stderr.write("\r\033[K")
    return ingest


def _show(ingest: Ingest) -> None:
    for name, value in ingest.options.items():
        typer.echo(f"{name}: {value!r}", err=True)
    for name, values in ingest.choices.items():
        typer.echo(f"{name} can be: {', '.join(values)}", err=True)
    if ingest.preview:
        typer.echo(table([list(row) for row in ingest.preview]), err=True)
    for sentence in findings(ingest):
        typer.echo(f"! {sentence}", err=True)
