"""What goes wrong when the demo is loaded.

DemoError
├── SourceUnavailableError   a package could not be fetched, or is damaged
└── SourceChangedError       a package was fetched, but its data is not what is expected
"""

from __future__ import annotations


class DemoError(Exception):
    """The demo could not be loaded; the message says what to do."""


class SourceUnavailableError(DemoError):
    """A source could not be fetched, or is damaged."""


class SourceChangedError(DemoError):
    """A source holds other data than it did."""
