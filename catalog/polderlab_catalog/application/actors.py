"""Who acts, for the callers of the use cases."""

from polderlab_catalog.domain.actors import Actor

__all__ = ["Actor"]
