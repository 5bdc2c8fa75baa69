"""What goes wrong when the demo is loaded.

DemoError
├── SourceUnavailable   a package could not be fetched, or is not what it was
└── SourceChanged       a package was fetched, but its data is not what is expected
"""

from __future__ import annotations


class DemoError(Exception):
    """The demo could not be loaded; the message says what to do."""


class SourceUnavailable(DemoError):
    """A source could not be fetched."""


class SourceChanged(DemoError):
    """A source holds other data than it did."""
