"""How far a start is, for the page people wait on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any, Protocol

SECONDS_BETWEEN_LOOKS = 0.1


class Starting(Protocol):
    """What there is to see of a session on its way up; both empty at first."""

    session: str
    object_id: str


async def steps(start: Starting) -> AsyncIterator[dict[str, Any]]:
    """Yield JupyterHub's progress events, one per step that is behind us.

    Looking is enough: JupyterHub ends this as soon as the start has come to an end, and the
    page shows its own words, in its own language, by the percentage.
    """
    async for _ in _looks():
        if start.session:
            yield {"progress": 20, "message": "place reserved"}
            break
    async for _ in _looks():
        if start.object_id:
            yield {"progress": 50, "message": "container made"}
            break


async def _looks() -> AsyncIterator[None]:
    while True:
        yield
        await asyncio.sleep(SECONDS_BETWEEN_LOOKS)
