"""Places along a Hilbert curve: what lies near each other in the plane does so in the file."""

from __future__ import annotations

from typing import Any

import numpy as np

BITS = 16
Numbers = np.ndarray[Any, Any]


def places(boxes: Numbers, bounds: tuple[float, float, float, float]) -> Numbers:
    """Return the place of each box (min x, min y, max x, max y) on the curve over ``bounds``.

    What lies outside counts as on the edge; what has no box comes first. The curve is that of
    D. Hilbert (1891), walked bit by bit from the coarsest square down.
    """
    west, south, east, north = bounds
    side = (1 << BITS) - 1
    with np.errstate(invalid="ignore"):
        across = ((boxes[:, 0] + boxes[:, 2]) / 2 - west) * (side / max(east - west, 1e-9))
        up = ((boxes[:, 1] + boxes[:, 3]) / 2 - south) * (side / max(north - south, 1e-9))
    x: Numbers = np.clip(np.nan_to_num(across), 0, side).astype(np.int64)
    y: Numbers = np.clip(np.nan_to_num(up), 0, side).astype(np.int64)
    place = np.zeros(len(boxes), dtype=np.int64)
    half = 1 << (BITS - 1)
    while half:
        right, upper = (x & half) > 0, (y & half) > 0
        place += half * half * ((3 * right) ^ upper)
        # Turn the square so that the curve within it begins where the last one ended.
        flip = ~upper & right
        x, y = np.where(flip, side - x, x), np.where(flip, side - y, y)
        x, y = np.where(upper, x, y), np.where(upper, y, x)
        half >>= 1
    return place
