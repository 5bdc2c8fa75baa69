"""``polderlab-images``: build, list, test, lock and remove the curated images."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict

from polderlab_images import lock, smoke, spec
from polderlab_images.build import build_all, remove_all
from polderlab_images.errors import ImageError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return 0, or 1 after a plain message on standard error."""
    options = _parser().parse_args(arguments)
    try:
        return int(options.run(options) or 0)
    except (ImageError, FileNotFoundError, KeyError) as error:
        print(error.args[0] if isinstance(error, KeyError) else error, file=sys.stderr)  # noqa: T201
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="polderlab-images",
        description="The curated images of the lab, as images/images.toml states them.",
        epilog="example: polderlab-images build python-geo --json",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    build = commands.add_parser("build", help="build what is not there yet")
    build.add_argument("name", nargs="?", help="one image; without it all that are offered")
    build.add_argument("--json", action="store_true", help="print the images as JSON")
    build.set_defaults(run=_build)
    listed = commands.add_parser("list", help="list the images that images.toml states")
    listed.add_argument("--json", action="store_true", help="print as JSON")
    listed.set_defaults(run=_list)
    test = commands.add_parser("test", help="run an image's smoke test in a container")
    test.add_argument("name")
    test.set_defaults(run=_test)
    locked = commands.add_parser("lock", help="renew an image's requirements.lock (needs uv)")
    locked.add_argument("name")
    locked.set_defaults(run=lambda options: _say(lock.lock(options.name)))
    remove = commands.add_parser("remove", help="remove every image this lab built")
    remove.set_defaults(run=lambda _: remove_all(_say))
    return parser


def _say(text: object) -> None:
    print(text, flush=True)  # noqa: T201  (what this program is for)


def _build(options: argparse.Namespace) -> None:
    began = time.monotonic()

    def progress(line: str) -> None:
        print(f"[{time.monotonic() - began:6.1f} s] {line}", file=sys.stderr, flush=True)  # noqa: T201

    built = build_all(progress, names=[options.name] if options.name else [])
    if options.json:
        _say(json.dumps([asdict(image) for image in built], indent=2))
        return
    for image in built:
        _say(f"{image.name} {image.version}  {image.tag}  {image.digest}")


def _list(options: argparse.Namespace) -> None:
    images = spec.read().images
    if options.json:
        _say(json.dumps([asdict(image) for image in images], indent=2, default=str))
        return
    for image in images:
        offered = "offered" if image.offered else "parent only"
        _say(f"{image.name:<14} {image.version:<9} {offered:<12} {image.title['en']}")


def _test(options: argparse.Namespace) -> None:
    found = smoke.test(options.name)
    _say(json.dumps({key: value for key, value in found.items() if key != "extensions"}))
    _say(found["extensions"])


if __name__ == "__main__":
    sys.exit(main())
