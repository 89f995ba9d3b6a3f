"""The order of rows by whole numbers, the cheap way: NumPy sorts those of 16 bits by counting them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

_FEW = 2**16


def order_of(*keys: NDArray[Any]) -> NDArray[np.intp]:
    """(n,) where rows sorted by the last key, then by the ones before, come from; ties stay as they are."""
    order = np.argsort(_short(keys[0]), kind="stable")
    for key in keys[1:]:
        order = order.take(np.argsort(_short(key.take(order)), kind="stable"))
    return order


def _short(key: NDArray[Any]) -> NDArray[Any]:
    """The same order in 16 bits, where that is possible."""
    if not len(key):
        return key
    lowest = int(key.min())
    return (key - lowest).astype(np.uint16) if int(key.max()) - lowest < _FEW else key
