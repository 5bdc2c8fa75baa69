"""YAML, read with the line of everything in it; only what a lab's file needs."""

from __future__ import annotations

from typing import Any

import yaml

from polderlab_catalog.application.errors import LabError

Path = tuple[str | int, ...]
Lines = dict[Path, int]


class Unreadable(LabError):  # noqa: N818  (reads as the verdict it is)
    """A file cannot be used; ``faults`` say where (line 0: nowhere in particular) and why."""

    def __init__(self, faults: list[tuple[int, str]]) -> None:
        told = [f"line {line}: {what}" if line else what for line, what in sorted(faults)]
        super().__init__("\n".join(["The file cannot be used:", *(f"  {each}" for each in told)]))


def read_lines(text: str) -> tuple[Any, Lines]:
    """Return what ``text`` holds, and the line of each thing by the way to it.

    Anchors, tags of one's own and keys that come twice are refused: what is read differently from
    how it looks is no declaration.
    """
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        reader = _Reader()
        return (reader.value(node, ()) if node else {}), reader.lines
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 0
        raise Unreadable([(line, f"this is no YAML: {error.problem or error.context}")]) from None
    except (yaml.YAMLError, RecursionError) as error:
        raise Unreadable([(0, f"this is no YAML: {str(error).splitlines()[0]}")]) from None


class _Reader:
    """Makes values of nodes, noting lines."""

    def __init__(self) -> None:
        self.lines: Lines = {}
        self._seen: set[int] = set()
        self._scalars = yaml.SafeLoader("")

    def value(self, node: yaml.Node, path: Path) -> Any:
        line = node.start_mark.line + 1
        self.lines.setdefault(path, line)
        if id(node) in self._seen:
            raise Unreadable([(line, "write it out: references (& and *) are not read here")])
        self._seen.add(id(node))
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(each, (*path, n)) for n, each in enumerate(node.value)]
        try:
            return self._scalars.construct_object(node)
        # what a tag promises and a value does not hold comes out of the library as it may
        except (ValueError, LookupError, AttributeError) as error:
            raise Unreadable([(line, f"“{node.value[:40]}” cannot be read: {error}")]) from None

    def _mapping(self, node: yaml.MappingNode, path: Path) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            key = key_node.value
            if not isinstance(key_node, yaml.ScalarNode):
                raise Unreadable([(line, "a name is one word")])
            if key in found:
                raise Unreadable([(line, f"“{key}” comes twice; keep one of them")])
            self.lines[*path, key] = line
            found[key] = self.value(value_node, (*path, key))
        return found
