"""``polderlab export`` and ``polderlab apply``: the register as a file, and the other way round."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, TextIO

import typer

from polderlab_catalog.application.errors import LabError, NotDeclared
from polderlab_catalog.cli.differences import as_json_rows, in_words, summed_up
from polderlab_catalog.cli.environment import Here, open_lab
from polderlab_catalog.cli.lab_file import line_of, read_file
from polderlab_catalog.cli.lab_picture import path_of, picture_in, text_of
from polderlab_catalog.cli.output import Json, show_json
from polderlab_catalog.cli.yaml_lines import Lines
from polderlab_catalog.domain.declarations import Difference, Kind, Picture, Turn
from polderlab_catalog.policy.declarations import PRUNES

_DIFFERS = 2
_KINDS = "|".join(PRUNES)


def export(
    file: Annotated[str, typer.Argument(help="Where to; without it, to the screen.")] = "",
) -> None:
    """Write the lab as one file: who takes part, in what, with how much, and what may be read.

    \b
    Example:
      polderlab export lab.yml
    """
    # Opened by whoever asks: after this it is the lab's own user that goes on.
    target = _opened(file) if file else None
    here = open_lab()
    text = text_of(here.lab.declarations.picture(here.actor))
    if target is None:
        typer.echo(text, nl=False)
        return
    with target:
        target.truncate(0)
        target.write(text)
    typer.echo(f"Written to {file}.")


def apply(
    *,
    file: Annotated[str, typer.Argument(help="The file, or - for what is typed in.")],
    check: Annotated[
        bool, typer.Option("--check", help="Only show; exit status 2 when anything differs.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    prune: Annotated[
        list[str] | None,
        typer.Option(metavar=_KINDS, help="End those that are not in the file."),
    ] = None,
    ending: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="What may end, by name, where nobody can be asked."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Show how the lab differs from a file, and make it what the file tells: all of it or nothing.

    \b
    Examples:
      polderlab apply lab.yml --check
      polderlab apply lab.yml
      polderlab apply lab.yml --prune members
    """
    kinds = _kinds(prune or [])
    told, lines = read_file(_read(file))
    here, wanted = open_lab(), picture_in(told)
    found = _tried(here, wanted, kinds, lines)
    if not as_json:
        typer.echo("\n".join([*map(in_words, found), summed_up(found)]))
    applied = False
    if found and not check:
        _agree(found, ending or [], yes=yes)
        try:
            here.lab.declarations.apply(here.actor, wanted, kinds, agreed=found)
        except NotDeclared as error:
            raise _placed(error, lines) from None
        applied = True
    if as_json:
        show_json({"changes": as_json_rows(found), "applied": applied})
    elif applied:
        typer.echo("Done.")
    if check and found:
        raise typer.Exit(_DIFFERS)


def _tried(
    here: Here, wanted: Picture, kinds: Sequence[Kind], lines: Lines
) -> Sequence[Difference]:
    try:
        return here.lab.declarations.plan(here.actor, wanted, kinds)
    except NotDeclared as error:
        raise _placed(error, lines) from None


def _placed(error: NotDeclared, lines: Lines) -> LabError:
    """Return the error with the line it is about."""
    line = line_of(lines, path_of(error.section, error.name))
    where = f"line {line}, " if line else ""
    return LabError(f"{where}{error} Nothing was changed.")


def _agree(found: Sequence[Difference], ending: Sequence[str], *, yes: bool) -> None:
    """Ask, and raise unless the answer is yes; what ends is asked for by its name."""
    ends = sorted(each.name for each in found if each.turn is Turn.ENDED)
    asked = sys.stdin.isatty()
    if ends and sorted(ending) != ends:
        if not asked or ending:
            options = " ".join(f"--ending {name}" for name in ends)
            raise LabError(f"Nothing was changed. Name exactly what ends: {options}")
        named = typer.prompt(f"Type what ends, by name ({', '.join(ends)})", err=True)
        if sorted(named.replace(",", " ").split()) != ends:
            raise LabError("Nothing was changed: that is not what would end.")
    if yes:
        return
    if not asked:
        raise LabError("Nothing was changed: nobody is there to ask. Add --yes to do it.")
    if not typer.confirm("Do all of this?", err=True):
        raise LabError("Nothing was changed.")


def _kinds(given: Sequence[str]) -> list[Kind]:
    unknown = [each for each in given if each not in PRUNES]
    if unknown:
        raise typer.BadParameter(f"--prune takes one of {', '.join(PRUNES)}.")
    return [Kind(each) for each in dict.fromkeys(given)]


def _read(file: str) -> str:
    try:
        if file == "-":
            return sys.stdin.read()
        return Path(file).read_text("utf-8-sig")
    except OSError as error:
        raise LabError(f"{file} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise LabError(f"{file} is no text: write it in UTF-8.") from None


def _opened(file: str) -> TextIO:
    """Open a file for its owner alone; it keeps what it holds until there is something better."""
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
        opened = os.fdopen(handle, "w", encoding="utf-8")
        # of a device, or of what is another's, nothing is changed: whoever asks may be root
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            opened.close()
            raise LabError(f"{file} is no file. Name one, or leave it out to print.")
        os.fchmod(handle, 0o600)
    except OSError as error:
        raise LabError(f"{file} cannot be written: {error.strerror}.") from None
    return opened
